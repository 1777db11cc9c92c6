"""Composes plain, sound websites for the bench of the watch: as many hosts as wanted, each with one list."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from attrs import evolve

from bench import stories
from bench.drill import texts
from bench.drill.places import TEMPLATES, families
from bench.drill.world import START
from crawler.replica.values import Column, Host, Written
from crawler.replica.world import Answer, Site, World

MENU, SCRIPT = 220, 24_000  # links and bytes of script that a page has around its article: real ones have 50-70 kB


class Framed(World):
    """Sites whose pages have as much around their article as real ones."""

    def answer(self, host: str, address: str, headers: Mapping[str, str], now: datetime) -> Answer:
        """As `World.answer`, articles in a larger frame."""
        given = super().answer(host, address, headers, now)
        if not address.startswith("/art/") or given.status != 200:
            return given
        charset = "gb18030" if self.sites[host].host.charset.startswith("gb") else "utf-8"
        head, body, rest = given.body.partition(b"<body")
        opened, end, rest = rest.partition(b">")
        return evolve(given, body=head + body + opened + end + _frame(charset) + rest)


@cache
def _frame(charset: str) -> bytes:
    rng = random.Random(1)
    links = "".join(
        f'<li><a href="/col/c{number}/index.html" target="_blank">{rng.choice(stories.WHAT)}</a></li>\n'
        for number in range(MENU)
    )
    script = "var menu=[];" + "menu.push({id:1,open:false,width:'120px',name:'item'});\n" * (SCRIPT // 56)
    return f'<div class="nav"><ul>{links}</ul></div><script type="text/javascript">{script}</script>'.encode(charset)


def compose(*, hosts: int, entries: int, before: datetime = START, reports: bool = False) -> tuple[World, str]:
    """The websites, and the catalogue that names them.

    ``reports``: every page is to be fetched, and every second one is a report of a conference; else everyday news
    whose titles make nothing worth a fetch.
    """
    known, frame = families()
    sites, rows = {}, []
    for number in range(hosts):
        rng = random.Random(number)
        family = known[number % len(known)]
        host = f"w{number}.gov.cn"
        code = f"{450000 + number % 14 * 100:06}"
        column = Column(path=family["column"], name="要闻", per_page=max(15, entries))
        documents, written = {}, []
        for entry in range(entries):
            at = before - timedelta(days=1 + entry, hours=rng.randint(1, 9))
            key = f"e{entry}"
            documents[key] = _text(rng, at, entry, reports=reports)
            path = f"/art/{at:%Y%m}/t{at:%Y%m%d}_{number * 1000 + entry}.html"
            written.append(Written(key=key, column=column.path, path=path, document=key, printed=at))
        own = {"place": host, "unit": host, "icp": f"备{code}号", "site_code": f"{code}0031"}
        named = {name: family[name] for name in ("charset", "declared", "content_type", "validators") if name in family}
        made = Host(
            host=host,
            family=family["name"],
            name=f"第{number}教育局",
            print=frame | own,
            column=(column,),
            article=tuple(written),
            **named,
        )
        sites[host] = Site(TEMPLATES, made, (), documents, [])
        rows.append(
            f'[[site]]\nid = "w{number}"\nname = "第{number}教育局"\nregion = "{code}"\nlevel = "city"\n'
            f'kind = "education"\nhomepage = "http://{host}/"\nlistings = ["http://{host}{column.path}"]\n'
            f'http_only = true\nfollow = "{"all" if reports else "topic"}"\n'
        )
    return Framed(sites), "\n".join(rows)


def _text(rng: random.Random, at: datetime, entry: int, *, reports: bool) -> texts.Text:
    if reports and entry % 2:
        kind = list(texts.KINDS)[entry // 2 % len(texts.KINDS)]
        return texts.report(rng, kind, texts.facts(rng, rng.choice(stories.CITIES), at))
    if reports:
        return texts.Everyday(rng, rng.choice(stories.CITIES)).at(at)
    return texts.Text(title=f"第{entry}次校园绿化活动圆满结束", body=("同学们种下了树苗。",))

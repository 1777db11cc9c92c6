"""Two looks at a small web as a user runs them: every form of list, every kind of answer, bursts, moves and rests."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from attrs import frozen
from sqlalchemy import select

from crawler.store import sources
from crawler.store import tables as t
from crawler.store.sources import SourceState
from crawler.workdays import CHINA
from tests.webs import Reply, Web, web
from tests.worlds import World, world

FIRST, SECOND = "2024-11-01T09:00", "2024-11-02T09:00"
TEXT = "11月1日，全市教育大会召开。市委书记方远山出席并讲话，市长陆知行主持会议。会议强调，要办好人民满意的教育。" * 4
XML = {"Content-Type": "text/xml"}
# Id (and host: <id>.gov.cn), listing, further keys of the catalogue.
SITES = {
    "feed": ("http://feed.gov.cn/rss.xml", ""),
    "sitemap": ("http://sitemap.gov.cn/sitemap.xml", ""),
    "json": ("http://json.gov.cn/api?pageNo=1", ""),
    "rows": ("http://rows.gov.cn/module/web/jpage/dataproxy.jsp?col=1", ""),
    "burst": ("http://burst.gov.cn/list/index.html", ""),
    "down": ("http://down.gov.cn/xw/tzgg.htm", ""),
    "plain": ("https://plain.gov.cn/list/", "http_only = true\n"),
    "shell": ("http://shell.gov.cn/list/", ""),
    "busy": ("http://busy.gov.cn/list/", ""),
    "gone": ("http://gone.gov.cn/list/", ""),
    "moved": ("http://moved.gov.cn/list/", ""),
    "captcha": ("http://captcha.gov.cn/list/", ""),
    "torn": ("http://torn.gov.cn/list/", ""),
    "rebuilt": ("http://rebuilt.gov.cn/list/", ""),
    "pages": ("http://pages.gov.cn/list/", ""),
}


def report(title: str = "全市教育大会召开") -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{TEXT}</p></body></html>"


def part(number: int, text: str, further: str) -> str:
    """A page of an article that goes on."""
    title = f"第{number}次全市教育大会召开"
    text = f"<div class='text'>{text}<a href='{further}'>下一页</a></div>"
    return f"<html><head><title>{title}</title></head><body><div><h1>{title}</h1>{text}</div></body></html>"


def rows(*items: tuple[str, str, str], more: str = "") -> str:
    """A list page: address, title, day."""
    found = "".join(f'<li><a href="{url}">{title}</a><span>{day}</span></li>' for url, title, day in items)
    return f'<html><head><title>工作动态</title></head><body><ul class="list">{found}</ul>{more}</body></html>'


def old(count: int = 5, start: int = 0) -> list[tuple[str, str, str]]:
    return [
        (f"/old/{n}.html", f"第{n}批教师培训工作顺利结束", f"2024-10-{28 - n % 25:02d}")
        for n in range(start, start + count)
    ]


def rss(*items: tuple[str, str, str]) -> Reply:
    found = "".join(
        f"<item><title><![CDATA[{title}]]></title><link>{url}</link><pubDate>{day} 08:00:00</pubDate></item>"
        for url, title, day in items
    )
    return Reply(f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{found}</channel></rss>', 200, XML)


def sitemap(*urls: str, day: str) -> Reply:
    found = "".join(f"<url><loc>{url}</loc><lastmod>{day}</lastmod></url>" for url in urls)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{found}</urlset>'
    return Reply(gzip.compress(text.encode()), 200, {"Content-Type": "application/gzip"})


def index(day: str) -> Reply:
    found = f"<sitemap><loc>http://sitemap.gov.cn/2024.xml.gz</loc><lastmod>{day}</lastmod></sitemap>"
    found += "<sitemap><loc>http://sitemap.gov.cn/2023.xml.gz</loc><lastmod>2023-12-31</lastmod></sitemap>"
    return Reply(f"<sitemapindex>{found}</sitemapindex>", 200, XML)


def api(*items: tuple[str, str, str]) -> Reply:
    found = [{"docid": url, "doctitle": title, "docreltime": f"{day} 08:00:00"} for url, title, day in items]
    return Reply(json.dumps({"data": {"list": found}}), 200, {"Content-Type": "application/json"})


def records(*items: tuple[str, str, str]) -> Reply:
    found = "".join(
        f'<record><![CDATA[<li><a href="{url}" title="{title}">{title}</a><span>{day}</span></li>]]></record>'
        for url, title, day in items
    )
    text = f'<?xml version="1.0"?><datastore><recordset>{found}</recordset></datastore>'
    return Reply(text, 200, XML)


def trs(items: list[tuple[str, str, str]], number: int, pages: int) -> str:
    """A page of TRS, counted from 0, with a row that is pinned to the head of the first."""
    pinned = [("/old/99.html", "置顶的公开电话和信箱公告", "2020-01-01")] if number == 0 else []
    return rows(*pinned, *items, more=f'<script>createPageHTML({pages}, {number}, "index", "html");</script>')


def vsb(items: list[tuple[str, str, str]], further: str) -> str:
    more = f'<span class="p_next"><a href="{further}">下页</a></span>' if further else ""
    return rows(*items, more=f'<div id="vsb_content"></div>{more}')


def news(host: str, count: int) -> list[tuple[str, str, str]]:
    return [(f"http://{host}.gov.cn/new/{n}.html", f"第{n}次全市教育大会召开", "2024-11-01") for n in range(count)]


def before(own: Web) -> None:
    """What the first look sees."""
    pages = own.pages
    pages["http://feed.gov.cn/rss.xml"] = rss(*old())
    pages["http://sitemap.gov.cn/sitemap.xml"] = index("2024-10-30")
    pages["http://sitemap.gov.cn/2024.xml.gz"] = sitemap("http://sitemap.gov.cn/old/1.html", day="2024-10-30")
    pages["http://sitemap.gov.cn/2023.xml.gz"] = sitemap("http://sitemap.gov.cn/old/0.html", day="2023-10-30")
    pages["http://json.gov.cn/api?pageNo=1"] = api(*[(f"o{n}", title, day) for n, (_, title, day) in enumerate(old())])
    pages[SITES["rows"][0]] = records(*old())
    pages["http://burst.gov.cn/list/index.html"] = trs(old(), 0, 2)
    pages["http://burst.gov.cn/list/index_1.html"] = trs(old(5, 5), 1, 2)
    pages["http://down.gov.cn/xw/tzgg.htm"] = vsb(old(), "tzgg/1.htm")
    pages["http://down.gov.cn/xw/tzgg/1.htm"] = vsb(old(5, 5), "")
    pages["http://rebuilt.gov.cn/list/"] = rows(*news("rebuilt", 5), *old())
    pages |= {url: report(title) for url, title, _ in news("rebuilt", 5)}
    for host in ("plain", "shell", "busy", "gone", "moved", "captcha", "torn", "pages"):
        pages[f"http://{host}.gov.cn/list/"] = rows(*old())


def after(own: Web) -> None:
    """What has happened at the second look."""
    pages = own.pages
    for host in SITES:
        for url, title, _ in news(host, 12):
            pages[url] = report(title)
    pages["http://feed.gov.cn/rss.xml"] = rss(*news("feed", 1), *old())
    pages["http://sitemap.gov.cn/sitemap.xml"] = index("2024-11-01")
    pages["http://sitemap.gov.cn/2024.xml.gz"] = sitemap(
        "http://sitemap.gov.cn/old/1.html", "http://sitemap.gov.cn/new/0.html", day="2024-11-01"
    )
    pages["http://json.gov.cn/api?pageNo=1"] = api(
        ("n 0", "第0次全市教育大会召开", "2024-11-01"), ("o1", *old()[1][1:])
    )
    pages["http://json.gov.cn/art/n%200.html"] = report()
    pages[SITES["rows"][0]] = records(*news("rows", 1), *old())
    fresh = [*news("burst", 12), *old(8)]
    for number in range(4):
        items = fresh[5 * number : 5 * number + 5]
        suffix = f"_{number}" if number else ""
        pages[f"http://burst.gov.cn/list/index{suffix}.html"] = trs(items, number, 5)
    fresh = news("down", 8)
    pages["http://down.gov.cn/xw/tzgg.htm"] = vsb(fresh[:5], "tzgg/2.htm")
    pages["http://down.gov.cn/xw/tzgg/2.htm"] = vsb([*fresh[5:], *old(2)], "1.htm")
    pages["http://plain.gov.cn/list/"] = rows(*news("plain", 1), *old())
    pages["http://shell.gov.cn/list/"] = '<html><body><div id="app"></div><script src="/a.js"></script></body></html>'
    pages["http://busy.gov.cn/list/"] = Reply("busy", 503, {"Retry-After": "36000"})
    pages["http://gone.gov.cn/list/"] = Reply("gone", 404)
    pages["http://moved.gov.cn/list/"] = Reply("", 301, {"Location": "/index.html"})
    pages["http://moved.gov.cn/index.html"] = rows(*news("moved", 5))
    pages["http://captcha.gov.cn/list/"] = "<html><title>提示</title><body>请完成安全验证后继续访问</body></html>"
    again = [(url.replace("/new/", "/2024/"), title, day) for url, title, day in news("rebuilt", 5)]
    pages["http://rebuilt.gov.cn/list/"] = rows(
        ("http://rebuilt.gov.cn/2024/9.html", "第9次全市教育大会召开", "2024-11-01"),
        *again,
        more="<a href=/list/2>下一页</a>",
    )
    pages |= {
        f"http://rebuilt.gov.cn/2024/{number}.html": report(f"第{number}次全市教育大会召开")
        for number in (*range(5), 9)
    }
    pages["http://torn.gov.cn/list/"] = rows(*news("torn", 1), *old())
    pages["http://torn.gov.cn/new/0.html"] = part(0, f"<p>{TEXT}</p>", "0_1.html")
    pages["http://torn.gov.cn/new/0_1.html"] = Reply("broken", 500)
    pages["http://pages.gov.cn/list/"] = rows(*news("pages", 5), *old())
    answers = {
        1: "<html><head><meta http-equiv=refresh content='0;url=/moved/1.html'></head></html>",
        2: "<html><head><title>页面不存在</title></head><body>抱歉，您访问的页面不存在</body></html>",
        3: "<html><body>该信息仅限校内访问</body></html>",
        4: "<html><body>请输入验证码继续访问</body></html>",
    }
    for number, body in answers.items():
        pages[f"http://pages.gov.cn/new/{number}.html"] = body
    pages["http://pages.gov.cn/new/0.html"] = part(0, f"<p>{TEXT}</p>", "0_1.html")
    pages["http://pages.gov.cn/new/0_1.html"] = part(0, "<p>会议的第二页到此为止。</p>", "0_2.html")
    pages["http://pages.gov.cn/moved/1.html"] = report("第1次全市教育大会召开")


@frozen
class Seen:
    """What the second look left in the store."""

    states: dict[str, SourceState]
    outcomes: dict[str, tuple[str, str]]  # by address: the outcome and its reason
    baseline: dict[str, bool]  # by address of a report
    texts: dict[str, str]  # likewise
    asked: list[str]  # at the second look


def catalogue(folder: Path) -> None:
    folder.mkdir()
    text = ""
    for name, (listing, more) in SITES.items():
        text += f'[[site]]\nid = "{name}"\nname = "某局"\nregion = "450500"\nlevel = "city"\nkind = "education"\n'
        text += f'homepage = "http://{name}.gov.cn/"\n{more}'
        template = ', article_url = "http://json.gov.cn/art/{docid}.html"' if name == "json" else ""
        text += f'listings = [{{ url = "{listing}"{template} }}]\n'
    (folder / "all.toml").write_text(text)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Web]]:
    """The web after two looks; no browser is to be found."""
    home = tmp_path_factory.mktemp("looks")
    catalogue(home / "sites")
    with world(home, FIRST, crawl_browser=str(home / "none")) as there, web() as own:
        there.env.update(HUIXUN_SITES=str(home / "sites"), HUIXUN_PROXY=own.proxy)
        before(own)
        assert there.scrapy("crawl", "sites").returncode == 0
        own.asked.clear()
        after(own)
        there.set_time(SECOND)
        assert there.scrapy("crawl", "sites").returncode == 0
        yield there, own


@pytest.fixture(scope="module")
def seen(played: tuple[World, Web]) -> Seen:
    there, own = played
    with there.store() as store, store.read() as conn:
        return Seen(
            states={state.site_id: state for state in sources.all_states(conn)},
            outcomes={row.url: (row.outcome, row.reason or "") for row in conn.execute(select(t.outcomes))},
            baseline={row.url: row.baseline for row in conn.execute(select(t.reports))},
            texts={row.url: row.text for row in conn.execute(select(t.reports))},
            asked=list(own.asked),
        )


@pytest.mark.parametrize(
    "urls",
    [
        ["http://feed.gov.cn/new/0.html"],
        ["http://sitemap.gov.cn/new/0.html"],
        ["http://json.gov.cn/art/n%200.html"],
        ["http://rows.gov.cn/new/0.html"],
        [url for url, _, _ in news("burst", 12)],
        [url for url, _, _ in news("down", 8)],
        ["http://plain.gov.cn/new/0.html"],
        ["http://pages.gov.cn/new/0.html", "http://pages.gov.cn/moved/1.html"],
    ],
    ids=["feed", "sitemap", "json", "rows in XML", "burst", "counting down", "http only", "leads on"],
)
def test_what_is_new_in_any_list_is_found(seen: Seen, urls: list[str]) -> None:
    assert {url: seen.baseline.get(url) for url in urls} == dict.fromkeys(urls, False)


def test_nothing_old_is_fetched_and_no_page_more_than_needed(seen: Seen) -> None:
    assert not [url for url in seen.asked if "/old/" in url]
    lists = [url for url in seen.asked if url.startswith("http://burst.gov.cn/list/")]
    assert lists == [f"http://burst.gov.cn/list/index{n}.html" for n in ("", "_1", "_2")]
    lists = [url for url in seen.asked if url.startswith("http://down.gov.cn/xw/")]
    assert lists == ["http://down.gov.cn/xw/tzgg.htm", "http://down.gov.cn/xw/tzgg/2.htm"]
    assert seen.asked.count("http://sitemap.gov.cn/2024.xml.gz") == 1


def test_an_article_over_several_pages_is_one_report(seen: Seen) -> None:
    text = seen.texts["http://pages.gov.cn/new/0.html"]
    assert text.endswith("会议的第二页到此为止。")
    assert "下一页" not in text
    assert seen.asked.count("http://pages.gov.cn/new/0_2.html") == 1, "what is not there ends it"


def test_an_article_whose_second_page_fails_waits_for_it(seen: Seen) -> None:
    assert seen.outcomes["http://torn.gov.cn/new/0.html"] == ("failed", "server error, http 500")
    assert "http://torn.gov.cn/new/0.html" not in seen.baseline


def test_news_that_only_moved_are_old_news(seen: Seen) -> None:
    there = {url: old for url, old in seen.baseline.items() if url.startswith("http://rebuilt.gov.cn/2024/")}
    assert {url for url, is_old in there.items() if not is_old} == {"http://rebuilt.gov.cn/2024/9.html"}
    assert "http://rebuilt.gov.cn/list/2" not in seen.asked


@pytest.mark.parametrize(
    ("number", "outcome", "reason"),
    [(2, "gone", "soft 404"), (3, "failed", "login"), (4, "challenged", "challenge")],
)
def test_a_page_that_is_none_is_told_apart(seen: Seen, number: int, outcome: str, reason: str) -> None:
    found = seen.outcomes[f"http://pages.gov.cn/new/{number}.html"]
    assert found[0] == outcome
    assert found[1].startswith(reason)


@pytest.mark.parametrize(
    ("site", "failure", "longest"),
    [
        ("shell", "empty shell", 1),
        ("busy", "server error, http 503", 10),
        ("gone", "gone, http 404", 1),
        ("moved", "moved: it leads to http://moved.gov.cn/index.html", 1),
        ("captcha", "challenge", 1),
    ],
)
def test_a_list_that_is_none_says_why_and_when_it_is_asked_again(
    seen: Seen, site: str, failure: str, longest: int
) -> None:
    state = seen.states[site]
    assert failure in (state.failure or "")
    due = datetime.fromisoformat(f"{SECOND}+08:00") + timedelta(hours=longest)
    assert state.next_due_at is not None
    assert abs(state.next_due_at.astimezone(CHINA) - due) < timedelta(minutes=5)
    assert not [url for url in seen.baseline if url.startswith(f"http://{site}.")]


def test_the_others_went_well(seen: Seen) -> None:
    ill = {"shell", "busy", "gone", "moved", "captcha"}
    assert {name for name, state in seen.states.items() if state.failure} == ill


def test_a_third_look_without_news_asks_for_each_list_once(played: tuple[World, Web], seen: Seen) -> None:
    there, own = played
    own.asked.clear()
    assert there.scrapy("crawl", "sites", "-a", "site=feed,sitemap,json,rows,burst,down,plain").returncode == 0
    assert len(own.asked) == 7, own.asked


def test_a_back_fill_follows_the_paging_to_its_day_and_no_further(tmp_path: Path) -> None:
    with world(tmp_path, FIRST) as there, web() as own:
        catalogue(tmp_path / "sites")
        there.env.update(HUIXUN_SITES=str(tmp_path / "sites"), HUIXUN_PROXY=own.proxy)
        for number in range(8):
            month = 10 - number
            items = [
                (f"/{month}/{n}.html", f"{month}月第{n}次全市教育大会召开", f"2024-{month:02d}-{20 - n}")
                for n in range(4)
            ]
            suffix = f"_{number}" if number else ""
            own.pages[f"http://burst.gov.cn/list/index{suffix}.html"] = trs(items, number, 8)
            own.pages |= {f"http://burst.gov.cn{url}": report(title) for url, title, _ in items}
        assert there.scrapy("crawl", "burst", "-a", "since=2024-07-19").returncode == 0
        lists = [url for url in own.asked if "/list/" in url]
        pages = {url.removeprefix("http://burst.gov.cn/") for url in own.asked if "/list/" not in url}
    assert len(lists) == 5, "the page that is older than the day ends it"
    wanted = {f"{month}/{n}.html" for month in (10, 9, 8) for n in range(4)} | {"7/0.html", "7/1.html"}
    assert pages == wanted

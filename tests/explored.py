"""Made-up websites in the markup of each publishing system, answered without any network."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from hashlib import md5
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from crawler.items import Page
from crawler.replica.world import World

CASES = tomllib.loads((Path(__file__).parent / "cases" / "discover.toml").read_text("utf-8"))["site"]
NOW = datetime(2024, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
_SUBJECTS = [
    "校园安全工作推进会",
    "全市教育工作会议",
    "秋季田径运动会",
    "教师专业能力培训班",
    "家校共育座谈会",
    "义务教育优质均衡现场会",
]
_LINKS = "".join(f'<li><a href="http://www.friend{n}-test.gov.cn/">友好市县人民政府{n}号</a></li>' for n in range(12))
_MENU = (
    '<ul class="nav"><li><a href="/">网站首页</a></li><li><a href="/zwgk/">政务公开</a></li>'
    '<li><a href="/zcjd/">政策解读</a></li>'
    '<li><a href="/hdjl/">咨询投诉</a></li><li><a href="/wsbs/">网上办事</a></li>'
    '<li><a href="/jggk/">机构概况</a></li></ul>'
)


class Website:
    """One case as a fetch function for `discover`; `asked` keeps what was fetched."""

    def __init__(self, case: Mapping[str, str]) -> None:
        self.case = case
        self.root = f"https://{case['host']}"
        self.asked: list[str] = []
        self.pages = {"/": self.page(case["owner"], case["home"]), case["first"]: self._list(0, 12)}
        if case["second"]:
            self.pages[case["second"]] = self._list(12, 6)
        for number in range(18):
            self.pages[self.path(number)] = self._article(number)

    def __call__(self, urls: Sequence[str], rendered: bool) -> Mapping[str, Page | str]:
        self.asked += urls
        return {url: self.answer(url) for url in urls}

    def answer(self, url: str) -> Page | str:
        parts = urlsplit(url)
        if parts.hostname != self.case["host"]:
            return "network: no such host"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        html = self.pages.get(path, self.pages.get(parts.path))
        charset = self.case.get("charset", "utf-8")
        body = (html or "<html><body>404</body></html>").encode(charset)
        headers = {"content-type": f"text/html; charset={charset}"}
        return Page(url=url, body=body, headers=headers, status=200 if html else 404, fetched_at=NOW)

    def entries(self, start: int = 0, count: int = 12) -> list[tuple[str, str, str]]:
        """Address, title and day of the news that a list page holds."""
        rows = range(start, start + count)
        return [(urljoin(self.root, self.path(n)), self.title(n), self.day(n).isoformat()) for n in rows]

    def day(self, number: int) -> date:
        return NOW.date() - timedelta(days=2 + 5 * number)

    def title(self, number: int) -> str:
        return f"{self.case['owner']}召开第{number + 3}次{_SUBJECTS[number % len(_SUBJECTS)]}"

    def path(self, number: int) -> str:
        day, digest = self.day(number), md5(f"{self.case['host']}{number}".encode()).hexdigest()
        uuid = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"
        return self.case["article"].format(
            y=day.year, m=day.month, d=f"{day:%d}", mmdd=f"{day:%m%d}", month=f"{day:%Y%m}", digits=f"{day:%Y%m%d}",
            n=7_000_000 + number * 37, hex=digest, uuid=uuid,
        )  # fmt: skip

    def rows(self, start: int, count: int) -> str:
        """The rows of a list."""
        rows = []
        for number in range(start, start + count):
            day, title = self.day(number), self.title(number)
            rows.append(
                self.case["row"].format(
                    href=self.path(number), title=title, short=f"{title[:14]}...", day=day.isoformat(),
                    md=f"{day:%m-%d}", d=f"{day:%d}", ym=f"{day:%Y.%m}", k=number - start,
                )
            )  # fmt: skip
        return "\n".join(rows)

    def _list(self, start: int, count: int) -> str:
        body = self.case["list"].replace("{rows}", self.rows(start, count))
        column = f'<meta name="ColumnName" content="{self.case["column"]}">'
        return self.page(f"{self.case['column']}_{self.case['owner']}", body, column)

    def _article(self, number: int) -> str:
        title, day = self.title(number), self.day(number)
        text = "".join(
            f"<p>{day.month}月{day.day}日，{self.case['owner']}召开会议，传达学习有关精神，第{n}项议程为研究下一阶段重点工作并作出部署，"
            "与会人员围绕提高质量、保障安全、改进作风作了交流发言。</p>"
            for n in range(1, 5)
        )
        column = f'<a href="{self.case["first"]}">{self.case["column"]}</a>'
        body = (
            f'<div class="position">当前位置：<a href="/">首页</a> &gt; {column}</div>'
            f'<h1>{title}</h1><div class="info">发布时间：{day} 10:20 来源：{self.case["owner"]}</div>'
            f'<div class="content" id="zoom">{text}</div>'
        )
        return self.page(f"{title}_{self.case['owner']}", body)

    def page(self, title: str, body: str, head: str = "") -> str:
        case = self.case
        code = f"网站标识码：{case['code']}" if case["code"] else ""
        return (
            f'<html><head><meta charset="{case.get("charset", "utf-8")}"><title>{title}</title>{head}</head>'
            f"<body>{_MENU}"
            f'<div class="main">{body}</div><div class="links"><h3>友情链接</h3><ul>{_LINKS}</ul></div>'
            f'<div class="footer">主办：{case["owner"]} {code} {case["icp"]}</div></body></html>'
        )


class OnReplica:
    """The demo's websites at one moment as a fetch function, without a server in between."""

    def __init__(self, world: World, moment: str) -> None:
        self.world = world
        self.now = datetime.fromisoformat(f"{moment}+08:00")

    def __call__(self, urls: Sequence[str], rendered: bool) -> Mapping[str, Page | str]:
        return {url: self.answer(url, url) for url in urls}

    def answer(self, asked: str, url: str) -> Page | str:
        parts = urlsplit(url)
        if parts.scheme != "http":
            return "network: no TLS"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = self.world.answer(parts.hostname or "", path or "/", {}, self.now)
        headers = {name.lower(): value for name, value in answer.headers}
        if answer.status in (301, 302):
            return self.answer(asked, urljoin(url, headers["location"]))
        return Page(
            url=url, requested_url=asked, body=answer.body, headers=headers, status=answer.status, fetched_at=self.now
        )

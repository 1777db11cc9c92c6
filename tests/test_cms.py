"""List pages and publishing systems: what must be recognised and read, and what must not."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import cms, dom
from crawler.catalog import Selectors, Site
from crawler.cms.base import compiled
from crawler.items import Document, Page

CASES = tomllib.loads((Path(__file__).parent / "cases" / "listings.toml").read_text("utf-8"))["case"]

PROGRAMS = tomllib.loads((Path(__file__).parent / "cases" / "lists_for_programs.toml").read_text("utf-8"))["case"]


def document(html: str, url: str = "http://www.example.gov.cn/", charset: str = "utf-8") -> Document:
    page = Page(url=url, body=html.encode("utf-8"), fetched_at=datetime(2025, 3, 10, tzinfo=UTC))
    return Document(page=page, html=html, tree=dom.parse(html), charset=charset, charset_basis="declared")


def site(**fields: object) -> Site:
    plain = {"id": "a-site", "name": "某某网站", "region": "450200", "level": "city", "kind": "education"}
    return Site.model_validate({**plain, "homepage": "http://www.example.gov.cn/", **fields})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_listing(case: dict[str, object]) -> None:
    got = cms.read_listing(document(f"<html><body>{case['html']}</body></html>", str(case["url"])))
    assert [[entry.url, entry.title, entry.listed_on or ""] for entry in got.entries] == case["want"]
    assert (got.next_url or "") == case["next"]
    assert all(entry.listing_url == case["url"] for entry in got.entries)


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda case: case["name"])
def test_a_list_for_programs(case: dict[str, Any]) -> None:
    got = cms.read_listing(document(case["text"], case["url"]), None, case.get("article_url"))
    assert [[entry.url, entry.title, entry.listed_on or ""] for entry in got.entries] == case["want"]
    assert (got.via, got.next_url or "") == (case["via"], case.get("next", ""))
    assert (list(got.parts), got.is_whole) == (case.get("parts", []), case.get("is_whole", True))


@pytest.mark.parametrize("start", ["<rss><channel><item><title>", "<urlset><url><loc>", "[", '{"a":[{"title":', "f({"])
@given(text=st.text(alphabet="<>/item\"'[]{}:,()教育&;12", max_size=200))
def test_no_feed_and_no_json_breaks_a_list(start: str, text: str) -> None:
    got = cms.read_listing(document(start + text))
    assert all(entry.url.startswith("http") for entry in got.entries)


@pytest.mark.parametrize("case", [case for case in CASES if case["family"]], ids=lambda case: case["name"])
def test_family_of_a_list(case: dict[str, object]) -> None:
    family = cms.recognise(document(str(case["html"]), str(case["url"])))
    assert family is not None
    assert family.name == case["family"]


def test_nothing_tells_the_family_of_a_plain_page() -> None:
    assert cms.recognise(document("<p>今天天气很好。</p>")) is None


def test_elements_of_its_own_make_tell_a_family() -> None:
    for html, name in (
        ("<UCAPCONTENT><p>文</p></UCAPCONTENT>", "ucap"),
        ("<founder-title>题</founder-title>", "paper"),
    ):
        family = cms.recognise(document(html))
        assert family is not None
        assert family.name == name


def test_only_selectors_that_may_find_something_are_tried() -> None:
    names = cms.names_of(document("<div class='a list2' id='zoom'>文</div>").tree)
    assert names == {"a", "list2", "list", "zoom"}
    selectors = (".a", "#zoom .b", "h1", ".list li", ".c, .a", "[class*=q] .c", "p:not(.c)")
    assert cms.among(selectors, names) == (".a", "h1", ".list li", ".c, .a", "[class*=q] .c", "p:not(.c)")


def test_every_selector_of_every_family_is_css() -> None:
    for family in cms.FAMILIES:
        for css in (*family.body, *family.title, *family.date_line, *family.remove, *family.rows, *family.row_date):
            assert compiled(css) is not None, f"{family.name}: {css}"


def test_family_names_are_unique() -> None:
    names = [family.name for family in cms.FAMILIES]
    assert len(names) == len(set(names))


def test_selectors_of_the_site_stand_above_the_rules() -> None:
    html = """<div class=a><a href=/1>第一条没有日期的标题</a></div><div class=b><p class=r><em>题：
      <b>正式的标题一</b></em><a href=/2>详情</a><i>2025年1月2日</i><u>2024-01-01</u></p></div>"""
    chosen = Selectors(list_item=".r", list_title="b", list_date="i")
    got = cms.read_listing(document(html), site(selectors=chosen))
    assert [(entry.title, entry.listed_on) for entry in got.entries] == [("正式的标题一", "2025-01-02")]
    assert got.via == "site"


def test_selectors_that_find_nothing_give_way_to_the_rules() -> None:
    html = "".join(f"<li><a href=/{n}>全市教育工作会议召开了{n}</a>2025-01-0{n}</li>" for n in range(1, 5))
    got = cms.read_listing(document(f"<ul>{html}</ul>"), site(selectors=Selectors(list_item="li.[")))
    assert len(got.entries) == 4
    assert got.via == "generic"


def test_month_and_day_alone_are_the_nearest_such_day_before_the_fetch() -> None:
    html = "".join(
        f"<li><a href=/{n}>全市教育工作会议召开了{n}</a>{day}</li>" for n, day in enumerate(("03-09", "12-31", "02-28"))
    )
    got = cms.read_listing(document(f"<ul>{html}</ul>"))
    assert [entry.listed_on for entry in got.entries] == ["2025-03-09", "2024-12-31", "2025-02-28"]


def test_addresses_keep_the_encoding_of_the_page() -> None:
    html = "".join(
        f"<li><a href='/s?q=教育&amp;p={n}#top'>全市教育工作会议召开了{n}</a>2025-01-0{n}</li>" for n in range(1, 4)
    )
    got = cms.read_listing(document(f"<ul>{html}</ul>", charset="gb18030"))
    assert got.entries[0].url == "http://www.example.gov.cn/s?q=%BD%CC%D3%FD&p=1"


@pytest.mark.parametrize(
    "href", ["", "#a", "javascript:void(0)", "mailto:a@b.cn", "http://[::1", "data:text/html,x", "x" * 5000]
)
def test_links_that_lead_nowhere(href: str) -> None:
    assert cms.Links("http://www.example.gov.cn/a/", "utf-8").address(href) is None


def test_the_next_page_is_never_the_page_itself() -> None:
    assert cms.read_listing(document("<a href='http://www.example.gov.cn/#x'>下一页</a>")).next_url is None


@given(st.text(alphabet="<>/aliuldvtr =\"'href0123456789年月日-教育大会", max_size=300))
def test_no_markup_breaks_a_list(html: str) -> None:
    got = cms.read_listing(document(html))
    assert all(entry.url.startswith("http") and entry.title for entry in got.entries)


@pytest.mark.parametrize(
    "html",
    [
        "<datastore>" + "<record><![CDATA[" * 200_000,
        "<div>" + "<p>05-20</p>" * 40_000 + "</div><ul>" + "<li><a href=/x{}>全市教育大会召开</a>05-20</li>" * 2_000,
        "createPageHTML(" * 200_000,
        "<a href=/x>下一页" * 50_000,
        "<rss><channel>" + "<item><title>教育" * 100_000,
        "<rss><channel><item " + " ".join(f'a{n}="b"' for n in range(100_000)) + ">",
        "<rss><channel>" + "<item><link>http://a.cn/</link><title>&lt;b&gt;教育大会</title></item>" * 20_000,
        "<urlset>" + "".join(f"<url><loc>http://a.cn/{n}</loc></url>" for n in range(50_000)),
        "<!--" * 100_000,
        "[" * 1_000_000,
        "[" + '{"a":' * 100_000,
        "[" + ",".join('{"title":"教育<b>大会","url":"/a","t":"2025-01-01"}' for _ in range(20_000)) + "]",
        "[" + ",".join("[" + '{"title":"教育<b>大会","url":"/a"}]' for _ in range(20_000)) + "]",
        "[{" + ",".join(f'"k{n}":"教育大会{n}"' for n in range(100_000)) + "}]",
    ],
    ids=[
        *("records", "days", "pagers", "links", "items", "attributes", "feed", "sitemap", "comments"),
        *("deep", "deeper", "rows", "arrays", "fields"),
    ],
)
def test_hostile_lists_take_seconds_at_most(html: str) -> None:
    hostile = document(html, "http://www.example.gov.cn/col/col1/index.html")
    started = time.process_time()
    cms.read_listing(hostile)
    assert time.process_time() - started < 5

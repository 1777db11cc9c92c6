"""The article out of the page: the given documents in every wrapping, every family's markup, and the traps."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import cms, dom, hans
from crawler.catalog import Catalog, Site
from crawler.extract import extract
from crawler.items import Article, Document, Entry, Outcome, Page, Rejected
from tests import wrappings

HERE = Path(__file__).parent
DOCUMENTS = tomllib.loads((HERE / "cases" / "documents.toml").read_text("utf-8"))["document"]
CASES = tomllib.loads((HERE / "cases" / "extract.toml").read_text("utf-8"))["case"]
PAGES = tomllib.loads((HERE / "pages" / "expected.toml").read_text("utf-8"))["page"]
_PINYIN = re.compile(r"\([a-zü\u00c0-\u01ff]{1,6}\)")


def document(html: str, url: str = "http://www.example.gov.cn/a/b.html", **page: object) -> Document:
    tree = dom.parse(html)
    return Document(
        page=Page(url=url, body=html.encode("utf-8", "replace"), **page),  # type: ignore[arg-type]  # any of its fields
        html=html,
        tree=tree,
        charset="utf-8",
        charset_basis="declared",
        script=hans.script_of(dom.text_of(tree)),
    )


def article(html: str, **page: object) -> Article:
    found = extract(document(html, **page), Catalog())  # type: ignore[arg-type]  # any field of a page
    assert isinstance(found, Article), found
    return found


def lines_of(id_: str) -> list[str]:
    """A given document's lines; the pinyin notes of one are another stage's work."""
    return [_PINYIN.sub("", line) for line in wrappings.document(id_)]


def text_of(wanted: dict[str, object], lines: list[str]) -> str:
    paragraphs = ("".join(lines[int(at)] for at in part.split("+")) for part in wanted["body"])  # type: ignore[attr-defined]
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def check(found: Article, wanted: dict[str, object], lines: list[str]) -> None:
    for name in ("title", "date", "source", "author", "publisher", "original_title", "label"):
        assert (getattr(found, name) or "") == wanted.get(name, ""), name
    assert found.title_hans == wanted.get("title_hans", wanted["title"])
    assert found.text == text_of(wanted, lines)
    assert {fix.kind for fix in found.fixes} == set(wanted["fixes"])  # type: ignore[call-overload]


@pytest.mark.parametrize("style", wrappings.STYLES, ids=lambda style: style.__name__)
@pytest.mark.parametrize("wanted", DOCUMENTS, ids=lambda wanted: wanted["id"])
def test_given_document_in_every_wrapping(wanted: dict[str, object], style: object) -> None:
    lines = lines_of(str(wanted["id"]))
    html = style(lines[int(wanted["headline"])], lines)  # type: ignore[operator,call-overload]
    check(article(html), wanted, lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["file"])
def test_page_in_the_markup_of_its_family(page: dict[str, str]) -> None:
    wanted = next(wanted for wanted in DOCUMENTS if wanted["id"] == page["document"])
    lines = lines_of(page["document"])
    found = article(
        wrappings.filled((HERE / "pages" / page["file"]).read_text("utf-8"), wanted, lines), url=page["url"]
    )
    assert found.via == page["via"]
    assert [[file.url, file.name] for file in found.attachments] == page.get("attachments", [])
    own = {
        name: page[name]
        for name in ("date", "source", "author", "publisher", "original_title", "label")
        if name in page
    }
    check(found, {**wanted, **own, "fixes": page.get("fixes", wanted["fixes"])}, lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, object]) -> None:
    found = extract(document(str(case["html"]), str(case.get("url", "http://www.example.gov.cn/a/b.html"))), Catalog())
    if "rejected" in case:
        assert isinstance(found, Rejected)
        assert found.outcome is Outcome.EMPTY
        assert str(case["rejected"]) in found.reason
        return
    assert isinstance(found, Article), found
    for name in (
        "title",
        "label",
        "original_title",
        "date",
        "source",
        "author",
        "publisher",
        "text",
        "title_hans",
        "text_hans",
    ):
        if name in case:
            assert (getattr(found, name) or "") == case[name], name
    for piece in case.get("has", []):  # type: ignore[attr-defined]
        assert piece in found.text
    for piece in case.get("has_not", []):  # type: ignore[attr-defined]
        assert piece not in found.text
    if "attachments" in case:
        assert [[file.url, file.name] for file in found.attachments] == case["attachments"]
    if "fixes" in case:
        assert [[fix.kind, fix.count] for fix in found.fixes] == case["fixes"]


SENTENCES = "会议强调，要办好人民满意的教育。大会由市长主持，各县区负责同志参加会议。"
PLAIN = f"<h1>全市教育大会召开</h1><p>{SENTENCES}</p><p>会上，市教育局作交流发言，会议开到各县区。</p>"


def test_all_dates_are_kept_and_the_visible_one_wins() -> None:
    html = f"""<head><meta name=PubDate content="2024-05-03 08:00"></head><h1>全市教育大会召开</h1>
      <div>发布时间：2024-05-02 09:30 来源：某某日报</div><p>{SENTENCES}</p>"""
    row = Entry(url="http://www.example.gov.cn/t20240501_1.html", title="全市教育大会召开", listed_on="2024-05-04")
    found = article(html, url="http://www.example.gov.cn/202405/t20240501_1.html", entry=row)
    assert [(day.basis, day.value) for day in found.dates] == [
        ("line", "2024-05-02T09:30"),
        ("meta", "2024-05-03T08:00"),
        ("list", "2024-05-04"),
        ("url", "2024-05-01"),
    ]
    assert found.date == "2024-05-02T09:30"


def test_the_time_of_generation_is_no_date_of_publication() -> None:
    html = f"""<head><meta name=PubDate content="2024-05-03 08:00">
      <meta name=others content="页面生成时间 2024-05-03 08:00:00"></head><h1>全市教育大会召开</h1><p>{SENTENCES}</p>"""
    found = article(html, url="http://www.example.gov.cn/202105/t20210501_1.html")
    assert found.date == "2021-05-01"


def test_selectors_of_the_site_find_the_body() -> None:
    site = Site.model_validate(
        {
            "id": "a-site",
            "name": "某某网",
            "region": "450200",
            "level": "city",
            "kind": "education",
            "homepage": "http://www.example.gov.cn/",
            "selectors": {"body": ".b", "title": ".t", "date_line": ".d", "body_remove": ".x"},
        }
    )
    html = f"""<title>某某网</title><h1>某某网今日头条新闻</h1>
      <p class=t>全市教育大会召开</p><i class=d>2024-01-02</i>
      <p>另一篇更长的东西，{SENTENCES * 9}</p>
      <div class=b><p>{SENTENCES * 4}</p><p class=x>这一段要去掉，请扫码关注。</p></div>"""
    found = extract(document(html, site_id="a-site"), Catalog([site]))
    assert isinstance(found, Article)
    assert (found.title, found.date, found.text, found.via) == ("全市教育大会召开", "2024-01-02", SENTENCES * 4, "site")


def test_a_hidden_article_is_read_where_there_is_no_other() -> None:
    found = article(
        f"<title>全市教育大会召开</title><div style='display:none'><h1>全市教育大会召开</h1><p>{SENTENCES}</p></div>"
    )
    assert found.text == SENTENCES


def test_the_document_is_left_as_it_was() -> None:
    given_ = document(PLAIN)
    before = dom.text_of(given_.tree)
    extract(given_, Catalog())
    assert dom.text_of(given_.tree) == before


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + PLAIN,
        "<p>" + "会议强调，" * 2_000_000,
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><p>' + "&b;" * 100_000,
        "<p>" + "<b>会</b>" * 200_000,
        "<table>" + "<tr><td>一<td>二" * 20_000,
        "<ul>" + "<li><a href=/x>全市教育大会召开了</a>2024-01-01" * 10_000,
        "<script>" + "document.write('来源'+" * 100_000,
        "<p>" + "（记者 " * 300_000,
        "<p>" + "2024-01-01 " * 300_000,
        "<h1>" + "原标题:" * 100_000,
        ("<p>" + "T" * 59 + "x</p>") * 2_000,
        ("<script>document.write('来源');" + " " * 7_900 + "</script>") * 300,
        "<p>会议强调，</p>" * 20_000,
        "<title>" + "全市教育大会_" * 200_000,
    ],
    ids=[
        "nested",
        "one line",
        "entities",
        "inline",
        "cells",
        "links",
        "script",
        "brackets",
        "dates",
        "labels",
        "buttons",
        "blanks",
        "open ends",
        "title",
    ],
)
def test_hostile_pages_take_seconds_at_most(html: str) -> None:
    hostile = document(html)
    started = time.process_time()
    assert isinstance(extract(hostile, Catalog()), Article | Rejected)
    cms.read_listing(hostile, None)
    assert time.process_time() - started < 10


_TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<h1>",
        "<br>",
        "<td>",
        "<tr>",
        "<table>",
        "<li>",
        "<a",
        "href='x.pdf'>",
        "</a>",
        "<b>",
        "<pre>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
    ]
)
_WORDS = st.sampled_from(
    [
        "全市教育大会召开",
        "来源：",
        "2024-05-06 07:08",
        "作者：张三",
        "，",
        "。",
        "\n",
        " ",
        "上一篇",
        "原标题:",
        "（记者 李四）",
        "&nbsp;",
        "\x00",
        "𠀀",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_TAGS, _WORDS, st.text(max_size=5)), max_size=60))
def test_no_markup_breaks_extract(pieces: list[str]) -> None:
    found = extract(document("".join(pieces)), Catalog())
    assert isinstance(found, Article | Rejected)
    if isinstance(found, Article):
        assert found.text
        assert found.text == found.text.strip()
        assert "\n\n" not in found.text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(alphabet="会议强调要办好人民满意的教育大市长主持，、", min_size=15, max_size=80),
        min_size=2,
        max_size=8,
        unique=True,
    )
)
def test_paragraphs_come_out_as_they_went_in(paragraphs: list[str]) -> None:
    whole = ["会议强调要办好人民满意的教育" + text.strip("，、") + "。" for text in paragraphs]
    html = "<title>全市召开年度表彰活动</title><h1>全市召开年度表彰活动</h1>" + "".join(
        f"<p>{text}</p>" for text in whole
    )
    assert article(html).text.split("\n") == list(dict.fromkeys(whole))

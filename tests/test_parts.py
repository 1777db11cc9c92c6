"""Articles over several pages: which page comes next, and what the parts give together."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import dom
from crawler.cms import parts
from crawler.decode import decode
from crawler.items import Document, Page

HERE = "http://www.example.gov.cn/xw/202503/t20250301_1000001.html"
PAGER = "<div class='pages'><a href='{up}'>上一页</a> 1 2 <a href='{down}'>下一页</a></div>"
FRAME = (
    "<html><head><title>全市教育大会召开</title></head><body><div class='nav'><a href='/'>首页</a></div>"
    "<div class='main'><h1>全市教育大会召开</h1><div class='text'>{text}</div></div>"
    "<div class='foot'>主办单位</div></body></html>"
)


def document(html: str, url: str = HERE) -> Document:
    got = decode(Page(url=url, body=html.encode()))
    assert isinstance(got, Document)
    return got


@pytest.mark.parametrize(
    ("here", "link", "goes_on"),
    [
        ("a/t20250301_100.html", "a/t20250301_100_1.html", True),
        ("a/t20250301_100.html", "a/t20250301_100_2.html", True),
        ("a/t20250301_100_1.html", "a/t20250301_100_2.html", True),
        ("a/news.shtml", "a/news-2.shtml", True),
        ("a/show.asp?id=7", "a/show.asp?id=7&page=2", True),
        ("a/show.asp?id=7&page=2", "a/show.asp?id=7&page=3", True),
        ("a/t20250301_100.html", "a/t20250301_101.html", False),
        ("a/t20250301_100.html", "a/t20250301_100_5.html", False),
        ("a/t20250301_100_2.html", "a/t20250301_100_1.html", False),
        ("a/100.html", "a/101.html", False),
        ("a/100.html", "b/100_1.html", False),
        ("a/100.html", "a/100_1.shtml", False),
        ("a/show.asp?id=7", "a/show.asp?id=8&page=2", False),
        ("a/show.asp?id=7", "a/show.asp?id=8", False),
        ("a/100.html", "http://other.gov.cn/a/100_1.html", False),
    ],
)
def test_the_next_part_is_told_from_another_article(here: str, link: str, goes_on: bool) -> None:
    base = "http://www.example.gov.cn/"
    address = link if "://" in link else base + link
    got = parts.next_part(document(f"<p>教育大会</p><a href='{address}'>下一页</a>", base + here))
    assert got == (address if goes_on else None)


@pytest.mark.parametrize(
    ("call", "following"),
    [("createPageHTML(3, 0, 't20250301_1000001', 'html')", "_1"), ("createPageHTML(1, 0, 'a', 'html')", "")],
)
def test_a_script_that_draws_the_pager_is_read(call: str, following: str) -> None:
    got = parts.next_part(document(f"<p>教育大会</p><script>{call}</script>"))
    assert got == (HERE.replace(".html", f"{following}.html") if following else None)


def page(*paragraphs: str, up: str = "", down: str = "") -> Page:
    text = "".join(f"<p>{one}</p>" for one in paragraphs) + PAGER.format(up=up, down=down)
    return Page(url=HERE, body=FRAME.format(text=text).encode())


def test_the_parts_give_one_text_in_order_and_nothing_twice() -> None:
    whole = parts.assembled(
        [page("第一段。", "第二段。", down="b"), page("第三段。", up="a", down="c"), page("第四段。", up="b")]
    )
    got = decode(whole)
    assert isinstance(got, Document)
    text = dom.text_of(got.tree.find("body"))
    assert text == "首页 全市教育大会召开 第一段。 第二段。 第三段。 第四段。 主办单位"
    assert dom.text_of(dom.parse(got.html).find("body")) == text


def test_text_between_line_breaks_is_joined_too() -> None:
    pages = [
        FRAME.format(text=f"{text}<br>{PAGER.format(up='a', down='b')}尾")
        for text in ("第一段。<br>第二段。", "第三段。<br>第四段。")
    ]
    got = decode(parts.assembled([Page(url=HERE, body=html.encode()) for html in pages]))
    assert isinstance(got, Document)
    assert [text for text in got.tree.find(".//div[@class='text']").itertext() if text.strip()] == [
        *("第一段。", "第二段。", "尾", "第三段。", "第四段。", "尾")
    ]


def test_a_part_of_another_make_is_left_out() -> None:
    whole = parts.assembled([page("第一段。"), Page(url=HERE, body="<p>别的网页</p>".encode())])
    got = decode(whole)
    assert isinstance(got, Document)
    assert "别的网页" not in dom.text_of(got.tree)
    assert "第一段。" in dom.text_of(got.tree)


def test_one_page_stays_as_it_came() -> None:
    alone = page("第一段。")
    assert parts.assembled([alone]) is alone


@given(st.lists(st.text(alphabet="<>/divp 教育大会", max_size=60), min_size=2, max_size=4))
def test_no_markup_breaks_the_joining(texts: list[str]) -> None:
    got = decode(parts.assembled([Page(url=HERE, body=f"<p>教育</p>{text}".encode()) for text in texts]))
    assert isinstance(got, Document)
    assert parts.MARK not in got.html


@pytest.mark.parametrize("piece", ["<div>" * 1500, "<div><p>教育</p></div>" * 10_000, "<div class=a>教育" * 1500])
def test_hostile_parts_take_seconds_at_most(piece: str) -> None:
    whole = parts.assembled([Page(url=HERE, body=(piece + str(number)).encode()) for number in range(10)])
    started = time.process_time()
    decode(whole)
    assert time.process_time() - started < 5

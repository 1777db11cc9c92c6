"""The tree is right for ordinary pages and harmless for hostile ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import dom


def test_blocks_are_apart_and_scripts_unseen() -> None:
    tree = dom.parse("<h1>标题</h1><p>一<b>段</b>话</p><script>var a</script>尾<!-- 注 -->巴<style>p{}</style>")
    assert dom.text_of(tree) == "标题 一段话 尾巴"


def test_meta_takes_the_first_that_says_something() -> None:
    tree = dom.parse(
        '<meta name="Author" content=" "><meta name="author" content="甲"><meta name=author content=乙>'
        '<meta property="og:title" content="会议">'
    )
    assert dom.meta(tree) == {"author": "甲", "og:title": "会议"}


def test_removing_an_element_keeps_the_text_behind_it() -> None:
    tree = dom.parse("<p>前<b>中</b>后</p>")
    dom.remove(tree.find(".//b"))
    assert dom.text_of(tree) == "前后"


def test_a_copy_is_a_copy() -> None:
    tree = dom.parse("<p>一</p>")
    copy = dom.copy_tree(tree)
    copy.find(".//p").text = "二"
    assert dom.text_of(tree) == "一"


def test_a_giant_tag_goes_and_its_neighbours_stay() -> None:
    html = "<p>前</p><div " + 'a="1" ' * 20_000 + ">" + "<p>后</p>"
    assert dom.drop_giant_tags(html) == "<p>前</p><p>后</p>"


def test_a_long_comment_is_no_giant_tag() -> None:
    html = "<p>前</p><!--" + "x" * 100_000 + "--><p>后</p>"
    assert dom.text_of(dom.parse(html)) == "前 后"


@pytest.mark.parametrize("length", [60_000, 65_536, 70_000])
def test_only_tags_above_the_bound_are_giants(length: int) -> None:
    tag = "<p" + " " * (length - 3) + ">"
    html = "<b>前</b>" + tag + "后"
    assert dom.drop_giant_tags(html) == (html if length <= 65_536 else "<b>前</b>后")


@pytest.mark.parametrize(
    ("html", "title", "text"),
    [
        ("<title>题</head><body><p>文</p></body>", "题", "文"),
        ("<TITLE>题\n<meta name=a content=b><body><p>文</p>", "题", "文"),
        ("<title>题<body><svg><title>图</title></svg><p>文</p>", "题", "文"),
        ("<title>题", "题", ""),
        ("<title>题</title><body><p>文</p>", "题", "文"),
        ("<title><font>题</font></TITLE><body><p>文</p>", "<font>题</font>", "文"),
        ("<title>" + "题" * 4_000 + "</title><p>文</p>", "题" * 4_000, "文"),
    ],
)
def test_a_title_swallows_nothing(html: str, title: str, text: str) -> None:
    tree = dom.parse(html)
    assert (tree.findtext(".//title") or "").strip() == title
    assert dom.text_of(tree.find("body")) == text if text else tree.find("body") is None


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p><![CDATA[会议强调。]]></p><p><![CDATA[会议由市长主持。]]>完</p>", "会议强调。 会议由市长主持。完"),
        ("<record><![CDATA[<li><a href='1.htm'>标题</a></li>]]></record>", "标题]]>"),
        ("<script>//<![CDATA[\nif (a < b) {}\n//]]></script><p>文</p>", "文"),
        ("<p>前<!-- 注 -->后</p>", "前后"),
    ],
    ids=["text", "markup stays markup", "script", "comment"],
)
def test_character_data_is_text(html: str, text: str) -> None:
    assert dom.text_of(dom.parse(html)) == text


def test_what_readers_without_frames_get_is_the_page() -> None:
    frames = "<frameset cols='200,*'><frame src='a.htm'>{}</frameset>"
    noframes = "<noframes><body><h1>标题</h1><p>正文</p></body></noframes>"
    head = "<html><head><title>题</title><meta name=a content=b></head>"
    for html in (frames.format(noframes), frames.format("") + noframes):
        tree = dom.parse(f"{head}{html}</html>")
        assert (dom.text_of(tree.find("body")), dom.meta(tree)) == ("标题 正文", {"a": "b"})
    assert dom.text_of(dom.parse("<p>文</p><noframes><p>无框架</p></noframes>")) == "文"


@pytest.mark.parametrize("depth", [300, 2000])
def test_nesting_does_not_lose_the_article(depth: int) -> None:
    assert dom.text_of(dom.parse("<div>" * depth + "正文")) == "正文"


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "\x00",
        "<?xml version='1.0' encoding='gbk'?><p>正文",
        "<" * 1_000_000,
        "<div>" * 100_000 + "文",
        "&a;" * 100_000,
    ],
    ids=["empty", "blank", "nul", "declaration", "open", "nested", "entities"],
)
def test_hostile_pages_give_a_tree_in_seconds(html: str) -> None:
    start = time.process_time()
    tree = dom.parse(html)
    dom.text_of(dom.copy_tree(tree))
    assert time.process_time() - start < 5


@given(st.text(max_size=200))
def test_any_text_gives_a_tree(html: str) -> None:
    assert isinstance(dom.text_of(dom.parse(html)), str)

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

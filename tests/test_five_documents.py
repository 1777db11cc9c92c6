"""The five given documents come out right whole, through all stages, whatever page they are wrapped in."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawler import catalog, topics
from crawler.catalog import Catalog
from crawler.clean import clean
from crawler.config import CHECKOUT
from crawler.hans import to_hans
from crawler.items import Page
from crawler.read import result
from crawler.topics import Topics
from tests import wrappings

CASES = tomllib.loads((Path(__file__).parent / "cases" / "five_documents.toml").read_text("utf-8"))["document"]
Style = Callable[[str, Sequence[str]], str]


@cache
def knowledge(name: str) -> tuple[Catalog, Topics]:
    known = catalog.load(CHECKOUT / "seeds" / "sites") if name == "seeds" else Catalog()
    return known, topics.load(CHECKOUT / "seeds" / "topics.toml")


def read(html: str, url: str, charset: str = "utf-8", known: str = "seeds") -> dict[str, Any]:
    own, about = knowledge(known)
    page = Page(url=url, body=html.encode(charset, "xmlcharrefreplace"), headers={"content-type": "text/html"})
    return result(clean(page, catalog=own, topics=about))


def headline(case: dict[str, Any], lines: Sequence[str]) -> str:
    """The line that holds the headline; its pinyin notes and label are still in it."""
    words = case["title_hans"].split(" ")[0]
    plain = [to_hans(wrappings.without_notes(line)) for line in lines]
    return next(line for line, text in zip(lines, plain, strict=True) if words in text)


def check(case: dict[str, Any], row: dict[str, Any]) -> None:
    assert row["conference"], (row["outcome"], row["reason"])
    for name in ("title_hans", "label", "original_title", "date", "source", "author"):
        if name in case:
            assert (row[name] or "") == case[name], name
    for name in ("source", "author"):
        if f"{name}_hans" in case:
            assert to_hans(row[name]) == case[f"{name}_hans"], name
    record = row["conference"]
    assert {name: record[name] for name in case["conference"]} == case["conference"]
    assert record["held_on"] or "held_on" not in case["conference"]
    for role in ("chair", "speech"):
        assert [one["name"] for one in record["people"] if role in one["roles"]] == case[role], role
    for mode, units in (("onsite", case["exchange"]), ("written", case.get("written", []))):
        assert [one["name"] for one in record["exchange_units"] if one["mode"] == mode] == units, mode
    assert row["provenance"]["verdict"] == case["verdict"], row["provenance"]
    for piece in case["once"]:
        assert row["text_hans"].count(piece) == 1, piece
    for piece in case.get("never", []):
        assert piece not in row["text_hans"], piece
    assert bool(row["spam"]["blocks"]) == case.get("cut", False)


@pytest.mark.parametrize("style", wrappings.STYLES, ids=lambda style: style.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_in_every_wrapping(case: dict[str, Any], style: Style) -> None:
    lines = wrappings.document(case["file"])
    html = style(headline(case, lines), lines)
    for url in case["urls"]:
        check(case, read(html, url))


@pytest.mark.parametrize("charset", ["gb18030", "gbk", "big5", "utf-16"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_in_every_charset_undeclared(case: dict[str, Any], charset: str) -> None:
    lines = wrappings.document(case["file"])
    if charset == "big5" and case["file"] not in ("001", "004"):
        return  # Simplified text is not written in Big5
    html = "<html><body>" + "".join(f"<p>{line}</p>" for line in lines) + "</body></html>"
    check(case, read(html, case["urls"][0], charset))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_without_any_catalogue(case: dict[str, Any]) -> None:
    lines = wrappings.document(case["file"])
    html = wrappings.paragraphs(headline(case, lines), lines)
    check(case, read(html, case["urls"][0], known="none"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_text_whose_characters_were_lost_before_it_came_is_undecodable_and_not_off_topic(case: dict[str, Any]) -> None:
    lost = [line.encode().decode("gbk", "replace") for line in wrappings.document(case["file"])]
    row = read(wrappings.paragraphs(lost[0], lost), "http://www.stranger.com/1.html")
    assert row["outcome"] == "undecodable", row["reason"]

"""Date, source, author and publisher: out of lines, brackets and metadata, and nothing where there is none."""

from __future__ import annotations

import html
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import dom
from crawler.catalog import Catalog
from crawler.extract import bylines, extract, names
from crawler.items import Article, Document, Page

CASES = tomllib.loads((Path(__file__).parent / "cases" / "facts.toml").read_text("utf-8"))
TEXT = (
    "会议强调，要办好人民满意的教育。大会由市长主持，各县区负责同志参加会议。",
    "会上，市教育局作交流发言，各县区、各直属学校在分会场收看收听，会期半天。",
)


def _paragraphs(lines: object) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)  # type: ignore[attr-defined]


def read(case: dict[str, object]) -> Article:
    said: dict[str, str] = case.get("meta", {})  # type: ignore[assignment]
    meta = "".join(f'<meta name="{name}" content="{html.escape(value)}">' for name, value in said.items())
    under, text, below = (_paragraphs(case.get(part, ())) for part in ("under", "text", "below"))
    body = _paragraphs(TEXT)
    head = f"<html><head><title>全市教育大会召开</title>{meta}</head>"
    markup = f"{head}<body><h1>全市教育大会召开</h1>{under}{text}{body}{below}"
    page = Page(url="http://www.example.gov.cn/a/b.html", body=markup.encode())
    document = Document(
        page=page, html=markup, tree=dom.parse(markup), charset="utf-8", charset_basis="declared", script="Hans"
    )
    found = extract(document, Catalog())
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(("text", "wanted"), CASES["authors"])
def test_names_in_what_follows_a_label(text: str, wanted: str) -> None:
    assert names.authors(text) == wanted


@pytest.mark.parametrize("word", CASES["persons"])
def test_a_name(word: str) -> None:
    assert names.is_person(word)


@pytest.mark.parametrize("word", CASES["not_persons"])
def test_no_name(word: str) -> None:
    assert not names.is_person(word)


@pytest.mark.parametrize("case", CASES["byline"], ids=lambda case: case["lines"][0][:20])
def test_byline(case: dict[str, object]) -> None:
    found = bylines.find(case["lines"])  # type: ignore[arg-type]
    assert (found.authors if found else "") == case.get("authors", "")
    assert (found.organ if found else "") == case.get("organ", "")


@pytest.mark.parametrize("case", CASES["page"], ids=lambda case: case["name"])
def test_page(case: dict[str, object]) -> None:
    found = read(case)
    for fact in ("date", "source", "author", "publisher"):
        assert (getattr(found, fact) or "") == case.get(fact, ""), fact
    assert TEXT[0] in found.text


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="记者通讯员作文图/、 ，王小明李报网（）【】:：abc。", max_size=80))
def test_names_are_pieces_of_the_text(text: str) -> None:
    bare = "".join(text.split())
    for name in filter(None, names.authors(text).split(", ")):
        assert "".join(name.split()) in bare


@pytest.mark.parametrize("piece", ["（记者 ", "王小明 ", "作者：", "记者", "日电（", "文/", "李 "])
def test_hostile_lines_take_no_time(piece: str) -> None:
    line = piece * 20_000
    started = time.process_time()
    names.authors(line[:400])
    bylines.find([line, line, line[:60]])
    assert time.process_time() - started < 1

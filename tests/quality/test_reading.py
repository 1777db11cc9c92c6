"""Floors under reading: body, title, date, source, author, charsets, pinyin notes and shifts.

The project's own pages are the given documents in the markup of every family (tests/pages), with the menus, share bars
and footers of real sites around them. Where HUIXUN_PAGES names a folder of saved pages with what they say
(bench/README.md), or ../shared/pages lies beside the checkout, those are measured, too; elsewhere no such test exists.
"""

from __future__ import annotations

import os
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import charset
from bench.mirrors import annotated, shifts
from bench.read import Case, Score, cases, measure, renamed, row
from bench.readers import Reader, huixun
from bench.repair import fixes_of, lines_of, repaired, texts
from bench.stories import given_sentences, new_story
from tests import wrappings

TESTS = Path(__file__).parent.parent
DOCUMENTS = tomllib.loads((TESTS / "cases" / "documents.toml").read_text("utf-8"))["document"]
FAMILIES = tomllib.loads((TESTS / "pages" / "expected.toml").read_text("utf-8"))["page"]
FACTS = ("date", "source", "author")
TOP = (
    '<div class="topbar"><a href="/">网站无障碍</a> <a href="/big5/">繁體</a> 今天是2026年01月05日 星期一</div>'
    '<div class="search"><input name="q"><button>搜索</button> 热门搜索：<a href="/s">中考</a></div>'
)
BOTTOM = (
    '<div class="share">分享到：<a href="#">微信</a> <a href="#">新浪微博</a> 【打印】【关闭】</div>'
    '<div class="pn">上一篇：<a href="1.html">我市启动春季校园安全检查</a><br>'
    '下一篇：<a href="2.html">关于表彰先进单位的决定</a></div>'
    '<div class="xgyd"><h3>相关阅读</h3><ul><li><a href="3.html">市领导到部分学校调研</a><span>2025-12-30</span></li>'
    '<li><a href="4.html">全市中小学运动会举行</a><span>2025-12-28</span></li></ul></div>'
    "<p>扫一扫在手机打开当前页</p>"
    '<div class="yqlj">友情链接：<a href="http://a.cn/">某某省教育厅</a> <a href="http://b.cn/">某某教育网</a></div>'
    '<div class="foot"><p>主办：某某市教育局 承办：某某市教育信息中心</p>'
    "<p>政府网站标识码：1234567890 某ICP备12345678号</p></div>"
)
_NOTE = re.compile(r"\([a-zü\u00c0-\u01ff]{1,6}\)")
STORIES = 60
MIN_NOTES = 4
AROUND = 12  # lines of a page kept around a damaged one

OWN_FLOORS = {"f1": 0.995, "title": 1.0, "date": 1.0, "source": 1.0, "author": 1.0}
# Of the composed pages in every charset; F are 6 to 300 characters alone, where nothing tells for sure.
CHARSET_FLOORS = {
    "A": 1.0,
    "B": 1.0,
    "C": 1.0,
    "C2": 1.0,
    "C3": 1.0,
    "D": 1.0,
    "E": 1.0,
    "F": 0.97,
    "G": 0.97,
    "H": 1.0,
}
OWN_SHIFTS = {"events": 10, "exact": 0.85, "precision": 0.92}  # one event in fourteen is 0.07
SAVED_SHIFTS = {"events": 100, "exact": 0.89, "precision": 0.96}
# The same pages with other names in all class and id attributes, as on sites that nobody has seen.
OWN_RENAMED = {"f1": 0.995, "title": 1.0, "date": 1.0, "source": 1.0, "author": 1.0}
SAVED_RENAMED = {"f1": 0.964, "title": 0.975, "date": 0.89, "source": 0.97, "author": 0.84}
SAVED_FLOORS = {"f1": 0.968, "title": 0.975, "date": 0.89, "source": 0.97, "author": 0.84}


def lines_of_document(id_: str) -> list[str]:
    return [_NOTE.sub("", line) for line in wrappings.document(id_)]


def composed() -> Iterator[Case]:
    """Every given document in the markup of every family; what a page prints of its own is known for the document
    that it was made for."""
    by_id = {wanted["id"]: wanted for wanted in DOCUMENTS}
    for page in FAMILIES:
        template = (TESTS / "pages" / page["file"]).read_text("utf-8")
        template = template.replace("<body>", f"<body>{TOP}", 1).replace("</body>", f"{BOTTOM}</body>", 1)
        for wanted in DOCUMENTS:
            lines = lines_of_document(wanted["id"])
            text = "\n".join("".join(lines[int(at)] for at in part.split("+")) for part in wanted["body"])
            truth: dict[str, Any] = {"url": page["url"], "title": wanted["title"], "text": text}
            if wanted["id"] == page["document"]:
                truth |= {fact: page.get(fact, by_id[page["document"]].get(fact)) for fact in FACTS}
            body = wrappings.filled(template, wanted, lines).encode()
            yield Case(page["file"].removesuffix(".html"), f"{page['file']} {wanted['id']}", body, truth)


@pytest.fixture(scope="module")
def reader() -> Reader:
    made = huixun()
    assert made is not None
    return made


@pytest.fixture(scope="module")
def own(reader: Reader) -> list[Score]:
    return [measure(reader, case) for case in composed()]


@pytest.mark.parametrize("name", OWN_FLOORS)
def test_composed_pages(own: list[Score], name: str) -> None:
    worst = {score.case.id: (score.f1, score.facts) for score in own if not all(score.facts.values())}
    assert (row(own)[name] or 0) >= OWN_FLOORS[name], worst


@pytest.fixture(scope="module")
def own_renamed(reader: Reader) -> list[Score]:
    return [measure(reader, renamed(case)) for case in composed()]


@pytest.mark.parametrize("name", OWN_RENAMED)
def test_composed_pages_of_a_site_never_seen(own_renamed: list[Score], name: str) -> None:
    worst = {score.case.id: score.f1 for score in own_renamed if (score.f1 or 0) < 0.95}
    assert (row(own_renamed)[name] or 0) >= OWN_RENAMED[name], worst


def test_no_composed_page_fails_or_is_empty(own: list[Score]) -> None:
    assert [score.case.id for score in own if score.failed or score.empty] == []


def charset_shares(pages: list[str]) -> dict[str, float]:
    """How much of each kind of case is decoded right."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for number, html in enumerate(pages):
        for case in charset.cases(html, number):
            right[case.kind] += charset.is_right(case, charset.huixun(case.body, case.header))
            total[case.kind] += 1
    return {kind: right[kind] / total[kind] for kind in total}


def test_charsets() -> None:
    shares = charset_shares([case.body.decode() for case in list(composed())[::11]])
    assert {kind: share for kind, share in shares.items() if share < CHARSET_FLOORS[kind]} == {}


@pytest.fixture(scope="module")
def prose() -> list[list[str]]:
    """The lines of composed reports: given sentences with other names and numbers, and sentences of our own."""
    rng = random.Random(31)
    given = [sentence for sentence in given_sentences() if "?" not in sentence]  # one is given as a mirror shows it
    return [new_story(rng, given, boilerplate=0.5).text.split("\n") for _ in range(STORIES)]


def not_exact(pages: list[list[str]]) -> list[str]:
    """The pages that are not what they were before a mirror's notes were put in; fewer than four are no mirror's."""
    wrong = []
    for lines in pages:
        noted = [annotated(line) for line in lines]
        bare = ["".join(annotated(char)[0] for char in line) for line in lines]
        notes = "".join(noted).count("(") - "".join(bare).count("(")
        if notes >= MIN_NOTES and lines_of(repaired(noted)) != lines_of(repaired(bare)):
            wrong.append(lines[0])
    return wrong


def test_every_pinyin_note_goes_and_nothing_else(prose: list[list[str]]) -> None:
    assert not_exact(prose) == []


def test_clean_text_stays(prose: list[list[str]]) -> None:
    assert [fix for lines in prose for fix in fixes_of(repaired(lines)) if fix.confidence >= 0.5] == []


def shifted(pages: list[list[str]]) -> Counter[str]:
    """What becomes of each shift that a mirror would make in some texts, alone on its page; each place once."""
    found: Counter[str] = Counter()
    seen: set[str] = set()
    for lines in pages:
        noted = [annotated(line) for line in lines]
        for at, line in enumerate(noted):
            before, after = noted[max(0, at - AROUND) : at], noted[at + 1 : at + AROUND]
            for damage in shifts(line):
                place = next(n for n, (a, b) in enumerate(zip(damage.before, damage.after, strict=False)) if a != b)
                around = damage.before[max(0, place - 6) : place + 6]
                if around not in seen:
                    seen.add(around)
                    found[_outcome([*before, damage.after, *after], [*before, damage.before, *after])] += 1
    return found


def _outcome(damaged: list[str], whole: list[str]) -> str:
    outcome = repaired(damaged)
    if lines_of(outcome) == lines_of(repaired(whole)):
        return "exact"
    made = [fix for fix in fixes_of(outcome) if fix.kind == "shift" and fix.confidence >= 0.5]
    return "wrong" if made and not any("?" in fix.after for fix in made) else "left"


def check_shifts(found: Counter[str], floors: dict[str, float]) -> None:
    assert found.total() >= floors["events"], found
    assert found["exact"] / found.total() >= floors["exact"], found
    assert found["exact"] / (found["exact"] + found["wrong"]) >= floors["precision"], found


def test_shifts_are_undone(prose: list[list[str]]) -> None:
    check_shifts(shifted(prose), OWN_SHIFTS)


FOLDER = Path(os.environ.get("HUIXUN_PAGES") or TESTS.parent.parent / "shared" / "pages")

if any(FOLDER.glob("*/*.json")):

    @pytest.fixture(scope="module")
    def saved(reader: Reader) -> list[Score]:
        return [measure(reader, case) for case in cases(FOLDER, "all")]

    @pytest.mark.parametrize("name", SAVED_FLOORS)
    def test_saved_pages(saved: list[Score], name: str) -> None:
        wrong = [score.case.id for score in saved if not score.facts.get(name, True)]
        assert (row(saved)[name] or 0) >= SAVED_FLOORS[name], wrong

    @pytest.fixture(scope="module")
    def saved_renamed(reader: Reader) -> list[Score]:
        return [measure(reader, renamed(case)) for case in cases(FOLDER, "all")]

    @pytest.mark.parametrize("name", SAVED_RENAMED)
    def test_saved_pages_of_sites_never_seen(saved_renamed: list[Score], name: str) -> None:
        assert (row(saved_renamed)[name] or 0) >= SAVED_RENAMED[name]

    def test_no_saved_page_fails_or_is_empty(saved: list[Score]) -> None:
        assert [score.case.id for score in saved if score.failed or score.empty] == []

    def test_charsets_of_saved_pages() -> None:
        pages = [case.body for case in cases(FOLDER, "all") if len(case.body) < 40_000]
        shares = charset_shares(
            [text for body in pages[::12] if (text := body.decode("utf-8", "ignore")).encode() == body]
        )
        assert sum(shares.values()) / len(shares) >= 0.99, shares

    def test_pinyin_and_shifts_of_saved_pages() -> None:
        pages = texts(FOLDER, None)
        assert not_exact(pages[::5]) == []
        check_shifts(shifted(pages[::2]), SAVED_SHIFTS)

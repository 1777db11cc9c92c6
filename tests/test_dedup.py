"""The same text again: what counts as a reprint, and what only looks like one."""

from __future__ import annotations

import hashlib
import math
import random
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from crawler import dom
from crawler.dedup import Fingerprinted, compare, fingerprint, normalise, put_in, winnow
from crawler.hans import to_hans
from crawler.items import Article, Conference, Document, Page, Provenance, Report

ROOT = Path(__file__).resolve().parent.parent
CASES = tomllib.loads((ROOT / "tests" / "cases" / "dedup.toml").read_text("utf-8"))
DOCUMENTS = sorted((ROOT / "seeds" / "documents").glob("*.txt"))
LETTERS = "的一是在学校教育会议工作全市推进建设发展质量教师课程改革安全管理实践服务体系机制"


def value(title: str, text: str, published: str | None = None, held_on: str | None = None) -> Fingerprinted:
    simplified = to_hans(text)
    body = normalise(simplified, simplified=True)
    return Fingerprinted(
        title_hans=to_hans(title),
        text_hans=simplified,
        published=published or None,
        held_on=held_on or None,
        body_sha256=hashlib.sha256(body.encode()).hexdigest(),
    )


def changed(case: dict[str, Any], text: str) -> str:
    parts = text.strip().split("\n")
    parts = parts[: math.ceil(len(parts) * case.get("keep", 1))]
    if case.get("reverse"):
        parts.reverse()
    if case.get("twice"):
        parts += parts
    text = "\n".join(parts)
    for old, new in case.get("replace", ()):
        text = text.replace(old, new)
    text = "\n".join([*case.get("before", ()), text, *case.get("after", ())])
    return OpenCC("s2t").convert(text) if case.get("traditional") else text


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_relations(case: dict[str, Any]) -> None:
    base = CASES["base"][case["base"]]
    known = value(base["title"], base["text"].strip(), base["published"], base.get("held_on"))
    newcomer = value(
        case.get("title", base["title"]),
        changed(case, base["text"]),
        case.get("published", base["published"]),
        case.get("held_on", base.get("held_on")),
    )
    relation = compare(newcomer, known)
    assert (relation and relation.kind) == case.get("kind")
    if relation is not None:
        assert 0.6 <= relation.score <= 1
        assert relation.inverse == case.get("inverse", False)
        assert relation.hides == (relation.kind == "reprint_of")


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_the_other_way_round(case: dict[str, Any]) -> None:
    """Which of two texts came first changes the direction, never the kind."""
    base = CASES["base"][case["base"]]
    known = value(base["title"], base["text"].strip(), base["published"], base.get("held_on"))
    second = value(
        case.get("title", base["title"]),
        changed(case, base["text"]),
        case.get("published", base["published"]),
        case.get("held_on", base.get("held_on")),
    )
    there, back = compare(second, known), compare(known, second)
    assert (there and there.kind) == (back and back.kind)
    if there is not None and back is not None and there.kind == "excerpt_of":
        assert there.inverse != back.inverse


def test_reports_of_different_meetings_are_not_related() -> None:
    texts = [value(path.stem, path.read_text("utf-8")) for path in DOCUMENTS]
    assert len(texts) == 5
    for one in texts:
        for other in texts:
            relation = compare(one, other)
            assert (relation is not None) == (one is other)


# -- normalise


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("全市教育大会召开，会议强调要办好学校。", "全市教育大会召开会议强调要办好学校"),
        ("首页\n全市教育大会召开，会议强调要办好学校。\n上一篇\n打印", "全市教育大会召开会议强调要办好学校"),
        ("全市教育大会在建設(shè)、發(fā)展(zhǎn)(zhǎn)中召開", "全市教育大会在建设发展中召开"),
        ("２０２５年覆盖率达到９５．５％，全市教育大会召开", "2025年覆盖率达到955\n全市教育大会召开"),
        ("覆盖率达到38%。2025年全市教育大会召开", "覆盖率达到38\n2025年全市教育大会召开"),
        ("新增学位1,260个，全市教育大会如期召开", "新增学位1260个全市教育大会如期召开"),
        ("二○二五年全市教育大会召开，部署工作", "二〇二五年全市教育大会召开部署工作"),
        (
            "首页 新闻 通知 公告 下载 专题 互动 服务 机构 概况 党建 招生",
            "首页新闻通知公告下载专题互动服务机构概况党建招生",
        ),
        ("", ""),
        ("★ღ—— !!!", ""),
    ],
)
def test_normalise(text: str, letters: str) -> None:
    assert normalise(text) == letters


def test_a_row_of_links_is_no_prose() -> None:
    prose = "全市教育大会召开，会议强调要办好学校。"
    links = "首页 新闻 通知 公告 下载 专题 互动 服务 机构 概况 党建 招生"
    assert normalise(f"{links}\n{prose}\n{links.replace(' ', ' | ')}") == normalise(prose)


def test_a_paragraph_counts_once() -> None:
    text = "全市教育大会召开，会议强调要办好学校。\n市委书记出席会议并发表讲话，市长主持会议。"
    assert normalise(f"{text}\n{text}") == normalise(text)


@given(st.text(max_size=400))
def test_normalise_takes_any_text_and_leaves_letters(text: str) -> None:
    letters = normalise(text)
    assert re.fullmatch("[\\n0-9a-z〇\u3400-\u9fff\U00020000-\U000323af]*", letters)
    assert not letters.endswith("\n")


def test_simplified_spares_only_the_conversion() -> None:
    text = "全市教育大会召开，会议强调，2025年要办好每一所学校。\n市委书记（周明远）出席。"
    assert normalise(text, simplified=True) == normalise(text)


# -- fingerprints

FIXED = normalise(CASES["base"]["city"]["text"])
GOLDEN = (
    73707661467986344,
    79496131313757957,
    98953933214096563,
    512291063743152511,
    525671877914222372,
    539029110103346065,
    557033164776358755,
    603396565355231545,
    628778359063357220,
    632976588015423729,
    767588185686790559,
    1085169355407729849,
    1300159288332680311,
    1454059937332838963,
)


def test_fingerprints_never_change() -> None:
    """Stored ones have to be found by every later version."""
    assert winnow(FIXED) == GOLDEN


def test_fingerprints_are_the_same_in_another_process() -> None:
    program = f"from crawler.dedup import winnow; print(winnow({FIXED!r}))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(winnow(FIXED))


def random_text(rng: random.Random, letters: int) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(letters))


def test_about_forty_fingerprints_for_a_thousand_letters() -> None:
    rng = random.Random(1)
    counts = [len(winnow(random_text(rng, 1000))) for _ in range(50)]
    assert 34 <= sum(counts) / len(counts) <= 44


@given(st.randoms(use_true_random=False), st.integers(0, 300), st.integers(63, 200))
def test_63_letters_in_common_are_found(rng: random.Random, place: int, size: int) -> None:
    shared = random_text(rng, size)
    one = random_text(rng, place) + shared + random_text(rng, 80)
    other = random_text(rng, 120) + shared
    assert set(winnow(one)) & set(winnow(other))


@given(st.text(alphabet=LETTERS + "2025a\U00020000\ud800", max_size=300))
def test_fingerprints_are_sorted_and_fit_a_bigint(text: str) -> None:
    keys = winnow(text)
    assert list(keys) == sorted(set(keys))
    assert all(type(key) is int and -(2**63) <= key < 2**63 for key in keys)
    assert bool(keys) == (len(text) >= 16)


def report(text: str) -> Report:
    tree = dom.parse("")
    document = Document(
        page=Page(url="http://a.example/", body=b""), html="", tree=tree, charset="utf-8", charset_basis="utf-8"
    )
    article = Article(document=document, title="会议", title_hans="会议", text=text, text_hans=to_hans(text))
    conference = Conference(
        name="会议", kind="education_work", year=None, level="city", region_code=None, region_name=None, held_on=None
    )
    return Report(article=article, conference=conference, provenance=Provenance(verdict="unknown"))


def test_fingerprint_fills_a_report_and_changes_nothing_else() -> None:
    before = report(CASES["base"]["city"]["text"])
    after = fingerprint(before)
    assert len(after.body_sha256) == 64
    assert len(after.fingerprints) > 10
    assert evolve(after, body_sha256="", fingerprints=()) == before


def test_the_same_body_has_the_same_hash_whatever_its_looks() -> None:
    text = CASES["base"]["city"]["text"]
    dressed = "首页\n" + OpenCC("s2t").convert(text.replace("，", ", ").replace("设", "设(shè)")) + "\n打印"
    assert fingerprint(report(text)).body_sha256 == fingerprint(report(dressed)).body_sha256
    assert fingerprint(report(text)).fingerprints == fingerprint(report(dressed)).fingerprints


def test_an_empty_report() -> None:
    assert fingerprint(report("")).fingerprints == ()


# -- hostile input


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=60)
def test_compare_never_fails(one: str, other: str) -> None:
    relation = compare(value(one, one + other), value(other, other))
    assert relation is None or 0 <= relation.score <= 1


@pytest.mark.parametrize(
    "text",
    [
        "(a" * 200_000,
        "1," * 200_000,
        "1 " * 200_000,
        "教(" * 200_000,
        "教育" * 200_000,
        "二〇" * 200_000 + "年",
        "1月1日" * 100_000,
        "第一" * 150_000,
        "\u0301" * 300_000,
        " " * 400_000,
        "柳州市桂林市" * 60_000,
    ],
    ids=lambda text: text[:4],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    started = time.perf_counter()
    one = value("会议", text, "2024-01-01")
    winnow(normalise(text))
    compare(one, evolve(one, text_hans=text[:-2], body_sha256=""))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("published", ["2024", "2024-13-40", "昨天", "--03-06", ""])
def test_a_day_that_is_none_counts_as_unknown(published: str) -> None:
    base = CASES["base"]["city"]
    known = value(base["title"], base["text"], "2020-01-01")
    relation = compare(evolve(known, published=published), known)
    assert relation is not None
    assert relation.kind == "reprint_of"


# --- forged clones ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_sentence_put_amidst_a_copy_is_found_and_other_changes_are_none(path: Path) -> None:
    text = to_hans(path.read_text("utf-8"))
    lines = [line for line in text.splitlines() if len(line) > 60]
    forged = "\n".join([*lines[:2], "同日受到表彰的还有本地企业家代表赵某某，男，高级健康管理师。", *lines[2:]])
    honest = "\n".join(lines)
    (found,) = put_in(forged, honest)
    assert "赵某某" in found
    assert put_in(honest, forged) == ()
    assert (
        put_in(
            "\n".join(["别处的栏目导航与说明文字摆在这里供人浏览", *lines, "这一段是转载者自己加的声明与联系方式。"]),
            honest,
        )
        == ()
    )
    assert put_in("\n".join(lines[::-1]), honest) == ()


@given(st.text(alphabet=LETTERS, max_size=300), st.text(alphabet=LETTERS, max_size=300))
def test_what_was_put_in_stands_in_the_copy_alone(copy: str, original: str) -> None:
    assert put_in(copy, copy) == ()
    for run in put_in(copy, original):
        assert run in normalise(copy, simplified=True)
        assert run not in normalise(original, simplified=True)

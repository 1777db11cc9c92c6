"""Conference records: the leads of real reports, the five given documents, near-misses, and hostile text."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.catalog import Catalog, Site
from crawler.items import Article, Entry, Outcome, Rejected, Report
from crawler.structure import structure
from tests.articles import SEEDS, TOPICS, article, cases, compared, run, seen


@pytest.mark.parametrize("case", cases("conferences"), ids=lambda case: case["id"])
def test_lead_of_a_report(case: dict[str, Any]) -> None:
    report = run(case)
    assert isinstance(report, Report), report.reason
    assert compared(seen(report), case["expect"]) == case["expect"]


@pytest.mark.parametrize("case", cases("conferences_documents"), ids=lambda case: case["id"])
def test_given_document(case: dict[str, Any]) -> None:
    page = _without_pinyin((SEEDS / "documents" / case["file"]).read_text("utf-8-sig"))
    start = page.index(case["begin"])
    report = run(case | {"text": page[start : page.index(case["end"], start)]})
    assert isinstance(report, Report), report.reason
    assert compared(seen(report), case["expect"]) == case["expect"]


def _without_pinyin(page: str) -> str:
    """Pinyin notes are undone by an earlier stage."""
    return re.sub(r"\([a-zêɡ\u00e0-\u01dc\u0300-\u036f]{1,8}\)", "", page)


@pytest.mark.parametrize("case", cases("near_misses"), ids=lambda case: f"{case['kind']}:{case['title'][:16]}")
def test_near_miss_is_rejected_with_the_article(case: dict[str, Any]) -> None:
    rejected = run(case)
    assert isinstance(rejected, Rejected)
    assert rejected.outcome is Outcome.OFF_TOPIC
    assert rejected.stage == "structure"
    assert isinstance(rejected.last, Article)
    assert rejected.reason.startswith(case["kind"])


@pytest.mark.parametrize("case", cases("held_on"), ids=lambda case: f"{case['text'][:20]}|{case.get('date', '')}")
def test_day_of_the_conference(case: dict[str, Any]) -> None:
    article_ = article("全市教育大会召开", case["text"], **{key: case[key] for key in ("date", "url") if key in case})
    if "listed_on" in case:
        entry = Entry(url="http://news.example.com/a/1.html", title="", listed_on=case["listed_on"])
        page = evolve(article_.document.page, entry=entry)
        article_ = evolve(article_, document=evolve(article_.document, page=page))
    report = structure(article_, Catalog(), TOPICS)
    assert isinstance(report, Report)
    assert report.conference.held_on == (case["held_on"] or None)
    assert report.conference.held_on_basis == case["basis"]


def test_day_of_the_crawl_is_never_used() -> None:
    article_ = article("全市教育大会召开", "12月25日,全市教育大会召开。")
    page = evolve(article_.document.page, fetched_at=datetime(2025, 1, 3, tzinfo=UTC))
    report = structure(evolve(article_, document=evolve(article_.document, page=page)), Catalog(), TOPICS)
    assert isinstance(report, Report)
    assert report.conference.held_on == "--12-25"
    assert report.conference.year is None


@pytest.mark.parametrize("case", cases("regions"), ids=lambda case: f"{case['text'][:24]}|{case.get('owner', '')}")
def test_region_and_level(case: dict[str, Any]) -> None:
    sites = []
    if "site_region" in case:
        sites.append(
            Site(
                id="a-site",
                name="一个网站",
                region=case["site_region"],
                level=case["site_level"],
                kind="portal",
                homepage="http://news.example.com/",
            )
        )
    facts = {key: case[key] for key in ("owner", "source") if key in case}
    report = structure(article(case.get("title", ""), case["text"], **facts), Catalog(sites), TOPICS)
    assert isinstance(report, Report), report.reason
    assert (report.conference.level, report.conference.region_code or "") == (case["level"], case["code"])


def test_a_page_fetched_for_a_site_counts_as_its_own() -> None:
    site = Site(
        id="lz", name="柳州市教育局", region="450200", level="city", kind="education", homepage="http://jyj.example.cn/"
    )
    article_ = article("全市教育大会召开", "3月1日,全市教育大会召开。", url="http://cdn.example.org/1.html")
    page = evolve(article_.document.page, site_id="lz")
    report = structure(evolve(article_, document=evolve(article_.document, page=page)), Catalog([site]), TOPICS)
    assert isinstance(report, Report)
    assert report.conference.region_code == "450200"


def test_a_mirror_does_not_speak_for_its_host() -> None:
    site = Site(
        id="other",
        name="别家",
        region="110000",
        level="province",
        kind="portal",
        homepage="http://stranger.example.com/",
    )
    page = {"owner": "431100", "verdict": "mirror", "url": "http://stranger.example.com/1.html"}
    report = structure(article("全市教育大会召开", "3月1日,全市教育大会召开。", **page), Catalog([site]), TOPICS)
    assert isinstance(report, Report)
    assert report.conference.region_code == "431100"


@pytest.mark.parametrize(
    ("facts", "text", "verdict"),
    [
        ({"label": "转载学习"}, "", "reprint"),
        ({"label": "转载"}, "", "reprint"),
        ({"label": "柳州日报"}, "", "unknown"),
        ({"verdict": "official", "label": "转载"}, "", "reprint"),
        ({"verdict": "official"}, "", "official"),
        ({"verdict": "media", "label": "转载"}, "", "media"),
        ({"verdict": "mirror", "label": "转载"}, "", "mirror"),
        ({}, "\n(转自柳州市教育局网站)", "reprint"),
        ({}, "\n未经授权不得转载。转载请注明出处。", "unknown"),
        ({"source": "转载自:柳州日报"}, "", "reprint"),
        ({"raw": {"source": "转载自:柳州日报"}}, "", "reprint"),
    ],
)
def test_provenance(facts: dict[str, Any], text: str, verdict: str) -> None:
    report = structure(article("全市教育大会召开", "3月1日,全市教育大会召开。" + text, **facts), Catalog(), TOPICS)
    assert isinstance(report, Report)
    assert report.provenance.verdict == verdict


def test_the_original_that_a_reprint_names_is_kept() -> None:
    text = "3月1日,全市教育大会召开。\n原文链接:http://jyj.example.cn/xw/1.html"
    report = structure(article("全市教育大会召开", text), Catalog(), TOPICS)
    assert isinstance(report, Report)
    assert report.provenance.verdict == "reprint"
    assert report.provenance.original_url == "http://jyj.example.cn/xw/1.html"


@pytest.mark.parametrize("case", cases("conferences"), ids=lambda case: case["id"])
def test_spans_point_to_what_was_read(case: dict[str, Any]) -> None:
    report = run(case)
    assert isinstance(report, Report)
    conference, article_ = report.conference, report.article
    for span in conference.spans:
        source = article_.title_hans if span.of == "title" else article_.text_hans
        assert source[span.start : span.end] == span.text != ""
        field, _, number = span.field.partition(".")
        value = getattr(conference, field)
        if field in ("people", "exchange_units"):
            assert value[int(number)].name == re.sub(r"\s", "", span.text)
        elif number:
            assert value[int(number)] == span.text
        elif field in ("name", "venue", "host_organ"):
            assert value == span.text
    named = {span.field for span in conference.spans}
    assert {f"people.{number}" for number in range(len(conference.people))} <= named
    assert {f"exchange_units.{number}" for number in range(len(conference.exchange_units))} <= named


@pytest.mark.parametrize("source", ["光明日报", "江南都市报", "凤凰网", "中国教育报", "新华社", "东方网"])
def test_an_outlet_named_like_a_county_is_no_place(source: str) -> None:
    report = structure(article("全市教育大会召开", "3月1日,全市教育大会召开。", source=source), Catalog(), TOPICS)
    assert isinstance(report, Report)
    assert report.conference.region_code is None


def test_a_text_that_stands_twice_gives_one_record() -> None:
    lead = next(case["text"] for case in cases("conferences") if case["id"] == "fuling")
    once, twice = (structure(article("", text), Catalog(), TOPICS) for text in (lead, f"{lead}\n\n{lead}"))
    assert isinstance(once, Report)
    assert isinstance(twice, Report)
    assert seen(once) == seen(twice)


def test_full_width_punctuation_changes_nothing() -> None:
    for case in cases("conferences"):
        wide = case | {"text": case["text"].replace(",", "，").replace(":", "：").replace("(", "（").replace(")", "）")}
        narrow_report, wide_report = run(case), run(wide)
        assert isinstance(narrow_report, Report)
        assert isinstance(wide_report, Report)
        for key in ("people", "held_on", "region_code", "units", "written", "venue", "form"):
            assert seen(narrow_report)[key] == seen(wide_report)[key], case["id"]


# fmt: off
_PIECES = st.sampled_from([
    "王明", "李四、", "市委书记", "市长", "，", ",", "。", "和", "以及", "出席会议并讲话", "主持会议",
    "作交流发言", "书面", "教育大会", "全市", "全区", "召开", "3月1日", "昨日", "2025年", "在", "就", "对",
    "(", ")", "（女）", "·", "《", "》", "传达", "精神", "签署", "协议", "视频", "以", "形式", "南宁市",
    "鼓楼区", "转载", "等领导", "有关", "负责同志", "出席会议的有:", "市教育局", "第一中学", "\n", " ",
])
# fmt: on


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=200))
def test_any_text_gets_a_record_or_a_reason(pieces: list[str]) -> None:
    result = structure(article("全市教育大会召开", "3月1日,全市教育大会召开。" + "".join(pieces)), Catalog(), TOPICS)
    assert isinstance(result, Report | Rejected)
    if isinstance(result, Report):
        for person in result.conference.people:
            assert person.name.strip() == person.name != ""
            assert person.roles


@given(st.text(max_size=400), st.text(max_size=60))
def test_unicode_noise_never_raises(text: str, title: str) -> None:
    assert isinstance(structure(article(title, text), Catalog(), TOPICS), Report | Rejected)


@pytest.mark.parametrize(
    "unit",
    [
        "王明、",
        "王明,",
        "市委书记王明,",
        "市长、",
        "王 ",
        "出席",
        "主持会议",
        "作",
        "在",
        "和",
        "甲县、",
        "交流发言",
        "《",
        "(",
        "和甲县",
        "等",
        "传达",
        "1日",
        "书记",
    ],
)
def test_long_hostile_text_is_answered_at_once(unit: str) -> None:
    text = "3月1日,全市教育大会召开。" + unit * (200_000 // len(unit)) + "出席会议并讲话,作交流发言。"
    began = time.perf_counter()
    structure(article("全市教育大会召开", text), Catalog(), TOPICS)
    assert time.perf_counter() - began < 1.5


def test_a_page_takes_a_millisecond_or_so() -> None:
    page = (SEEDS / "documents" / "003_d08edc8240d975d7.txt").read_text("utf-8-sig")
    report = article("涪陵区委书记黎勇", page[page.index("12月25日") :])
    other = article("全市旅游发展大会召开", page[page.index("市教委有关负责人") :])
    assert isinstance(structure(report, Catalog(), TOPICS), Report)
    assert isinstance(structure(other, Catalog(), TOPICS), Rejected)
    assert _fastest(report) < 0.0045  # seconds; 0.8 ms were measured on a quiet machine
    assert _fastest(other) < 0.001  # 0.05 ms were measured


def _fastest(article_: Article) -> float:
    times = []
    for _ in range(15):
        began = time.perf_counter()
        structure(article_, Catalog(), TOPICS)
        times.append(time.perf_counter() - began)
    return min(times)

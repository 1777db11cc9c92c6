"""What counts as a conference report: near-misses, titles of list pages, and the errors of a topics file."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import topics

HERE = Path(__file__).parent
FILE = HERE.parent / "seeds" / "topics.toml"
TOPICS = topics.load(FILE)
NEAR_MISSES = tomllib.loads((HERE / "cases" / "near_misses.toml").read_text("utf-8"))["case"]
CONFERENCES = tomllib.loads((HERE / "cases" / "conferences.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", NEAR_MISSES, ids=lambda case: f"{case['kind']}:{case['title'][:16]}")
def test_near_miss_is_off_topic_and_says_why(case: dict[str, Any]) -> None:
    judgement = TOPICS.judge(case["title"], case["text"])
    assert not judgement.on_topic, judgement.reason
    assert judgement.kind is None
    assert judgement.reason.split(":")[0] == case["kind"]


@pytest.mark.parametrize("case", CONFERENCES, ids=lambda case: case["id"])
def test_title_of_a_report_is_worth_a_fetch(case: dict[str, Any]) -> None:
    assert TOPICS.may_matter(case["title"])


@pytest.mark.parametrize(
    "title",
    [
        "谭丕创在全市教育大会上强调 加快推进现代化教育强市建设",
        "涪陵区委书记黎勇:全力建成教育现代化区域样板",
        "县委书记王明强调:办好人民满意的教育",
        "全市教体工作会议召开",
        "以高质量教育支撑高质量发展",
        "市长李强主持召开会议研究教育工作",
        "范县召开加快建设教育强县工作会议",
        "教育强省建设推进会召开",
    ],
)
def test_title_that_may_lead_to_a_report(title: str) -> None:
    assert TOPICS.may_matter(title)


@pytest.mark.parametrize(
    "title",
    [
        "全市旅游发展大会召开",
        "市教育局开展消防演练",
        "2025年教师招聘公告",
        "关于召开2025年全市教育工作会议的通知",
        "市教育局2024年部门预算",
        "我校学生在全国比赛中获奖",
        "教育局机关开展主题教育",
        "高考成绩查询",
        "春季运动会举行",
        "",
    ],
)
def test_title_of_other_news_is_not_fetched(title: str) -> None:
    assert not TOPICS.may_matter(title)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3月1日,全市教育大会召开。", "education_congress"),
        ("3月1日,2025年全县教育工作会议举行。", "education_work"),
        ("3月1日,全市教体工作会议召开。", "education_work"),
        ("3月1日,全市教育体育工作会议召开。", "education_work"),
        ("3月1日,全区教育系统2025年工作会议召开。", "education_work"),
        ("3月1日,2025年全省教育工作电视电话会议召开。", "education_work"),
        ("3月1日,某县召开教育强县建设大会。", "strong_education"),
        ("3月1日,我市召开加快建设教育强市推进会。", "strong_education"),
        ("3月1日,全市职业教育大会召开。", "other_education"),
        ("3月1日,全省基础教育工作会议召开。", "other_education"),
        ("9月6日,全区教育工作暨庆祝教师节表彰大会召开。", "other_education"),
        ("9月6日,全市教育工作推进会召开。", "other_education"),
        ("9月6日,全县教育大会暨教师节庆祝大会隆重召开。", "education_congress"),
    ],
)
def test_kind_follows_the_name(text: str, kind: str) -> None:
    assert TOPICS.judge("", text).kind == kind


def test_a_study_title_does_not_hide_a_conference_of_another_level() -> None:
    lead = "3月1日,全市教育大会召开。市委书记王明出席会议并讲话。"
    assert TOPICS.judge("深入贯彻全国教育大会精神 加快建设教育强市", lead).on_topic
    assert not TOPICS.judge("深入贯彻全市教育大会精神", lead).on_topic


@pytest.mark.parametrize(
    "title",
    [
        "全市教育工作会议部署2025年重点任务",
        "2025年全市教育工作会议提出:建设教育强市",
        "王明出席全市教育大会并致辞",
        "王明在全市教育工作会议上作工作报告",
        "2025年全市教育工作会议在市会议中心举行",
        "“全市教育大会”24日在柳州召开",
    ],
)
def test_a_title_that_tells_of_a_conference(title: str) -> None:
    assert TOPICS.judge(title, "").on_topic


@pytest.mark.parametrize(
    "title",
    ["贯彻全市教育大会部署 推动学校发展", "落实全市教育大会部署要求", "全市教育大会召开后的第一课", "全市教育大会精神"],
)
def test_a_title_that_only_speaks_of_one(title: str) -> None:
    assert not TOPICS.judge(title, "").on_topic


def test_the_conference_of_the_title_is_preferred_to_others_in_the_lead() -> None:
    lead = "全国教育大会召开后不久,全省教育大会召开。3月1日,全市教育大会召开。"
    judgement = TOPICS.judge("全市教育大会召开", lead)
    assert judgement.named is not None
    assert lead[judgement.named.start - 2 : judgement.named.end] == "全市教育大会"


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        (("[holding]", "[holdings]"), "holding", "Field required"),
        (('kind = "education_congress"', 'kind = "congress"'), "conference.2.kind", "Input should be"),
        (('names = ["教育大会"]', 'names = ["教育(大会"]'), "conference.2.names.0", "教育(大会"),
        (('names = ["教育大会"]', 'names = ["教育.*大会"]'), "conference.2.names.0", "have a meaning here"),
        (('names = ["教育大会"]', "names = []"), "conference.2.names", "at least 1"),
        (('beats = "lead"', 'beats = "all"'), "near_miss.5.beats", "everything"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, change: tuple[str, str], key: str, reason: str) -> None:
    text = FILE.read_text("utf-8")
    assert change[0] in text
    path = tmp_path / "topics.toml"
    path.write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(topics.TopicsError) as error:
        topics.load(path)
    assert key in str(error.value)
    assert reason in str(error.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(topics.TopicsError, match=r"none\.toml"):
        topics.load(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[listing", "utf-8")
    with pytest.raises(topics.TopicsError, match=r"broken\.toml"):
        topics.load(broken)


def test_an_edited_file_changes_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "topics.toml"
    path.write_text(
        FILE.read_text("utf-8").replace('names = ["教育大会"]', 'names = ["教育大会", "教育峰会"]'), "utf-8"
    )
    assert not TOPICS.judge("", "3月1日,全市教育峰会召开。").on_topic
    assert topics.load(path).judge("", "3月1日,全市教育峰会召开。").on_topic


@given(st.text(alphabet="全国省市区县教育大会工作强建设召开举行暨表彰会议推进精神,。、0123456789", max_size=3000))
def test_any_text_gets_an_answer_with_a_reason(text: str) -> None:
    judgement = TOPICS.judge(text[:80], text)
    assert judgement.reason
    assert judgement.on_topic == (judgement.named is not None)


@pytest.mark.parametrize("unit", ["教育", "教育工作暨", "召开", "全市教育大会精神", "学习贯彻", "教育强市建设", "("])
def test_hostile_repetition_is_answered_at_once(unit: str) -> None:
    text = unit * 50_000
    began = time.perf_counter()
    TOPICS.judge(text, text)
    TOPICS.may_matter(text)
    assert time.perf_counter() - began < 0.25

"""The same text in the store: round-ups and excerpts point the right way, and what is said together stays true."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event

from crawler.filing.events import together
from crawler.filing.same_text import tell_of_two
from crawler.items import Conference, Outcome, Person, Report, Role, Verdict
from crawler.store import Store, conferences, relations, reports
from tests.factories import body, conference, report
from tests.filers import file, watch


@pytest.fixture
def watched(store: Store) -> Store:
    return watch(store)


def round_up() -> Report:
    """A page that tells of three meetings of three cities, each in full."""
    text = "\n".join(body(city, seed=seed, paragraphs=3) for seed, city in enumerate(CITIES, 1))
    record = conference(region_code="450000", region_name="广西壮族自治区", level="province")
    return report("http://news.yunxi.cn/week", text=text, title="一周教育要闻", verdict="media", record=record)


CITIES = ("云溪市", "松岭市", "临河市")


def part(number: int) -> Report:
    city = CITIES[number]
    record = conference(region_code=f"4599{number:02d}", region_name=city)
    text = body(city, seed=number + 1, paragraphs=3)
    return report(f"http://jyj{number}.gov.cn/1", text=text, title=f"{city}召开教育大会", record=record)


def arrows(store: Store, report_id: int) -> set[tuple[int, int, str]]:
    with store.read() as conn:
        return {(one.from_id, one.to_id, one.kind) for one in relations.of(conn, report_id)}


@pytest.mark.parametrize("first", ["parts", "round-up"])
def test_the_parts_of_a_round_up_are_its_excerpts_whichever_came_first(watched: Store, first: str) -> None:
    values = [part(0), part(1), part(2)]
    filed = [file(watched, one) for one in ([*values, round_up()] if first == "parts" else [round_up(), *values])]
    assert [one.outcome for one in filed] == [Outcome.NEW] * 4
    whole = filed.pop(3 if first == "parts" else 0).report_id or 0
    assert arrows(watched, whole) == {(one.report_id or 0, whole, "excerpt_of") for one in filed}
    assert len({one.conference_id for one in filed}) == 3, "an excerpt raises its own conference"


def test_a_cut_is_an_excerpt_of_the_whole(watched: Store) -> None:
    whole = file(watched, report(text=body(paragraphs=6)))
    cut = file(watched, report("http://news.yunxi.cn/3", text="\n".join(body(paragraphs=6).split("\n")[:2])))
    assert arrows(watched, cut.report_id or 0) == {(cut.report_id or 0, whole.report_id or 0, "excerpt_of")}


def test_texts_that_only_quote_the_same_sentences_are_not_read(watched: Store) -> None:
    """A sentence in common is a candidate, and not worth reading the whole text for."""
    quote = body(seed=50, paragraphs=1).split("\n")[1]
    records = [conference(region_code=f"4511{number:02d}") for number in range(3)]
    for number, record in enumerate(records):
        text = body(f"{number}号市", seed=60 + number, paragraphs=6) + "\n" + quote[:90]
        assert file(watched, report(f"http://a.cn/{number}", text=text, record=record)).outcome == Outcome.NEW
    with watched.read() as conn:
        assert [row.kind for number in (1, 2, 3) for row in relations.of(conn, number)] == []


def said(choice: random.Random) -> Conference:
    """What one report may say; the day and the year agree, the rest may not."""
    facts = {
        "venue": choice.choice([None, "市民中心", "大礼堂"]),
        "host_organ": choice.choice([None, "市委"]),
        "held_on": choice.choice(["2024-10-31", "2024-10-31", "--10-31", None]),
        "year": choice.choice([2024, None]),
        "form": choice.choice(["unknown", "onsite"]),
    }
    return conference(**facts)


@pytest.mark.parametrize("seed", range(6))
def test_what_reports_say_together_is_as_if_worked_out_anew(watched: Store, seed: int) -> None:
    """Filing spares itself the work where a report changes nothing; it has to be right about that."""
    choice = random.Random(seed)
    verdicts: list[Verdict] = ["official", "media", "reprint", "unknown", "mirror"]
    for _ in range(9):
        day = choice.choice(["2024-11-01", "2024-11-03T08:00", None])
        site = f"http://site{choice.randrange(7)}.cn/1"  # some pages come again and say something else
        text = body() + choice.choice(["", "\n编者按说这次会议开得很好大家都很满意。"])
        file(watched, report(site, text=text, verdict=choice.choice(verdicts), record=said(choice), date=day))
        with watched.read() as conn:
            for conference_id in conn.exec_driver_sql("SELECT id FROM conferences").scalars().all():
                told = reports.tellings(conn, conference_id)
                stored = conferences.get(conn, conference_id)
                assert stored is not None
                assert stored.record == together([(one.verdict, one.record) for one in told])
                assert stored.first_published_on == min((one.date[:10] for one in told if one.date), default=None)


def test_fingerprints_are_asked_once_and_a_reprint_that_says_nothing_new_is_not_worked_out(watched: Store) -> None:
    counts: Counter[str] = Counter()
    event.listen(
        watched.engine, "before_cursor_execute", lambda _c, _cur, said, *_: counts.update([" ".join(said.split()[:2])])
    )
    file(watched, report())
    assert (counts["SELECT k,"], counts["INSERT INTO"] >= 4, counts["UPDATE conferences"]) == (1, True, 0)
    counts.clear()
    file(watched, report("http://www.college.edu.cn/7.html", verdict="reprint", site_id="college"))
    assert (counts["SELECT k,"], counts["UPDATE conferences"]) == (1, 0)
    assert counts["SELECT reports.verdict,"] == 0, "no report of the conference was read again"


# --- two records, one text ------------------------------------------------------------------------------------------


def led_by(*names: str, role: Role = "speech", **facts: Any) -> Conference:
    return conference(people=tuple(Person(name=name, roles=(role,)) for name in names), **facts)


HEPU = {"region_code": "450521", "region_name": "合浦县", "level": "county"}
BEIHAI = {"region_code": "450500", "region_name": "北海市", "level": "city"}
GUILIN = {"region_code": "450300", "region_name": "桂林市", "level": "city"}
PROVINCE = {"region_code": "450000", "region_name": "广西壮族自治区", "level": "province"}
NOWHERE = {"region_code": None, "region_name": None}
YEARLESS = {"held_on": "--10-31", "year": None}
GUESSED = {"held_on": "2024-11-01", "held_on_basis": "relative"}

TWO = {
    "a county and its city, other people": (led_by("周三石", **HEPU), led_by("赵大海", **BEIHAI)),
    "other people in one place": (led_by("周三石"), led_by("赵大海")),
    "another speaker and another chair": (led_by("周三石"), led_by("赵大海", role="chair")),
    "two cities without people": (conference(**GUILIN), conference(**BEIHAI)),
    "two cities, the people of one unknown": (led_by("周三石", **GUILIN), conference(**BEIHAI)),
    "two cities where one guest spoke at both": (
        led_by("周三石", "郑远", **GUILIN),
        led_by("赵大海", "郑远", **BEIHAI),
    ),
    "a county and its city without people": (conference(**HEPU), conference(**BEIHAI)),
    "two days": (led_by("周三石"), led_by("周三石", held_on="2024-11-01")),
    "two days far apart, one worked out": (conference(), conference(held_on="2024-11-06", held_on_basis="relative")),
}
ONE = {
    "the same record": (led_by("周三石", "吴四水"), led_by("周三石", "吴四水")),
    "no place": (led_by("周三石", **HEPU), led_by("周三石", **NOWHERE)),
    "no place and nobody": (led_by("周三石", **HEPU), conference(**NOWHERE)),
    "nobody": (led_by("周三石"), conference()),
    "the chair is cut away": (led_by("周三石", "吴四水"), led_by("吴四水")),
    "who led in one is only named in the other": (led_by("周三石"), led_by("周三石", role="attend")),
    "nobody led in one": (led_by("周三石"), led_by("赵大海", role="attend")),
    "a city's report on its province's site": (led_by("周三石", **BEIHAI), led_by("周三石", **PROVINCE)),
    "a city's report on another city's site": (led_by("周三石", **BEIHAI), led_by("周三石", **GUILIN)),
    "a larger place at the same level": (conference(**BEIHAI), conference(**(PROVINCE | {"level": "city"}))),
    "a day without its year": (conference(), conference(**YEARLESS)),
    "no day": (conference(), conference(held_on=None)),
    "a day that was worked out from a later date": (conference(), conference(**GUESSED)),
}


@pytest.mark.parametrize("name", TWO)
def test_records_of_two_conferences(name: str) -> None:
    a, b = TWO[name]
    assert tell_of_two(a, b)
    assert tell_of_two(b, a)


@pytest.mark.parametrize("name", ONE)
def test_records_that_may_be_of_one_conference(name: str) -> None:
    a, b = ONE[name]
    assert not tell_of_two(a, b)
    assert not tell_of_two(b, a)


def edited() -> str:
    """The usual body with a few words about it, so that it is not the very same text."""
    return body() + "\n以上内容由办公室整理后转发给各科室学习。"


@pytest.mark.parametrize(
    "other",
    [
        led_by("赵大海", "钱小河", region_code="450521", region_name="合浦县", level="county"),
        led_by("赵大海", "钱小河"),
        conference(region_code="450300", region_name="桂林市"),
    ],
    ids=["county and city", "other people", "other city"],
)
def test_the_words_of_one_authority_in_the_report_of_another_are_its_own_news(
    watched: Store, other: Conference
) -> None:
    usual = led_by("周三石", "吴四水", region_code="450500", region_name="北海市")
    first = file(watched, report(record=usual))
    second = file(watched, report("http://www.b.gov.cn/2", text=edited(), record=other, site_id="yunxi-news"))
    assert second.outcome == Outcome.NEW
    with watched.read() as conn:
        assert relations.of(conn, second.report_id or 0) == []
    if other.region_code != "459900":
        assert (second.conference_id != first.conference_id, second.alerts) == (True, 3)


@pytest.mark.parametrize(
    "other",
    [
        led_by("周三石", "吴四水", region_code=None, region_name=None),
        conference(region_code="450500", region_name="北海市"),
        conference(region_code=None, region_name=None, held_on=None),
        led_by("周三石", region_code="450000", region_name="广西壮族自治区", level="province"),
        led_by("吴四水", "周三石", region_code="450300", region_name="桂林市"),
    ],
    ids=["no place", "no people", "nothing", "the province's site", "another city's site"],
)
def test_a_reprint_whose_record_says_less_or_is_its_sites_still_joins(watched: Store, other: Conference) -> None:
    usual = led_by("周三石", "吴四水", region_code="450500", region_name="北海市")
    first = file(watched, report(record=usual))
    copy = file(watched, report("http://c.cn/7", text=edited(), record=other, verdict="reprint", site_id="college"))
    assert (copy.outcome, copy.conference_id) == (Outcome.REPRINT, first.conference_id)


def test_a_mirror_with_another_record_is_a_copy_only_of_the_very_same_text(watched: Store) -> None:
    first = file(watched, report(record=led_by("周三石", region_code="450500")))
    other = led_by("赵大海", region_code="450300")
    same = file(watched, report("http://x.cn/1", record=other, verdict="mirror", site_id=None), baseline=False)
    assert (same.outcome, same.conference_id) == (Outcome.MIRROR, first.conference_id)
    like = file(watched, report("http://y.cn/1", text=edited(), record=other, verdict="mirror", site_id=None))
    assert (like.outcome, like.conference_id) == (Outcome.MIRROR, None)

"""In what state a source is, and when it turns."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crawler.health import (
    STATES,
    Answer,
    FaultKind,
    Health,
    State,
    after_look,
    fault_of,
    load,
    turns,
)
from crawler.items import Outcome
from crawler.workdays import CHINA

NOW = datetime(2025, 4, 25, 10, tzinfo=CHINA)
DAY = timedelta(days=1)
LIST = "http://jyj.yunxi.gov.cn/list/"
OTHER = "http://jyj.yunxi.gov.cn/other/"
FAULTS: tuple[FaultKind, ...] = ("unreachable", "challenged", "changed", "empty")


def look(before: Health, *faults: FaultKind | None, at: datetime = NOW, **facts: object) -> Health:
    """One look; the faults of LIST and, where there are two, of OTHER."""
    urls = (LIST, OTHER)[: len(faults)]
    answers = [
        Answer(url=url, fault=fault, reason="why" if fault else "") for url, fault in zip(urls, faults, strict=True)
    ]
    return after_look(before, answers, listings=urls, now=at, **facts)  # type: ignore[arg-type]


def looks(*rows: FaultKind | None) -> list[State]:
    """The states after one look after the other, of a source that was well before."""
    health, found = Health(state="ok", since=NOW - DAY), []
    for number, fault in enumerate(rows):
        health = look(health, fault, at=NOW + number * DAY)
        found.append(health.state)
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_turns_at_the_second_look_and_one_good_look_ends_it(fault: FaultKind) -> None:
    assert looks(fault, fault, fault, None) == ["ok", fault, fault, "ok"]


def test_one_bad_look_tells_nobody() -> None:
    assert looks("unreachable", None, "challenged", None) == ["ok"] * 4


def test_a_source_that_fails_now_so_now_so_turns_once() -> None:
    assert looks("unreachable", "challenged", "unreachable", "challenged") == ["ok"] + ["challenged"] * 3
    assert looks("unreachable", "unreachable", "changed", "changed") == ["ok", "unreachable", "unreachable", "changed"]


def test_since_is_the_first_bad_look_and_the_reason_names_the_listing() -> None:
    health = look(look(Health(state="ok"), "changed"), "changed", at=NOW + DAY)
    assert (health.state, health.since, health.reason) == ("changed", NOW, f"{LIST}: why")
    later = look(health, "changed", at=NOW + 5 * DAY)
    assert (later.state, later.since) == ("changed", NOW)


def test_one_listing_of_two_is_told_too() -> None:
    health = look(look(Health(state="ok"), None, "changed"), None, "changed", at=NOW + DAY)
    assert (health.state, health.reason) == ("changed", f"{OTHER}: why (1 of 2 listings)")


def test_a_listing_that_left_the_catalogue_takes_its_fault_along() -> None:
    health = look(look(Health(state="ok"), None, "changed"), None, "changed")
    assert look(health, None).state == "ok"


def test_a_look_that_was_stopped_changes_nothing() -> None:
    troubled = look(look(Health(state="ok"), "changed"), "changed")
    assert after_look(troubled, [], listings=[LIST], now=NOW + DAY) == troubled


@pytest.mark.parametrize(
    ("days", "gap", "state"),
    [(29, 1, "ok"), (31, 1, "quiet"), (31, 20, "ok"), (101, 20, "quiet"), (101, None, "quiet")],
)
def test_quiet_is_long_for_the_source_itself(days: int, gap: int | None, state: State) -> None:
    facts = {"last_new_at": NOW - days * DAY, "usual_gap": gap * DAY if gap else None}
    health = look(Health(state="ok"), None, **facts)
    assert health.state == state
    assert look(health, None, last_new_at=NOW).state == "ok"


def test_gone_entries_are_changed_and_never_quiet() -> None:
    old = {"last_new_at": NOW - 400 * DAY}
    health = look(look(Health(state="ok"), "changed", **old), "changed", **old)
    assert health.state == "changed"


@pytest.mark.parametrize("state", ["hijacked", "retired"])
def test_what_is_decided_elsewhere_is_carried(state: State) -> None:
    before = Health(state=state, since=NOW - DAY, reason="spam")
    for answers in (("changed",), (None,)):
        after = look(look(before, *answers), *answers)
        assert (after.state, after.since, after.reason) == (state, before.since, "spam")


@pytest.mark.parametrize(
    ("outcome", "status", "gave", "fault"),
    [
        (Outcome.CHALLENGED, 412, True, "challenged"),
        (Outcome.CHALLENGED, 200, True, "challenged"),
        (Outcome.FAILED, 403, True, "challenged"),
        (Outcome.FAILED, 503, True, "unreachable"),
        (Outcome.FAILED, 0, True, "unreachable"),
        (Outcome.REFUSED, 0, True, "unreachable"),
        (Outcome.GONE, 404, True, "changed"),
        (Outcome.GONE, 404, False, "empty"),
        (Outcome.EMPTY, 200, True, "changed"),
        (Outcome.UNDECODABLE, 200, False, "empty"),
    ],
)
def test_what_an_answer_means(outcome: Outcome, status: int, gave: bool, fault: FaultKind) -> None:
    assert fault_of(outcome, status, gave_entries=gave) == fault


def test_turns_are_the_changes_and_a_good_first_look_is_none() -> None:
    before = {"a": Health(), "b": Health(state="ok"), "c": Health(state="challenged"), "d": Health(state="ok")}
    after = {
        name: Health(state=state) for name, state in zip("abcde", ("ok", "changed", "ok", "ok", "empty"), strict=True)
    }
    found = turns(before, after, now=NOW)
    assert [(turn.site_id, turn.before, turn.after) for turn in found] == [
        ("b", "ok", "changed"),
        ("c", "challenged", "ok"),
        ("e", "new", "empty"),
    ]


def test_survives_the_store() -> None:
    health = look(Health(state="ok", since=NOW), "changed", "challenged")
    assert load(health.state, health.since, health.reason, health.dump_faults()) == health
    assert load("failing", None, None, None) == Health()
    assert set(STATES) == {
        *("new", "ok", "quiet", "changed", "empty", "challenged", "unreachable", "hijacked", "retired"),
    }

"""When a site is looked at next."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from crawler.answers import Lasting
from crawler.schedule.due import Limits, looks_per_day, next_look
from crawler.schedule.rhythm import Rhythm, Sighting, learn
from crawler.workdays import CHINA

HOUR = timedelta(hours=1)
NOW = datetime(2025, 4, 25, 8, tzinfo=CHINA)  # a Friday
LIMITS = Limits(every=HOUR, floor=HOUR / 6, ceiling=12 * HOUR)


def known(*, hours: tuple[float, ...] = (), days: tuple[float, ...] = (0.0,) * 6, recent: float = 0) -> Rhythm:
    since = NOW - timedelta(days=200)
    return Rhythm(since=since, at=NOW, days=days, hours=hours or (0.0,) * 24, recent=recent)


def mornings() -> Rhythm:
    """A source that publishes on working days between nine and ten."""
    return known(hours=(0.0,) * 9 + (60.0,) + (0.0,) * 14, days=(12.0,) * 5 + (0.0,))


def test_a_source_of_which_nothing_is_known_is_looked_at_at_the_usual_time() -> None:
    assert next_look(now=NOW, limits=LIMITS) == NOW + HOUR


def test_each_failure_doubles_the_wait() -> None:
    waits = [next_look(now=NOW, limits=LIMITS, failures=count, rhythm=mornings()) - NOW for count in range(1, 8)]
    assert waits == [hours * HOUR for hours in (1, 2, 4, 8, 12, 12, 12)]


@pytest.mark.parametrize(("lasts", "longest"), [("temporary", 3), ("soft", 12), ("hard", 24)])
def test_what_lasts_longer_is_asked_for_less_often(lasts: Lasting, longest: int) -> None:
    waits = [next_look(now=NOW, limits=LIMITS, failures=count, lasts=lasts) - NOW for count in range(1, 12)]
    assert waits[0] == HOUR
    assert waits == sorted(waits)
    assert waits[-1] == longest * HOUR


@pytest.mark.parametrize("failures", [0, 1])
def test_a_site_is_left_alone_for_as_long_as_it_asked(failures: int) -> None:
    due = next_look(now=NOW, limits=LIMITS, failures=failures, rest=30 * HOUR, rhythm=mornings())
    assert due == NOW + 30 * HOUR
    assert next_look(now=NOW, limits=LIMITS, failures=failures, rest=HOUR / 60, rhythm=mornings()) > NOW + HOUR / 60


def test_often_when_news_is_likely_and_seldom_by_night() -> None:
    at_nine = next_look(now=NOW + HOUR, limits=LIMITS, rhythm=mornings()) - (NOW + HOUR)
    night = NOW.replace(hour=23)
    by_night = next_look(now=night, limits=LIMITS, rhythm=mornings()) - night
    assert at_nine <= HOUR / 3
    assert by_night >= 6 * HOUR


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2024-10-02", False),  # the national holiday, a Wednesday
        ("2024-10-12", True),  # a Saturday that was worked for it
        ("2024-10-13", False),  # a Sunday
        ("2024-10-16", True),  # a Wednesday
    ],
)
def test_holidays_are_known(day: str, works: bool) -> None:
    nine = datetime.fromisoformat(f"{day}T09:00+08:00")
    rhythm = evolve(mornings(), since=nine - timedelta(days=200), at=nine)
    wait = next_look(now=nine, limits=LIMITS, rhythm=rhythm) - nine
    assert (wait < HOUR / 2) == works


def test_a_burst_brings_the_next_look_nearer() -> None:
    calm = known(days=(0.3,) * 5 + (0.0,))
    burst = evolve(calm, recent=6.0)
    now = NOW + 2 * HOUR
    assert (
        next_look(now=now, limits=LIMITS, rhythm=burst) - now
        < (next_look(now=now, limits=LIMITS, rhythm=calm) - now) / 2
    )


def test_a_new_source_is_looked_at_more_often() -> None:
    now = NOW + 2 * HOUR
    old = known()
    new = learn(None, [], looked_before=None, now=now)
    waits = [next_look(now=now, limits=LIMITS, rhythm=one) - now for one in (new, old)]
    assert waits[0] < waits[1] / 2


def test_the_budgets_are_kept() -> None:
    rhythm = known(days=(60.0,) * 5 + (30.0,))
    free = looks_per_day(rhythm, now=NOW, limits=LIMITS)
    assert free > 20
    tight = evolve(LIMITS, looks_per_day=10)
    assert looks_per_day(rhythm, now=NOW, limits=tight) == pytest.approx(10)
    end, now, looks = NOW + timedelta(days=7), NOW, 0
    while now < end:
        now = next_look(now=now, limits=evolve(tight, share=0.5), rhythm=evolve(rhythm, at=now))
        looks += 1
    assert 4 <= looks / 7 <= 6.5, "ten a day, and half of them for the budget of all sources"


def test_what_is_learned_survives_the_store() -> None:
    seen = Sighting(seen_at=NOW, listed_on=NOW.date())
    rhythm = learn(None, [seen, seen], looked_before=NOW - HOUR, now=NOW)
    again = Rhythm.load(rhythm.dump())
    assert again.dump() == rhythm.dump()
    assert (again.newest, again.at) == (rhythm.newest, rhythm.at)


rhythms = st.builds(
    known,
    hours=st.tuples(*[st.floats(0, 1e4)] * 24),
    days=st.tuples(*[st.floats(0, 1e4)] * 6),
    recent=st.floats(0, 1e3),
)


@given(
    every=st.floats(60, 1e5),
    failures=st.integers(0, 10_000),
    rhythm=rhythms | st.none(),
    minutes=st.integers(0, 10_000),
)
def test_never_sooner_than_the_floor_and_never_for_ever(
    every: float, failures: int, rhythm: Rhythm | None, minutes: int
) -> None:
    usual = timedelta(seconds=every)
    limits = Limits(every=usual, floor=usual / 6, ceiling=usual * 12)
    now = NOW + timedelta(minutes=minutes)
    wait = next_look(now=now, limits=limits, failures=failures, rhythm=rhythm) - now
    longest = max(timedelta(days=1), usual) if failures else limits.ceiling
    assert limits.floor - timedelta(seconds=1) <= wait <= longest + timedelta(seconds=1)

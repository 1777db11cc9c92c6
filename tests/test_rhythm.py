"""What a look teaches of a source's rhythm, and which days are worked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.schedule.rhythm import Rhythm, Sighting, expect, learn
from crawler.workdays import CHINA, is_workday

HOUR = timedelta(hours=1)
NOW = datetime(2025, 4, 25, 10, tzinfo=CHINA)  # a Friday
EMPTY = Rhythm(since=NOW - timedelta(days=30), at=NOW - HOUR)


def test_an_entry_counts_for_the_hours_in_which_it_may_have_appeared() -> None:
    rhythm = learn(EMPTY, [Sighting(seen_at=NOW)], looked_before=NOW - 2 * HOUR, now=NOW)
    assert sum(rhythm.hours) == pytest.approx(1)
    assert rhythm.hours[8] + rhythm.hours[9] == pytest.approx(1)
    assert rhythm.days[4] == pytest.approx(1)


def test_a_date_in_the_list_narrows_it_to_that_day() -> None:
    seen = Sighting(seen_at=NOW, listed_on=date(2025, 4, 24))
    rhythm = learn(EMPTY, [seen], looked_before=NOW - timedelta(days=3), now=NOW)
    assert rhythm.days[3] > 0.9
    assert rhythm.days[4] == 0
    assert sum(rhythm.hours) == pytest.approx(1)


def test_the_first_look_learns_the_days_from_the_dates_alone() -> None:
    mondays = [Sighting(seen_at=NOW, listed_on=date(2025, 4, 21) - timedelta(weeks=week)) for week in range(10)]
    rhythm = learn(None, mondays, looked_before=None, now=NOW)
    assert sum(rhythm.hours) == 0
    assert rhythm.since.date() == date(2025, 2, 17)
    assert rhythm.newest == datetime(2025, 4, 21, 12, tzinfo=CHINA)
    days = expect(rhythm, NOW).days
    assert days[0] > 3 * days[2]


def test_a_date_in_the_future_is_not_believed() -> None:
    seen = Sighting(seen_at=NOW, listed_on=date(2031, 1, 1))
    rhythm = learn(EMPTY, [seen], looked_before=NOW - HOUR, now=NOW)
    assert rhythm.hours[9] == pytest.approx(1)
    assert rhythm.newest is not None
    assert rhythm.newest <= NOW


def test_ten_entries_at_once_are_less_than_ten_occasions() -> None:
    many = learn(EMPTY, [Sighting(seen_at=NOW)] * 9, looked_before=NOW - HOUR, now=NOW)
    assert sum(many.days) == pytest.approx(3)


def test_old_habits_are_forgotten() -> None:
    rhythm = learn(EMPTY, [Sighting(seen_at=NOW)] * 100, looked_before=NOW - HOUR, now=NOW)
    rates = [sum(expect(rhythm, NOW + timedelta(days=days)).days) for days in (0, 60, 240)]
    assert rates[0] > 1.5 * rates[1] > 3 * rates[2]
    assert rhythm.usual_gap < timedelta(days=10)


def test_nothing_new_changes_nothing() -> None:
    assert learn(EMPTY, [], looked_before=NOW - HOUR, now=NOW) is EMPTY


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-01-28", False),  # the eve of the spring festival
        ("2025-01-26", True),  # a Sunday that was worked for it
        ("2025-04-25", True),
        ("2025-04-26", False),
        ("2099-10-01", False),  # a year of which nothing is known yet
        ("2099-10-12", True),
        ("2099-10-11", False),  # a Sunday
        ("1999-12-31", True),
    ],
)
def test_workdays(day: str, works: bool) -> None:
    assert is_workday(date.fromisoformat(day)) == works


@given(
    seen=st.lists(st.dates(date(1970, 1, 1), date(2040, 1, 1)) | st.none(), max_size=30),
    hours=st.floats(0.01, 10_000),
    first=st.booleans(),
)
def test_any_list_teaches_sound_numbers(seen: list[date | None], hours: float, first: bool) -> None:
    sightings = [Sighting(seen_at=NOW, listed_on=day) for day in seen]
    before = None if first else NOW - hours * HOUR
    rhythm = learn(None if first else EMPTY, sightings, looked_before=before, now=NOW)
    expected = expect(rhythm, NOW + hours * HOUR)
    assert sum(expected.hours) == pytest.approx(1)
    assert all(rate > 0 for rate in (*expected.hours, *expected.days, expected.burst))
    assert sum(rhythm.days) <= len(seen) + 1e-6

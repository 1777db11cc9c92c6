"""When a site is looked at next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.schedule.due import next_look

NOW = datetime(2025, 4, 25, tzinfo=UTC)


def test_after_a_good_look_the_usual_time() -> None:
    assert next_look(now=NOW, every=3600, failures=0) == NOW + timedelta(hours=1)


def test_each_failure_doubles_the_wait_up_to_a_day() -> None:
    waits = [next_look(now=NOW, every=3600, failures=count) - NOW for count in range(8)]
    assert waits == [timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24, 24, 24)]


@given(every=st.floats(1, 1e7), failures=st.integers(0, 10_000))
def test_never_sooner_than_asked_and_never_for_ever(every: float, failures: int) -> None:
    wait = next_look(now=NOW, every=every, failures=failures) - NOW
    assert timedelta(seconds=every) <= wait + timedelta(milliseconds=1)
    assert wait <= max(timedelta(days=1), timedelta(seconds=every))

"""When alerts go out and how many together: digests, quiet hours and the cap, in times passed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerts.when import HOUR, LISTED, due, quiet_until, share
from crawler.subscriptions import Subscription


def subscription(**values: Any) -> Subscription:
    return Subscription.model_validate({"name": "a", "channel": "email", "to": ["one@example.org"]} | values)


def local(text: str, hours: int = 8) -> datetime:
    """A moment by Beijing's clock, or by one so many hours east of Greenwich."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("asks", "filed", "sent"),
    [
        ({}, "2025-03-05 10:17", "2025-03-05 10:17"),
        ({"send": "hour"}, "2025-03-05 10:17", "2025-03-05 11:00"),
        ({"send": "hour"}, "2025-03-05 10:00", "2025-03-05 11:00"),
        ({"send": "hour"}, "2025-12-31 23:59", "2026-01-01 00:00"),
        ({"send": "day"}, "2025-03-05 07:59", "2025-03-05 08:00"),
        ({"send": "day"}, "2025-03-05 08:00", "2025-03-06 08:00"),
        ({"send": "day", "at": "17:30"}, "2025-03-05 10:17", "2025-03-05 17:30"),
        ({"send": "week"}, "2025-03-05 10:17", "2025-03-10 08:00"),
        ({"send": "week", "weekday": "wed", "at": "18:00"}, "2025-03-05 10:17", "2025-03-05 18:00"),
        ({"send": "week", "weekday": "wed"}, "2025-03-05 10:17", "2025-03-12 08:00"),
        ({"send": "workdays"}, "2025-03-07 10:17", "2025-03-10 08:00"),
        ({"send": "workdays"}, "2025-09-30 10:17", "2025-10-09 08:00"),
        ({"send": "workdays"}, "2025-09-27 10:17", "2025-09-28 08:00"),
        ({"quiet": ["22:00", "07:00"]}, "2025-03-05 23:30", "2025-03-06 07:00"),
        ({"quiet": ["22:00", "07:00"]}, "2025-03-05 06:59", "2025-03-05 07:00"),
        ({"quiet": ["22:00", "07:00"]}, "2025-03-05 07:00", "2025-03-05 07:00"),
        ({"quiet": ["12:00", "14:00"]}, "2025-03-05 12:00", "2025-03-05 14:00"),
        ({"send": "day", "at": "06:00", "quiet": ["22:00", "07:00"]}, "2025-03-05 10:17", "2025-03-06 07:00"),
        ({"send": "hour", "quiet": ["22:00", "07:00"]}, "2025-03-05 21:30", "2025-03-06 07:00"),
    ],
)
def test_when_news_is_sent(asks: dict[str, Any], filed: str, sent: str) -> None:
    """2025-03-07 is a Friday; the October holiday lasts to the 8th, and Sunday 28 September is worked for it."""
    assert due(subscription(**asks), local(filed)) == local(sent)


def test_another_time_zone_and_its_summer_time() -> None:
    asks = subscription(send="day", at="08:00", time_zone="Europe/Berlin")
    assert due(asks, local("2025-03-29 10:00", 1)) == local("2025-03-30 08:00", 2)
    half_hour = subscription(send="hour", time_zone="Asia/Kolkata")
    assert due(half_hour, datetime(2025, 3, 5, 10, 17, tzinfo=UTC)) == datetime(2025, 3, 5, 10, 30, tzinfo=UTC)


@given(
    now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    send=st.sampled_from(["instant", "hour", "day", "week", "workdays"]),
    at=st.times(),
    quiet=st.none() | st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] != pair[1]),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia"]),
)
def test_news_is_never_sent_in_the_past_nor_in_quiet_hours(now: datetime, **asks: Any) -> None:
    asks["time_zone"] = asks.pop("zone")
    wishes = subscription(**asks)
    moment = due(wishes, now)
    assert now <= moment <= now + timedelta(days=17)
    assert quiet_until(wishes, moment) is None


NOW = local("2025-03-05 10:00")


def test_without_a_cap_each_alert_is_a_message() -> None:
    assert share([1, 2, 3], subscription(), taken=[], now=NOW).messages == ((1,), (2,), (3,))


def test_a_digest_is_one_message() -> None:
    assert share(list(range(100)), subscription(send="day"), taken=[], now=NOW).messages == (tuple(range(100)),)


def test_a_program_gets_every_alert_in_messages_of_a_bounded_size() -> None:
    hook = subscription(channel="webhook", to="https://a.cn/", send="day")
    shared = share(list(range(100)), hook, taken=[], now=NOW)
    assert [len(message) for message in shared.messages] == [LISTED, LISTED, 20]
    assert sum(shared.messages, ()) == tuple(range(100))


def test_above_the_cap_there_is_one_summary() -> None:
    asks = subscription(most_per_hour=3)
    assert share([1, 2, 3], asks, taken=[], now=NOW).messages == ((1,), (2,), (3,))
    assert share([1, 2, 3, 4], asks, taken=[], now=NOW).messages == ((1, 2, 3, 4),)
    assert share([1, 2], asks, taken=[NOW - HOUR / 2] * 2, now=NOW).messages == ((1, 2),)


def test_with_the_cap_used_up_all_waits_till_a_place_is_free() -> None:
    taken = [NOW - HOUR / 2, NOW - HOUR / 3]
    shared = share([1, 2], subscription(most_per_hour=2), taken=taken, now=NOW)
    assert (shared.messages, shared.rest, shared.until) == ((), (1, 2), NOW + HOUR / 2)
    stuck = share([1], subscription(most_per_hour=1), taken=[NOW - 3 * HOUR], now=NOW)
    assert stuck.rest == (1,)
    assert NOW < (stuck.until or NOW) < NOW + HOUR, "its only message cannot be sent; look again soon"


def test_in_quiet_hours_all_waits() -> None:
    shared = share([1, 2], subscription(quiet=["09:00", "11:00"]), taken=[], now=NOW)
    assert (shared.messages, shared.rest, shared.until) == ((), (1, 2), NOW + HOUR)


@given(
    waiting=st.lists(st.integers(), max_size=120),
    cap=st.none() | st.integers(1, 5),
    ages=st.lists(st.floats(0, 3), max_size=8),
    send=st.sampled_from(["instant", "day"]),
    channel=st.sampled_from(["email", "webhook"]),
)
def test_every_alert_goes_out_or_waits_and_the_cap_holds(
    waiting: list[int], cap: int | None, ages: list[float], send: Any, channel: Any
) -> None:
    to = "https://a.cn/" if channel == "webhook" else "one@example.org"
    asks = subscription(channel=channel, to=to, most_per_hour=cap, send=send)
    taken = sorted(NOW - HOUR * age for age in ages)
    shared = share(waiting, asks, taken=taken, now=NOW)
    assert [*sum(shared.messages, ()), *shared.rest] == waiting
    assert bool(shared.rest) == bool(shared.until and shared.until > NOW)
    assert all(shared.messages)
    if cap is not None:
        assert len(shared.messages) <= max(cap - len(taken), 0)

"""When alerts go out and how many together: digests, quiet hours and the cap, worked out from times passed in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar

from attrs import frozen

from crawler.subscriptions import Subscription
from crawler.workdays import is_workday

T = TypeVar("T")

LISTED = 40  # alerts that one message lists; one for people says how many more there are
HOUR = timedelta(hours=1)
_LOOK_AGAIN = timedelta(minutes=5)  # where every place under the cap is held by messages that cannot be sent
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@frozen(kw_only=True)
class Share(Generic[T]):
    """How the alerts that wait for one recipient are parted."""

    messages: tuple[tuple[T, ...], ...] = ()  # each goes out now as one message
    rest: tuple[T, ...] = ()
    until: datetime | None = None  # when to look at the rest again


def due(subscription: Subscription, now: datetime) -> datetime:
    """The first moment at which what is filed at `now` (aware) may be sent."""
    at = now if subscription.send == "instant" else _next_digest(subscription, now)
    return quiet_until(subscription, at) or at


def quiet_until(subscription: Subscription, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` lies in; None outside of them."""
    if subscription.quiet is None:
        return None
    begin, end = subscription.quiet
    local = now.astimezone(subscription.zone)
    clock = local.time()
    inside = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not inside:
        return None
    return _moment(local.date() + timedelta(days=clock >= end), end, subscription)


def share(waiting: Sequence[T], subscription: Subscription, *, taken: Sequence[datetime], now: datetime) -> Share[T]:
    """Part what waits for one recipient into messages, never more than the cap allows.

    `taken`: when the messages were put together that count against the cap: those of the last hour, and any older one
    that still cannot be sent. Without a cap and without a digest each alert is a message of its own; a webhook's
    messages hold LISTED alerts at most, since a program wants every one.
    """
    if quiet := quiet_until(subscription, now):
        return Share(rest=tuple(waiting), until=quiet)
    places = len(waiting) if subscription.most_per_hour is None else subscription.most_per_hour - len(taken)
    if subscription.send == "instant" and len(waiting) <= places:
        return Share(messages=tuple((one,) for one in waiting))
    size = LISTED if subscription.channel == "webhook" else max(len(waiting), 1)
    parts = [tuple(waiting[start : start + size]) for start in range(0, len(waiting), size)]
    now_sent, later = parts[: max(places, 0)], parts[max(places, 0) :]
    if not later:
        return Share(messages=tuple(now_sent))
    freed = [moment + HOUR for moment in [*taken, *(now for _ in now_sent)] if moment + HOUR > now]
    rest = tuple(one for part in later for one in part)
    return Share(messages=tuple(now_sent), rest=rest, until=min(freed, default=now + _LOOK_AGAIN))


def _next_digest(subscription: Subscription, now: datetime) -> datetime:
    local = now.astimezone(subscription.zone)
    if subscription.send == "hour":
        return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC) + HOUR
    days = (local.date() + timedelta(days=number) for number in range(60))
    moments = (_moment(day, subscription.at, subscription) for day in days if _fits(subscription, day))
    return next(moment for moment in moments if moment > now)


def _fits(subscription: Subscription, day: date) -> bool:
    match subscription.send:
        case "week":
            return _WEEKDAYS[day.weekday()] == subscription.weekday
        case "workdays":
            return is_workday(day)
    return True


def _moment(day: date, clock: time, subscription: Subscription) -> datetime:
    return datetime.combine(day, clock, subscription.zone).astimezone(UTC)

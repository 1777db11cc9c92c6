"""Learns when a source publishes, from the entries that were seen on it; pure, the times are passed in.

An entry appeared at some time between the look before and the look that found it. Its share of each hour in between is
as large as the rhythm known so far makes that hour likely; a date in the list narrows it to that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from math import log
from typing import Any, Self

from attrs import asdict, evolve, frozen

from crawler.workdays import CHINA, is_workday

HABIT = timedelta(days=60)  # half of what was learned is forgotten
RECENT = timedelta(days=2)  # the same, for a burst
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_LONGEST_WINDOW = timedelta(days=7)  # between two looks; what lies further back is taken for less likely
_OLDEST = timedelta(days=180)  # list dates before this say nothing of today's habits

# Kinds of day: working Monday … Friday, and any day of rest. Their shares of a year, and what is usual on them.
_REST = 5
_SHARES = (1 / 7, 1 / 7, 1 / 7, 1 / 7, 1 / 7, 2 / 7)
_USUAL_DAYS = (1.3, 1.3, 1.3, 1.3, 1.3, 0.25)  # times the average day
_OFFICE = {8: 6.0, 9: 10.0, 10: 11.0, 11: 8.0, 12: 3.0, 13: 2.0, 14: 6.0, 15: 9.0, 16: 10.0, 17: 9.0, 18: 4.0}
_EVENING = {7: 1.5, 19: 2.0, 20: 1.5, 21: 1.0, 22: 0.5}
_WEIGHTS = tuple((_OFFICE | _EVENING).get(hour, 0.2) for hour in range(24))
_USUAL_HOURS = tuple(weight / sum(_WEIGHTS) for weight in _WEIGHTS)

# How much the usual counts beside what was seen.
_USUAL_RATE = 0.7  # entries a day
_RATE_WEIGHT = 0.7  # entries
_DAYS_WEIGHT = 14.0  # days
_HOURS_WEIGHT = 4.0  # entries
_BURST_WEIGHT = 3.0  # days
_MOST_BURST = 20.0


@frozen(kw_only=True)
class Sighting:
    """An entry that was seen for the first time."""

    seen_at: datetime
    listed_on: date | None = None  # the date that the list gives it


@frozen(kw_only=True)
class Rhythm:
    """How often a source published on each kind of day and at each hour, the latest counting most."""

    since: datetime  # what was published before is not known
    at: datetime  # the counts have faded up to here: the last look that found something
    newest: datetime | None = None  # when the latest entry appeared, as far as is known
    days: tuple[float, ...] = (0.0,) * 6  # entries on working Mondays … Fridays and on days of rest
    hours: tuple[float, ...] = (0.0,) * 24  # entries whose hour is known, in China's time
    recent: float = 0.0  # entries of the last days

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """From what `dump` gave."""
        counts = {name: tuple(data[name]) for name in ("days", "hours")}
        times = {name: datetime.fromisoformat(data[name]) for name in ("since", "at", "newest") if data[name]}
        return cls(**{**data, **counts, **times})

    def dump(self) -> dict[str, Any]:
        """As JSON has it, counts to a thousandth."""
        times = {"since": self.since, "at": self.at, "newest": self.newest}
        data = asdict(self) | {name: time.isoformat() if time else None for name, time in times.items()}
        for name in ("days", "hours"):
            data[name] = [round(count, 3) for count in data[name]]
        return data | {"recent": round(self.recent, 3)}

    @property
    def usual_gap(self) -> timedelta:
        """The time between two entries, as it was when the last one was seen."""
        return _observed(self, self.at) / max(sum(self.days), 0.01)


@frozen(kw_only=True)
class Expected:
    """Entries a day that are to be expected, by kind of day and hour."""

    days: tuple[float, ...]
    hours: tuple[float, ...]  # shares of a day; they add up to one
    burst: float  # 1: as ever

    def rate(self, at: datetime) -> float:
        """Entries a day, were all day like this hour."""
        local = at.astimezone(CHINA)
        kinds = _kinds(local.date())
        return sum(self.days[kind] for kind in kinds) / len(kinds) * self.hours[local.hour] * 24 * self.burst

    def table(self) -> Iterable[tuple[float, float]]:
        """(share of the year, entries a day) for every hour of every kind of day."""
        for share, day in zip(_SHARES, self.days, strict=True):
            for hour in self.hours:
                yield share / 24, day * hour * 24 * self.burst


def learn(
    rhythm: Rhythm | None, sightings: Sequence[Sighting], *, looked_before: datetime | None, now: datetime
) -> Rhythm:
    """The rhythm with what one look found. ``looked_before``: the last good look, None at the first one."""
    if rhythm is None:
        oldest = [_noon(one.listed_on) for one in sightings if one.listed_on]
        since = min([now, *(day for day in oldest if now - _OLDEST <= day)])
        rhythm = Rhythm(since=since, at=now)
    if not sightings:
        return rhythm
    rhythm = _faded(rhythm, now)
    expected = expect(rhythm, now)
    days, hours, recent = list(rhythm.days), list(rhythm.hours), rhythm.recent
    for day, group in groupby(sorted(one.listed_on or date.max for one in sightings)):
        # Ten entries put up in one go are less than ten occasions.
        weight = len(list(group)) ** 0.5
        listed = day if day <= now.astimezone(CHINA).date() else None
        for kind, hour, share in _shares(expected, listed, looked_before, now):
            days[kind] += share * weight * _fade(now - _noon(listed), HABIT) if listed else share * weight
            if hour is not None:
                hours[hour] += share * weight
        recent += weight * _fade(now - _noon(listed), RECENT) if listed else weight if looked_before else 0.0
    newest = max([*([rhythm.newest] if rhythm.newest else []), *(_appeared(one) for one in sightings)])
    return evolve(rhythm, newest=newest, days=tuple(days), hours=tuple(hours), recent=recent)


def expect(rhythm: Rhythm, now: datetime) -> Expected:
    """What is to be expected: what was seen, and beside it what is usual for sources of this kind."""
    rhythm = _faded(rhythm, now)
    observed = _observed(rhythm, now) / _DAY
    average = (sum(rhythm.days) + _RATE_WEIGHT) / (observed + _RATE_WEIGHT / _USUAL_RATE)
    days = tuple(
        (count / share + _DAYS_WEIGHT * average * usual) / (observed + _DAYS_WEIGHT)
        for count, share, usual in zip(rhythm.days, _SHARES, _USUAL_DAYS, strict=True)
    )
    known = sum(rhythm.hours)
    hours = tuple(
        (0.2 * rhythm.hours[hour - 1] + 0.6 * count + 0.2 * rhythm.hours[(hour + 1) % 24] + _HOURS_WEIGHT * usual)
        / (known + _HOURS_WEIGHT)
        for hour, (count, usual) in enumerate(zip(rhythm.hours, _USUAL_HOURS, strict=True))
    )
    window = RECENT / _DAY / log(2)
    burst = (average * _BURST_WEIGHT + rhythm.recent) / (average * (_BURST_WEIGHT + window))
    return Expected(days=days, hours=hours, burst=min(max(burst, 0.5), _MOST_BURST))


def _shares(
    expected: Expected, listed: date | None, after: datetime | None, by: datetime
) -> list[tuple[int, int | None, float]]:
    """(kind of day, hour or None, share) for every hour in which an entry may have appeared; the shares make one."""
    if listed is None and after is None:
        return []
    start = max(after, by - _LONGEST_WINDOW) if after else by
    if listed is not None:
        midnight = _noon(listed) - _DAY / 2
        if after is None or midnight + _DAY <= start:  # older than the last look: the day is all that is known
            kinds = _kinds(listed)
            return [(kind, None, 1 / len(kinds)) for kind in kinds]
        start, by = max(start, midnight), min(by, midnight + _DAY)
    cells: list[tuple[int, int | None, float]] = []
    moment = start
    while moment < by:
        local = moment.astimezone(CHINA)
        end = min(by, moment + _HOUR - timedelta(minutes=local.minute, seconds=local.second))
        kinds = _kinds(local.date())
        weight = expected.rate(moment) * ((end - moment) / _HOUR) / len(kinds)
        cells += [(kind, local.hour, weight) for kind in kinds]
        moment = end
    total = sum(weight for _, _, weight in cells)
    return [(kind, hour, weight / total) for kind, hour, weight in cells] if total else []


def _kinds(day: date) -> Sequence[int]:
    """The kinds of day that this one is; a weekend that is worked may be any working day."""
    if not is_workday(day):
        return (_REST,)
    return (day.weekday(),) if day.weekday() < _REST else range(_REST)


def _appeared(one: Sighting) -> datetime:
    return min(one.seen_at, _noon(one.listed_on)) if one.listed_on else one.seen_at


def _noon(day: date | None) -> datetime:
    assert day is not None
    return datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)


def _faded(rhythm: Rhythm, now: datetime) -> Rhythm:
    habit, recent = _fade(now - rhythm.at, HABIT), _fade(now - rhythm.at, RECENT)
    return evolve(
        rhythm,
        at=max(now, rhythm.at),
        days=tuple(count * habit for count in rhythm.days),
        hours=tuple(count * habit for count in rhythm.hours),
        recent=rhythm.recent * recent,
    )


def _fade(age: timedelta, half_life: timedelta) -> float:
    return float(0.5 ** max(0.0, age / half_life))


def _observed(rhythm: Rhythm, now: datetime) -> timedelta:
    """The time that the faded counts stand for."""
    whole = HABIT / log(2)
    return max(whole * (1 - _fade(now - rhythm.since, HABIT)), _HOUR)

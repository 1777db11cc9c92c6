"""Says when a site is looked at next; pure, the time is passed in.

A source is looked at the more often the more it is expected to publish just then (rhythm.py): the time between two
looks goes with one over a power of the entries a day that are expected, between a floor and a ceiling.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from attrs import evolve, frozen

from crawler.answers import Lasting
from crawler.schedule.rhythm import Expected, Rhythm, expect
from crawler.workdays import CHINA

# How far apart the looks may come after failures (answers.py says how long each is likely to last).
LONGEST: dict[Lasting, timedelta] = {
    "temporary": timedelta(hours=3),
    "soft": timedelta(hours=12),
    "hard": timedelta(days=1),
}
NEW = timedelta(days=7)  # a source is new for so long, and is looked at twice as often
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_USUAL_RATE = 1.0  # entries a day at which `every` is the time between two looks
# 1/2 gives the least mean delay for a number of looks, 1 looks only where news is likely; measured by bench/rhythm.py.
_POWER = 0.6


@frozen(kw_only=True)
class Limits:
    """What the settings allow."""

    every: timedelta  # between two looks, where a source publishes as usual
    floor: timedelta  # never sooner
    ceiling: timedelta  # never later, unless a look failed or the budget is small
    looks_per_day: float | None = None  # at this source on average, None: no bound
    share: float = 1.0  # 0..1, of the looks that the rhythm asks for: the budget of all sources together


def next_look(
    *,
    now: datetime,
    limits: Limits,
    failures: int = 0,
    lasts: Lasting = "soft",
    rest: timedelta = timedelta(),
    rhythm: Rhythm | None = None,
) -> datetime:
    """The next look; never before the ``rest`` that the site asked for is over.

    After failures in a row: after `every`, twice as long for each, up to what ``LONGEST`` says of their kind.
    """
    if failures or rhythm is None:
        wait: timedelta = limits.every * 2 ** min(max(failures - 1, 0), 16)
        return now + max(rest, min(wait, max(LONGEST[lasts], limits.every)))
    return max(now + rest, _by_rhythm(rhythm, now, limits))


def _by_rhythm(rhythm: Rhythm, now: datetime, limits: Limits) -> datetime:
    expected = expect(rhythm, now)
    eased = _eased(expected, limits)
    if now - rhythm.since < NEW:
        eased *= 2
    left, moment = 1.0, now  # each hour takes its share of the one look off; where nothing is left, it is due
    while True:
        local = moment.astimezone(CHINA)
        end = moment + _HOUR - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        pace = _pace(expected.rate(moment), limits) * eased
        taken = pace * ((end - moment) / _HOUR)
        if taken >= left:
            return max(moment + _HOUR * (left / pace), now + limits.floor)
        left, moment = left - taken, end


def looks_per_day(rhythm: Rhythm | None, *, now: datetime, limits: Limits) -> float:
    """How often the source will be looked at, on an average day, before the budget of all sources is kept."""
    if rhythm is None:
        return _DAY / limits.every
    expected = expect(rhythm, now)
    whole = evolve(limits, share=1.0)
    return _wanted(expected, whole) * _eased(expected, whole)


def _pace(rate: float, limits: Limits) -> float:
    """Looks an hour at a time when so many entries a day are expected."""
    pace = (_HOUR / limits.every) * (rate / _USUAL_RATE) ** _POWER
    return float(min(max(pace, _HOUR / limits.ceiling), _HOUR / limits.floor))


@lru_cache(maxsize=4)  # the next look and the looks a day of one source ask for the same
def _wanted(expected: Expected, limits: Limits) -> float:
    return 24 * sum(share * _pace(rate, limits) for share, rate in expected.table())


def _eased(expected: Expected, limits: Limits) -> float:
    """The part of the looks that the budgets leave, 0..1."""
    if limits.looks_per_day is None:
        return limits.share
    return min(1.0, limits.looks_per_day / _wanted(expected, evolve(limits, share=1.0))) * limits.share

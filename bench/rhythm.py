"""Plays years of publishing and sets looks at learned rhythms against a fixed interval: `python -m bench.rhythm`.

Both look at the same sources for a year and make the same number of requests; the fixed interval is given that number
for each kind of source by itself, and for all of them together. The first weeks, in which a rhythm is not known yet,
count as well. The constants of due.py and rhythm.py were chosen on the seeds 1-3; the table is of other seeds.
"""

from __future__ import annotations

import argparse
import random
import statistics
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from attrs import frozen

from crawler.schedule import due, rhythm
from crawler.schedule.rhythm import Sighting
from crawler.workdays import CHINA, is_workday

START = datetime(2024, 1, 1, tzinfo=CHINA)
DAY = timedelta(days=1)
YEAR = 366
TUNED = (1, 2, 3)
REPORTED = (11, 12, 13)
LIMITS = due.Limits(every=timedelta(hours=1), floor=timedelta(minutes=10), ceiling=timedelta(hours=12))

Times = list[datetime]


def _at(day: date, hour: float) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(hours=hour)


def _days() -> list[date]:
    return [(START + number * DAY).date() for number in range(YEAR)]


def _office_hour(rng: random.Random) -> float:
    """Two humps with a break at noon, and one entry in fifteen at night."""
    if rng.random() < 1 / 15:
        return rng.uniform(18, 23)
    centre = rng.choice((10.0, 16.0))
    return min(max(rng.gauss(centre, 1.2), 7.5), 19.0)


def mornings(rng: random.Random) -> Times:
    """One to three entries on most working mornings, when somebody uploads what was written the day before."""
    hour = rng.uniform(8.2, 10.5)
    return [
        _at(day, hour + rng.gauss(0, 0.5) + 0.1 * number)
        for day in _days()
        if rng.random() < (0.8 if is_workday(day) else 0.04)
        for number in range(rng.randint(1, 3))
    ]


def office(rng: random.Random) -> Times:
    """A busy office: some entries a day, through its hours; one a weekend."""
    most = rng.randint(3, 8)
    return [
        _at(day, _office_hour(rng))
        for day in _days()
        for _ in range(rng.randint(1, most) if is_workday(day) else int(rng.random() < 0.4))
    ]


def evenings(rng: random.Random) -> Times:
    """A portal that is filled by a machine after work, weekends too."""
    hour = rng.uniform(18, 21)
    return [_at(day, hour + rng.uniform(0, 1)) for day in _days() if rng.random() < 0.7]


def bursts(rng: random.Random) -> Times:
    """Little for weeks, then several a day before and after a meeting."""
    meetings = [rng.randrange(10, YEAR) for _ in range(6)]
    found = []
    for number, day in enumerate(_days()):
        near = any(-3 <= number - meeting <= 4 for meeting in meetings)
        chance = (5 if near else 0.12) * (1 if is_workday(day) else 0.15)
        found += [_at(day, _office_hour(rng)) for _ in range(8) if rng.random() < chance / 8]
    return found


def weekly(rng: random.Random) -> Times:
    """One to four entries on the same day of most weeks."""
    weekday, hour = rng.randrange(5), rng.choice((9.5, 11.0, 15.0, 16.5))
    return [
        _at(day, hour + rng.gauss(0, 0.8) + 0.05 * number)
        for day in _days()
        if day.weekday() == weekday and is_workday(day) and rng.random() < 0.9
        for number in range(rng.randint(1, 4))
    ]


def monthly(rng: random.Random) -> Times:
    """One or two entries a month."""
    working = [day for day in _days() if is_workday(day)]
    return [_at(day, _office_hour(rng)) for day in rng.sample(working, 18)]


def dead(rng: random.Random) -> Times:
    """Three entries a year."""
    return [_at(day, _office_hour(rng)) for day in rng.sample(_days(), 3)]


KINDS: dict[str, tuple[Callable[[random.Random], Times], int]] = {  # with how many of 100 sources are of this kind
    "mornings": (mornings, 15),
    "office": (office, 15),
    "evenings": (evenings, 10),
    "bursts": (bursts, 15),
    "weekly": (weekly, 15),
    "monthly": (monthly, 15),
    "dead": (dead, 15),
}


@frozen(kw_only=True)
class Watched:
    """One source watched for a year."""

    looks: int
    published: Sequence[datetime]
    delays: Sequence[float]  # minutes, one for each entry


def watch(published: Times, *, dated: bool, rng: random.Random, limits: due.Limits = LIMITS) -> Watched:
    """Look at a source at its learned rhythm."""
    published = sorted(published)
    end = START + YEAR * DAY
    now = START + timedelta(hours=rng.uniform(0, 24))
    before, known, looks = None, None, 0
    seen = bisect_right(published, now)
    published, delays = published[seen:], []
    seen = 0
    while now < end:
        looks += 1
        found = published[seen : bisect_right(published, now)]
        seen += len(found)
        delays += [(now - entry) / timedelta(minutes=1) for entry in found]
        sightings = [Sighting(seen_at=now, listed_on=entry.date() if dated else None) for entry in found]
        known = rhythm.learn(known, sightings, looked_before=before, now=now)
        before, now = now, due.next_look(now=now, rhythm=known, limits=limits)
    return Watched(looks=looks, published=published, delays=delays)


def fixed(published: Sequence[datetime], interval: timedelta, rng: random.Random) -> list[float]:
    """The delays in minutes of looks at a fixed interval."""
    first = START + interval * rng.random()
    return [-((entry - first) / interval % -1) * (interval / timedelta(minutes=1)) for entry in published]


@frozen(kw_only=True)
class Line:
    """One line of the table."""

    kind: str
    sources: int
    entries: int
    looks_a_day: float  # of one source
    learned: Sequence[float]
    fixed: Sequence[float]

    @property
    def gain(self) -> float:
        """How many times smaller the median delay is."""
        return statistics.median(self.fixed) / statistics.median(self.learned)


def _line(kind: str, watched: Sequence[Watched], rng: random.Random) -> Line:
    looks = sum(one.looks for one in watched)
    interval = YEAR * DAY * len(watched) / looks
    return Line(
        kind=kind,
        sources=len(watched),
        entries=sum(len(one.published) for one in watched),
        looks_a_day=looks / len(watched) / YEAR,
        learned=[delay for one in watched for delay in one.delays],
        fixed=[delay for one in watched for delay in fixed(one.published, interval, rng)],
    )


def measure(seeds: Sequence[int], per_hundred: float = 0.2) -> list[Line]:
    """A line for each kind and one for all; ``per_hundred`` times the usual number of sources for each seed."""
    rng = random.Random(seeds[0])
    watched: dict[str, list[Watched]] = {kind: [] for kind in KINDS}
    for seed in seeds:
        for kind, (publish, count) in KINDS.items():
            for number in range(max(1, round(count * per_hundred))):
                own = random.Random(f"{seed} {kind} {number}")
                watched[kind].append(watch(publish(own), dated=bool(number % 2), rng=own))
    lines = [_line(kind, found, rng) for kind, found in watched.items()]
    return [*lines, _line("all", [one for found in watched.values() for one in found], rng)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuned", action="store_true", help="the seeds that the constants were chosen on")
    seeds = TUNED if parser.parse_args().tuned else REPORTED
    print(f"one year, seeds {seeds}; delays in minutes, learned rhythm | fixed interval with as many looks")
    print(f"{'kind':10}{'sources':>8}{'entries':>8}{'looks/day':>10}{'p50':>14}{'p95':>16}{'mean':>14}{'p50 gain':>10}")
    for line in measure(seeds):
        pairs = ""
        for of in (statistics.median, lambda values: sorted(values)[int(0.95 * len(values))], statistics.mean):
            pairs += f"{of(line.learned):8.0f} |{of(line.fixed):5.0f}"
        print(f"{line.kind:10}{line.sources:8}{line.entries:8}{line.looks_a_day:10.1f}{pairs}{line.gain:10.1f}")


if __name__ == "__main__":
    main()

"""Says whether two reports tell of the same conference, and what their records say together. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from attrs import evolve, fields, frozen

from crawler.items import Conference, Verdict
from crawler.store.conferences import StoredConference

DAYS_HELD = 3  # reports of one event disagree by so much at most
DAYS_PUBLISHED = 10  # between the publications of two reports of one event, where a day of the event is not known
_RANK: dict[Verdict, int] = {"official": 0, "media": 1, "reprint": 2, "unknown": 3, "mirror": 4}
_YEAR_AND_SCOPE = re.compile(r"\d{4}年度?|全[国省市区县州盟旗]")
_LEAP_YEAR = 2024  # a day without a year may be 29 February


@frozen(kw_only=True)
class Sighting:
    """What a report or a stored conference says of when and where."""

    record: Conference
    published_on: str | None  # YYYY-MM-DD…

    @property
    def year(self) -> int | None:
        """The year of the event, named or that of its day."""
        held = _day(self.record.held_on)
        return self.record.year or (held.year if held else None)


def rank(verdict: Verdict) -> int:
    """Whom to believe: 0 is the best."""
    return _RANK[verdict]


def choose(report: Sighting, known: Iterable[StoredConference]) -> StoredConference | None:
    """The conference that a report tells of, out of those of its kind and region; None: it is another one.

    A report that does not know its year joins none where conferences of several years would fit.
    """
    fitting = [
        (distance, one)
        for one in known
        if (distance := _distance(report, Sighting(record=one.record, published_on=one.first_published_on))) is not None
    ]
    years = {Sighting(record=one.record, published_on=None).year for _, one in fitting}
    if not fitting or (report.year is None and len(years) > 1):
        return None
    return min(fitting, key=lambda pair: (pair[0], pair[1].id))[1]


def _distance(a: Sighting, b: Sighting) -> int | None:
    """How many days apart the two tell of one event; None: two events. Years never merge."""
    if (a.year and b.year and a.year != b.year) or not _same_body(a.record, b.record):
        return None
    published = _days_between(_day(a.published_on), _day(b.published_on))
    held = _days_between(_day(a.record.held_on), _day(b.record.held_on))
    if held is not None:
        return held if held <= DAYS_HELD else None
    same_year = a.year is not None and a.year == b.year
    near = published is not None and published <= DAYS_PUBLISHED
    in_year = _days_in_year(a.record.held_on, b.record.held_on)
    if in_year is not None:
        if in_year > DAYS_HELD:
            return None
        return in_year if same_year or near or published is None else None
    if published is None:
        return DAYS_PUBLISHED if same_year else None
    return published if near and not (_too_early(a, b) or _too_early(b, a)) else None


def _same_body(a: Conference, b: Conference) -> bool:
    """A school's own meeting is not its city's; other_education is no one yearly event, so its name counts."""
    if "school" in (a.level, b.level) and (a.level, a.host_organ) != (b.level, b.host_organ):
        return False
    if a.kind != "other_education":
        return True
    names = [_YEAR_AND_SCOPE.sub("", one.name) for one in (a, b)]
    return names[0] in names[1] or names[1] in names[0]


def _too_early(report: Sighting, event: Sighting) -> bool:
    """Nobody reports a meeting more than a day before it is held (a day: time zones, e-papers of the eve)."""
    held, published = _day(event.record.held_on), _day(report.published_on)
    return held is not None and published is not None and (held - published).days > 1


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _days_between(a: date | None, b: date | None) -> int | None:
    return None if a is None or b is None else abs((a - b).days)


def _days_in_year(a: str | None, b: str | None) -> int | None:
    """Days between two days of which one at least has no year, the shorter way round the new year."""
    if not a or not b:
        return None
    first, second = (_day(f"{_LEAP_YEAR}-{text[-5:]}") for text in (a, b))
    apart = _days_between(first, second)
    return None if apart is None else min(apart, 366 - apart)


def together(records: Sequence[tuple[Verdict, Conference]]) -> Conference:
    """What several reports of one event say: for each field the best report that says anything. Takes one or more."""
    ordered = [record for _, record in sorted(records, key=lambda pair: rank(pair[0]))]
    values: dict[str, Any] = {
        field.name: next((value for one in ordered if _says(value := getattr(one, field.name))), None)
        for field in fields(Conference)
    }
    known = {name: value for name, value in values.items() if value is not None}
    return evolve(ordered[0], **(known | _dates(ordered) | {"spans": ()}))


def agrees(record: Conference, whole: Conference) -> bool:
    """True where a report's record says nothing else than what is known of its conference: it may be silent."""
    said = {field.name: getattr(record, field.name) for field in fields(Conference) if field.name != "spans"}
    return all(value == getattr(whole, name) for name, value in said.items() if _says(value))


def _dates(ordered: Sequence[Conference]) -> dict[str, Any]:
    """The day and how it is known belong together, and a day with its year is worth more than one without."""
    dated = sorted((one for one in ordered if one.held_on), key=lambda one: _day(one.held_on) is None)
    if not dated:
        return {}
    day = _day(dated[0].held_on)
    year = next((one.year for one in ordered if one.year), day.year if day else None)
    return {"held_on": dated[0].held_on, "held_on_basis": dated[0].held_on_basis, "year": year}


def _says(value: object) -> bool:
    return value not in (None, "", (), "unknown")

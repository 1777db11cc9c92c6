"""Finds the stored reports with the text of a new one, or a part of it."""

from __future__ import annotations

from datetime import date

from attrs import field, frozen
from sqlalchemy import Connection

from crawler.dedup import Fingerprinted, Relation, compare
from crawler.filing.events import DAYS_HELD, rank
from crawler.items import Conference, Report
from crawler.regions import within
from crawler.store import comparing, fingerprints, reports
from crawler.store.comparing import Comparable

# Of 900 composed reprints and excerpts none shared less than 0.47 of the shorter text's fingerprints; texts that only
# quote the same sentences mostly share less than this, and comparing those cost more than all the rest of filing.
_LEAST_SHARED = 0.1
_LEADING = frozenset({"speech", "chair"})
_SHARE_A_CONFERENCE = ("reprint_of", "revision_of")


@frozen(kw_only=True)
class Match:
    """A stored report, and what the new one is to it."""

    report: Comparable
    relation: Relation


@frozen(kw_only=True)
class SameText:
    """What the store knows of a new report's text."""

    matches: tuple[Match, ...] = ()  # every report whose text was verified to be related, the very same text first
    rare: tuple[int, ...] = field(default=(), repr=False)  # the fingerprints worth a row

    @property
    def original(self) -> Match | None:
        """The best of the reports that the new one repeats; mirrors are no originals."""
        repeated = [match for match in self.matches if match.relation.hides and match.report.verdict != "mirror"]
        return min(repeated, key=_order, default=None)

    @property
    def copies(self) -> list[Match]:
        """The mirrors that have the new report's text."""
        return [match for match in self.matches if match.relation.hides and match.report.verdict == "mirror"]


def look_up(conn: Connection, report: Report) -> SameText:
    """Ask the store for a report's text. The fingerprints are asked once, for this and for adding them later."""
    asked = fingerprints.ask(conn, report.fingerprints)
    newcomer = _of_report(report)
    found = []
    for known in comparing.comparable(conn, _worth_comparing(conn, report, asked)):
        relation = compare(newcomer, _of_stored(known))
        found += [Match(report=known, relation=relation)] if relation else []
    return SameText(matches=tuple(_of_one_event(conn, report, found)), rare=asked.rare)


def tell_of_two(a: Conference, b: Conference) -> bool:
    """True where two records cannot be of one conference: their days, the people who led it, or whose it was differ.

    What a record does not say speaks against nothing. With the same people in the lead, another place or level is
    only that of the site where the text stands.
    """
    if _days_clash(a, b):
        return True
    leaders, others = _leaders(a), _leaders(b)
    if leaders and others:
        names, known = _names(a), _names(b)
        if not (leaders & known or others & names):
            return True
        if leaders <= known or others <= names:
            return False
    return _places_clash(a, b)


def _days_clash(a: Conference, b: Conference) -> bool:
    """Both days stand in full; one that was worked out (昨日) may be off where a reprint came out later."""
    try:
        apart = abs((date.fromisoformat(a.held_on or "") - date.fromisoformat(b.held_on or "")).days)
    except ValueError:
        return False
    return apart > (0 if a.held_on_basis == b.held_on_basis == "explicit" else DAYS_HELD)


def _places_clash(a: Conference, b: Conference) -> bool:
    """Neither place lies in the other, or one does and they met at another level: a county and its city."""
    if not a.region_code or not b.region_code or a.region_code == b.region_code:
        return False
    apart = not (within(a.region_code, b.region_code) or within(b.region_code, a.region_code))
    return apart or a.level != b.level


def _leaders(record: Conference) -> set[str]:
    return {person.name for person in record.people if not _LEADING.isdisjoint(person.roles)}


def _names(record: Conference) -> set[str]:
    return {person.name for person in record.people}


def _of_one_event(conn: Connection, report: Report, found: list[Match]) -> list[Match]:
    """Without those that would share the new report's conference although the two records tell of two.

    The very same text tells of one event: there only what was taken from the site around it can differ.
    """
    doubtful = [match for match in found if match.relation.kind in _SHARE_A_CONFERENCE and not _same(match, report)]
    known = reports.records_of(conn, [match.report.id for match in doubtful])
    others = {number for number, record in known.items() if tell_of_two(report.conference, record)}
    return [match for match in found if match not in doubtful or match.report.id not in others]


def _same(match: Match, report: Report) -> bool:
    return bool(report.body_sha256) and match.report.body_sha256 == report.body_sha256


def _worth_comparing(conn: Connection, report: Report, asked: fingerprints.Asked) -> list[int]:
    """The reports with the very same text, then those that share more than a quotation with the new one.

    Of the newcomer's fingerprints only the rare ones are counted, because only those were looked for.
    """
    size = len(report.fingerprints)
    rare_share = len(asked.rare) / max(size, 1)
    known = {one.report_id: one for one in comparing.sizes(conn, asked.shared, report.body_sha256)}
    return [
        *(one.report_id for one in known.values() if one.is_same),
        *(
            number
            for number, shared in asked.shared.items()
            if (one := known.get(number)) is not None
            and not one.is_same
            and shared >= _LEAST_SHARED * min(size, one.fingerprints) * rare_share
        ),
    ]


def _order(match: Match) -> tuple[int, float, int]:
    return rank(match.report.verdict), -match.relation.score, match.report.id


def _of_report(report: Report) -> Fingerprinted:
    return Fingerprinted(
        title_hans=report.article.title_hans,
        text_hans=report.article.text_hans,
        published=report.article.date,
        held_on=report.conference.held_on,
        body_sha256=report.body_sha256,
    )


def _of_stored(report: Comparable) -> Fingerprinted:
    return Fingerprinted(
        title_hans=report.title_hans,
        text_hans=report.text_hans,
        published=report.date,
        held_on=report.held_on,
        body_sha256=report.body_sha256,
    )

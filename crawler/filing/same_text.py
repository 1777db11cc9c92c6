"""Finds the stored reports with the text of a new one, or a part of it."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import Connection

from crawler.dedup import Fingerprinted, Relation, compare
from crawler.filing.events import rank
from crawler.items import Report
from crawler.store import fingerprints, reports
from crawler.store.reports import Comparable


@frozen(kw_only=True)
class Match:
    """A stored report, and what the new one is to it."""

    report: Comparable
    relation: Relation


def matches(conn: Connection, report: Report) -> list[Match]:
    """Every stored report whose text was verified to be related: those with the very same text first."""
    same = reports.with_body(conn, report.body_sha256) if report.body_sha256 else []
    near = [report_id for report_id, _ in fingerprints.candidates(conn, report.fingerprints)]
    newcomer = _of_report(report)
    stored = reports.comparable(conn, list(dict.fromkeys([*same, *near])))
    found = ((known, compare(newcomer, _of_stored(known))) for known in stored)
    return [Match(report=known, relation=relation) for known, relation in found if relation is not None]


def original(found: Sequence[Match]) -> Match | None:
    """The best of the reports that the new one repeats; mirrors are no originals."""
    repeated = [match for match in found if match.relation.hides and match.report.verdict != "mirror"]
    order = [(rank(match.report.verdict), -match.relation.score, match.report.id) for match in repeated]
    return repeated[order.index(min(order))] if repeated else None


def copies(found: Sequence[Match]) -> list[Match]:
    """The mirrors that have the new report's text."""
    return [match for match in found if match.relation.hides and match.report.verdict == "mirror"]


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

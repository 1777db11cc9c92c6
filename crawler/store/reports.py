"""The reports: one row for each page that holds one, its earlier texts beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, insert, select, update

from crawler.items import Attachment, Conference, Fix, Outcome, Provenance, Report, SnapshotRef, SpamBlock, Verdict
from crawler.store import records
from crawler.store.tables import reports, revisions

GONE_AFTER = timedelta(days=2)  # between two answers of 404: a site that is rebuilt is back sooner


@frozen(kw_only=True)
class StoredReport:
    """A report as it was filed last."""

    id: int
    url: str
    site_id: str | None
    conference_id: int | None  # None: a mirror whose original is not known
    run_id: str | None
    outcome: Outcome  # how it was filed at first: new, reprint or mirror
    baseline: bool
    verdict: Verdict
    title: str
    title_hans: str
    label: str | None
    original_title: str | None
    date: str | None
    source: str
    author: str
    publisher: str
    text: str = field(repr=False)
    text_hans: str = field(repr=False)
    record: Conference = field(repr=False)  # what this page says of the conference
    provenance: Provenance = field(repr=False)
    fixes: tuple[Fix, ...] = field(repr=False)
    spam: tuple[SpamBlock, ...] = field(repr=False)
    attachments: tuple[Attachment, ...] = field(repr=False)
    charset: str
    script: str
    body_sha256: str
    fingerprints: tuple[int, ...] = field(repr=False)
    first_seen_at: datetime
    updated_at: datetime  # when its text was last found changed
    missed_at: datetime | None  # when its page first answered 404 or 410; None: it did not, or came back
    gone_at: datetime | None  # when it did so again, days later
    snapshot: SnapshotRef | None

    @property
    def shown_url(self) -> str | None:
        """The address that people may be shown: a mirror's own never is."""
        return self.provenance.original_url if self.verdict == "mirror" else self.url


@frozen(kw_only=True)
class Telling:
    """What one report says of its conference."""

    verdict: Verdict
    record: Conference
    date: str | None  # published


@frozen(kw_only=True)
class Revision:
    """An earlier text of a report."""

    id: int
    report_id: int
    replaced_at: datetime
    title: str
    text: str = field(repr=False)
    text_hans: str = field(repr=False)
    body_sha256: str
    difference: str = field(repr=False)  # to the text that replaced it
    snapshot: SnapshotRef | None


def insert_report(
    conn: Connection,
    report: Report,
    *,
    outcome: Outcome,
    conference_id: int | None,
    baseline: bool,
    now: datetime,
    run_id: str | None = None,
) -> int:
    """Add a report. Gives its number. Raises IntegrityError where its URL is there."""
    fixed = {
        "url": report.article.document.page.url,
        "outcome": outcome.value,
        "conference_id": conference_id,
        "baseline": baseline,
        "first_seen_at": now,
        "updated_at": now,
        "run_id": run_id,
    }
    key = conn.execute(insert(reports), fixed | _facts(report)).inserted_primary_key
    assert key is not None
    return int(key[0])


def refresh(conn: Connection, report_id: int, report: Report) -> None:
    """Replace what a report's page says, without keeping what it said before: rules changed, not the page."""
    conn.execute(update(reports).where(reports.c.id == report_id).values(_facts(report)))


def revise(conn: Connection, old: StoredReport, report: Report, *, difference: str, now: datetime) -> None:
    """Replace what a report's page says and keep the text it had, with the difference for people to read."""
    row = {
        "report_id": old.id,
        "replaced_at": now,
        "title": old.title,
        "text": old.text,
        "text_hans": old.text_hans,
        "body_sha256": old.body_sha256,
        "difference": difference,
    }
    conn.execute(insert(revisions).values(row | records.snapshot_columns(old.snapshot)))
    conn.execute(update(reports).where(reports.c.id == old.id).values(_facts(report) | {"updated_at": now}))


def differing(conn: Connection, report_id: int, report: Report) -> frozenset[str]:
    """The columns that `refresh` would change, but for where the bytes lie."""
    row = conn.execute(select(reports).where(reports.c.id == report_id)).mappings().one()
    return frozenset(
        name for name, value in _facts(report).items() if name not in _KEPT and records.as_kept(value) != row[name]
    )


def missed(conn: Connection, urls: Collection[str], *, now: datetime) -> None:
    """Note that a report's page answered 404 or 410; the second time, GONE_AFTER later, it counts as gone."""
    of_it = reports.c.url.in_(urls)
    again = reports.c.missed_at <= now - GONE_AFTER
    conn.execute(update(reports).where(of_it, again, reports.c.gone_at.is_(None)).values(gone_at=now))
    conn.execute(update(reports).where(of_it, reports.c.missed_at.is_(None)).values(missed_at=now))


def came_back(conn: Connection, urls: Collection[str]) -> None:
    """Note that a report's page is there."""
    missing = reports.c.url.in_(urls) & reports.c.missed_at.is_not(None)
    conn.execute(update(reports).where(missing).values(missed_at=None, gone_at=None))


def put_into(conn: Connection, report_ids: Collection[int], conference_id: int) -> None:
    """Count reports towards a conference."""
    if report_ids:
        conn.execute(update(reports).where(reports.c.id.in_(report_ids)).values(conference_id=conference_id))


def get(conn: Connection, report_id: int) -> StoredReport | None:
    """One report."""
    row = conn.execute(select(reports).where(reports.c.id == report_id)).mappings().first()
    return stored(row) if row else None


def records_of(conn: Connection, report_ids: Collection[int]) -> dict[int, Conference]:
    """What each of these reports says of its conference."""
    if not report_ids:
        return {}
    statement = select(reports.c.id, reports.c.record).where(reports.c.id.in_(report_ids))
    return {row.id: records.conference(row.record) for row in conn.execute(statement)}


def by_url(conn: Connection, url: str) -> StoredReport | None:
    """The report on a page."""
    row = conn.execute(select(reports).where(reports.c.url == url)).mappings().first()
    return stored(row) if row else None


def tellings(conn: Connection, conference_id: int) -> list[Telling]:
    """What each report of a conference says of it, in the order they were found."""
    statement = (
        select(reports.c.verdict, reports.c.record, reports.c.date)
        .where(reports.c.conference_id == conference_id)
        .order_by(reports.c.id)
    )
    return [
        Telling(verdict=row.verdict, record=records.conference(row.record), date=row.date)
        for row in conn.execute(statement)
    ]


def of_conference(conn: Connection, conference_id: int) -> list[StoredReport]:
    """The reports of a conference, mirrors too, in the order they were found."""
    statement = select(reports).where(reports.c.conference_id == conference_id).order_by(reports.c.id)
    return [stored(row) for row in conn.execute(statement).mappings()]


def revisions_of(conn: Connection, report_id: int) -> list[Revision]:
    """The earlier texts of a report, the latest first."""
    statement = select(revisions).where(revisions.c.report_id == report_id).order_by(revisions.c.id.desc())
    return [
        Revision(**_without_snapshot(row), snapshot=records.snapshot(row)) for row in conn.execute(statement).mappings()
    ]


def stored(row: Mapping[Any, Any]) -> StoredReport:
    """The value of a whole row of the table."""
    typed = {
        "outcome": Outcome(row["outcome"]),
        "record": records.conference(row["record"]),
        "provenance": records.provenance(row["provenance"]),
        "fixes": records.several(Fix, row["fixes"]),
        "spam": records.several(SpamBlock, row["spam"]),
        "attachments": records.several(Attachment, row["attachments"]),
        "fingerprints": records.unpack(row["fingerprints"]),
        "snapshot": records.snapshot(row),
    }
    plain = _without_snapshot(row)
    for name in _COPIES:
        del plain[name]
    return StoredReport(**(plain | typed))


# Columns that repeat a fact of the record, so that lists can be filtered by it.
_KEPT = {"snapshot_id", "snapshot_file", "snapshot_offset", "snapshot_sha256", "site_id"}
_COPIES = ("kind", "level", "region_code", "year", "held_on")


def _without_snapshot(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("snapshot_")}


def _facts(report: Report) -> dict[str, Any]:
    """The columns that are read from the page."""
    article, document, page = report.article, report.article.document, report.article.document.page
    same_name = ("title", "title_hans", "label", "original_title", "date", "source", "author", "publisher")
    return {
        **{name: getattr(article, name) for name in (*same_name, "text", "text_hans")},
        **{name: getattr(report.conference, name) for name in _COPIES},
        **records.snapshot_columns(page.snapshot),
        "site_id": page.site_id,
        "verdict": report.provenance.verdict,
        "record": records.dump(report.conference),
        "provenance": records.dump(report.provenance),
        "fixes": _dumped(article.all_fixes),
        "spam": _dumped(document.spam_blocks),
        "attachments": _dumped(article.attachments),
        "charset": document.charset,
        "script": document.script,
        "body_sha256": report.body_sha256,
        "fingerprints": records.pack(report.fingerprints),
    }


def _dumped(values: Iterable[Fix | SpamBlock | Attachment]) -> list[dict[str, Any]]:
    return [records.dump(value) for value in values]

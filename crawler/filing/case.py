"""The writes that every kind of filing shares: the report's row, its conference, its messages, its page's outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection

from crawler.alerts.rules import AlertEvent, AlertRow, EventKind, alerts_for
from crawler.config import Subscription
from crawler.filing.baseline import addresses, is_past
from crawler.filing.events import agrees, together
from crawler.items import Conference, Outcome, Page, Report
from crawler.store import conferences, entries, outbox, outcomes, relations, reports
from crawler.store.conferences import StoredConference
from crawler.store.reports import StoredReport


@frozen(kw_only=True)
class Filed:
    """What became of a report."""

    outcome: Outcome
    report_id: int | None  # None: refused
    conference_id: int | None  # None: a mirror whose original is not known, or refused
    alerts: int = 0  # messages that were put into the outbox
    reason: str | None = None


@frozen(kw_only=True)
class Case:
    """One report on its way into the store."""

    conn: Connection
    report: Report
    now: datetime  # aware
    run_id: str | None
    subscriptions: Sequence[Subscription]
    baseline: bool  # it was there before the first look at its site
    told: bool | None  # the same, where the caller says so

    @property
    def page(self) -> Page:
        """The page that the report was read from."""
        return self.report.article.document.page

    @property
    def is_mirror(self) -> bool:
        """Whether it stands on a stranger's host."""
        return self.report.provenance.verdict == "mirror"


def insert(case: Case, outcome: Outcome, conference_id: int | None) -> int:
    """Add the report's row. Gives its number."""
    return reports.insert_report(
        case.conn,
        case.report,
        outcome=outcome,
        conference_id=conference_id,
        baseline=case.baseline,
        now=case.now,
        run_id=case.run_id,
    )


def draw(case: Case, from_id: int, to_id: int, kind: str, score: float) -> None:
    """Relate two reports."""
    relations.add(case.conn, from_id=from_id, to_id=to_id, kind=kind, score=score, now=case.now)


def refill(case: Case, conference_id: int, *, others: bool = False) -> Conference:
    """What all reports of a conference say together; worked out anew only where the report at hand may change it.

    ``others``: more has changed than that this report was added.
    """
    known = conferences.get(case.conn, conference_id)
    assert known is not None, "a report's conference is never deleted"
    if not others and _adds_nothing(case, known):
        return known.record
    told = reports.tellings(case.conn, conference_id)
    published = min((one.date[:10] for one in told if one.date), default=None)
    record = together([(one.verdict, one.record) for one in told])
    if (record, published) != (known.record, known.first_published_on):
        conferences.fill(case.conn, conference_id, record, published_on=published, now=case.now)
    return record


def _adds_nothing(case: Case, known: StoredConference) -> bool:
    """Every field of the report is empty or as the conference has it, so whatever its rank, it changes nothing."""
    published = (case.report.article.date or "")[:10]
    if published and (known.first_published_on is None or published < known.first_published_on):
        return False
    return agrees(case.report.conference, known.record)


def tells_else(case: Case, old: StoredReport) -> bool:
    """Whether a page's report says something else of its conference than it did."""
    now = (case.report.conference, case.report.provenance.verdict, case.report.article.date)
    return now != (old.record, old.verdict, old.date)


def tell(
    case: Case,
    kind: EventKind,
    report_id: int,
    conference_id: int,
    record: Conference,
    *,
    baseline: bool,
    reprint: bool = False,
) -> int:
    """Put a message into the outbox for everybody who should hear. Gives how many were put.

    A page about a conference of long ago is no news, whatever day it prints; a change of a known report is.
    """
    old = case.told is None and kind != "revision" and is_past(record, case.now)
    article = case.report.article
    event = AlertEvent(
        kind=kind,
        conference=record,
        conference_id=conference_id,
        report_id=report_id,
        title=article.title_hans,
        url=case.page.url,
        published=article.date,
        source=article.source,
        verdict=case.report.provenance.verdict,
        first_seen=case.now,
        site_id=case.page.site_id,
        reprint=reprint,
        baseline=baseline or old,
        text_hans=article.text_hans,
        body_sha256=case.report.body_sha256,
    )
    return sum(_put(case, alert) for alert in alerts_for(event, case.subscriptions))


def _put(case: Case, alert: AlertRow) -> bool:
    return outbox.put(
        case.conn,
        key=alert.key,
        subscription=alert.subscription,
        recipient=alert.recipient,
        payload=alert.payload,
        now=case.now,
        due=alert.due,
    )


def close(case: Case, filed: Filed) -> None:
    """Log the page's one outcome, and take it off what is still to fetch."""
    page = case.page
    outcomes.record(
        case.conn,
        run_id=case.run_id,
        url=page.url,
        site_id=page.site_id,
        outcome=filed.outcome,
        reason=filed.reason,
        snapshot=page.snapshot,
        now=case.now,
    )
    for url in addresses(page):
        entries.settle(case.conn, url=url, outcome=filed.outcome, now=case.now)

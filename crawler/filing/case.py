"""The writes that every kind of filing shares: the report's row, its conference, its messages, its page's outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection

from crawler.alerts.rules import AlertEvent, EventKind, alerts_for
from crawler.config import Subscription
from crawler.filing.baseline import addresses
from crawler.filing.events import together
from crawler.items import Outcome, Page, Report
from crawler.store import conferences, entries, outbox, outcomes, relations, reports


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


def refill(case: Case, conference_id: int) -> None:
    """Work out anew what all reports of a conference say together."""
    told = reports.tellings(case.conn, conference_id)
    days = [one.date[:10] for one in told if one.date]
    record = together([(one.verdict, one.record) for one in told])
    conferences.fill(case.conn, conference_id, record, published_on=min(days, default=None), now=case.now)


def tell(case: Case, kind: EventKind, report_id: int, conference_id: int, *, baseline: bool) -> int:
    """Put a message into the outbox for everybody who should hear. Gives how many were put."""
    conference = conferences.get(case.conn, conference_id)
    assert conference is not None, "it was filled a moment ago"
    article = case.report.article
    event = AlertEvent(
        kind=kind,
        conference=conference.record,
        conference_id=conference_id,
        report_id=report_id,
        title=article.title_hans,
        url=case.page.url,
        published=article.date,
        source=article.source,
        verdict=case.report.provenance.verdict,
        first_seen=case.now,
        baseline=baseline,
        text_hans=article.text_hans,
        body_sha256=case.report.body_sha256,
    )
    rows = alerts_for(event, case.subscriptions)
    return sum(
        outbox.put(
            case.conn,
            key=row.key,
            subscription=row.subscription,
            recipient=row.recipient,
            payload=row.payload,
            now=case.now,
        )
        for row in rows
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

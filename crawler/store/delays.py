"""How long news takes: from its publication until it was filed, and from then until the alert was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import frozen
from sqlalchemy import Connection, and_, select

from crawler.store.tables import outbox, reports
from crawler.workdays import CHINA

_MOST_ROWS = 20_000


@frozen(kw_only=True)
class Delays:
    """The delays of one site's reports, in minutes, the shortest first. Reports of a first look are not counted."""

    reports: int
    to_see: tuple[float, ...]  # only of pages that print the time of day
    to_send: tuple[float, ...]  # of the first alert of each report


def of_sites(conn: Connection, *, since: datetime) -> dict[str, Delays]:
    """The delays by site, of the reports filed since a moment (at most 20,000, the latest)."""
    sent = _first_sent(conn, since)
    statement = (
        select(reports.c.id, reports.c.site_id, reports.c.date, reports.c.first_seen_at)
        .where(
            reports.c.site_id.is_not(None),
            reports.c.baseline.is_(False),
            reports.c.verdict != "mirror",
            reports.c.first_seen_at >= since,
        )
        .order_by(reports.c.id.desc())
        .limit(_MOST_ROWS)
    )
    found: dict[str, tuple[list[float], list[float]]] = {}
    counts: dict[str, int] = {}
    for row in conn.execute(statement):
        to_see, to_send = found.setdefault(row.site_id, ([], []))
        counts[row.site_id] = counts.get(row.site_id, 0) + 1
        published = _moment(row.date)
        if published is not None:
            to_see.append(_minutes(row.first_seen_at - published))
        if row.id in sent:
            to_send.append(_minutes(sent[row.id] - row.first_seen_at))
    return {
        site_id: Delays(reports=counts[site_id], to_see=tuple(sorted(to_see)), to_send=tuple(sorted(to_send)))
        for site_id, (to_see, to_send) in sorted(found.items())
    }


def percentile(values: Sequence[float], part: float) -> float | None:
    """The value below which this part of the sorted values lies (nearest rank); None where there are none."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else None


def _first_sent(conn: Connection, since: datetime) -> dict[int, datetime]:
    """When the first alert of each report went out."""
    statement = (
        select(outbox.c.payload, outbox.c.sent_at)
        .where(and_(outbox.c.sent_at.is_not(None), outbox.c.created_at >= since))
        .order_by(outbox.c.id.desc())
        .limit(_MOST_ROWS)
    )
    first: dict[int, datetime] = {}
    for payload, sent_at in conn.execute(statement):
        number = (payload.get("report") or {}).get("id")
        if payload.get("event") in ("conference", "report") and number is not None:
            first[number] = min(sent_at, first.get(number, sent_at))
    return first


def _moment(text: str | None) -> datetime | None:
    """The moment that a page prints; None where it prints only a day."""
    if text is None or "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _minutes(delay: timedelta) -> float:
    return max(0.0, delay / timedelta(minutes=1))

"""Tells news from what was there before: only news alerts those who did not ask for the baseline."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from crawler.items import Conference, Page, Report
from crawler.store import entries, sources
from crawler.subscriptions import BEIJING

PAST = timedelta(days=90)  # a report may come late, but not by a season


def is_baseline(conn: Connection, report: Report) -> bool:
    """True for what a site's first look found, for articles older than that look by more than a day, and for
    pages of sites that are not watched (imports)."""
    page = report.article.document.page
    first = sources.first_look(conn, page.site_id) if page.site_id else None
    if first is None or any(entries.is_baseline(conn, url) for url in addresses(page)):
        return True
    published = _day(report.article.date)
    return published is not None and published < first.astimezone(BEIJING).date() - timedelta(days=1)


def is_past(record: Conference, now: datetime) -> bool:
    """True for a conference held long ago, or of a year that is long over: what tells of it now was put up again."""
    last = _day(record.held_on) or (date(record.year, 12, 31) if record.year else None)
    return last is not None and last < now.astimezone(BEIJING).date() - PAST


def is_watched(conn: Connection, page: Page) -> bool:
    """True where the page's site was looked at before."""
    return page.site_id is not None and sources.first_look(conn, page.site_id) is not None


def addresses(page: Page) -> list[str]:
    """Every address a page goes by: of the entry that led to it, as asked for, and after redirects."""
    known = (page.entry.url if page.entry else None, page.requested_url, page.url)
    return list(dict.fromkeys(url for url in known if url))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None

"""Sees to it that the file which is the report itself is fetched, where a page only points to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from crawler.extract import report_itself
from crawler.filing.baseline import addresses
from crawler.items import Article, Entry, Outcome, Rejected
from crawler.store import entries


def seek(conn: Connection, rejected: Rejected, *, now: datetime) -> bool:
    """Make the one file of a page without a text an entry of its site, under the page's headline and date."""
    article, page = rejected.last, rejected.page
    if not isinstance(article, Article) or rejected.outcome is not Outcome.OFF_TOPIC or page.site_id is None:
        return False
    file = report_itself(article.attachments, article.text)
    if file is None:
        return False
    entry = Entry(url=file.url, title=article.title, listed_on=(article.date or "")[:10] or None)
    baseline = any(entries.is_baseline(conn, url) for url in addresses(page))
    return entries.add(conn, site_id=page.site_id, entries=[entry], wanted={file.url}, now=now, baseline=baseline) > 0

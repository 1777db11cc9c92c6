"""Sees to it that the original of a mirror's page is fetched, where a site of the catalogue owns its host."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from crawler.catalog import Catalog
from crawler.filing.likeness import host_of, owner_of
from crawler.items import Entry, Report
from crawler.store import entries, reports, sources


def seek(conn: Connection, report: Report, catalog: Catalog, *, now: datetime) -> bool:
    """Make the original of a mirror's page an entry of its owner's site, to be fetched. False where none is to be.

    An original that was seen before is not asked for again: what became of it is known.
    """
    url = report.provenance.original_url
    if report.provenance.verdict != "mirror" or url is None:
        return False
    owner = owner_of(host_of(url), catalog)
    if owner is None or reports.by_url(conn, url) is not None or sources.hijacked(conn, [owner.id]):
        return False
    entry = Entry(url=url, title=report.article.title)
    return entries.add(conn, site_id=owner.id, entries=[entry], wanted={url}, now=now, baseline=False) > 0

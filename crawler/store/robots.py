"""The robots.txt files that let us in, so that not each look at a site asks for its file once more."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import asdict, frozen
from sqlalchemy import Connection, delete, select

from crawler.store.tables import columns, robots
from crawler.store.writes import insert_new

KEEP = timedelta(hours=24)  # RFC 9309 §2.4: no longer
MOST = 500 * 2**10  # bytes; RFC 9309 §2.5: so much has to be read


@frozen(kw_only=True)
class Robots:
    """What a web server answered when it was asked for its robots.txt."""

    url: str
    status: int
    body: bytes
    fetched_at: datetime


def kept(conn: Connection, url: str, *, now: datetime) -> Robots | None:
    """The file at an address, unless it is too old to hold."""
    row = conn.execute(select(*columns(robots, Robots)).where(robots.c.url == url)).first()
    return Robots(**row._asdict()) if row and now < row.fetched_at + KEEP else None


def keep(conn: Connection, answer: Robots) -> None:
    """Keep an answer in the place of the one before."""
    conn.execute(delete(robots).where(robots.c.url == answer.url))
    insert_new(conn, robots, [asdict(answer)])  # another crawl may have come first

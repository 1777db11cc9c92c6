"""When a source came into another state: one row a turn, for the operator's news and for the daily note."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection, func, insert, select

from crawler.store.tables import columns, source_turns


@frozen(kw_only=True)
class SourceTurn:
    """One turn. ``id`` grows: whoever told up to one goes on behind it."""

    id: int
    site_id: str
    at: datetime
    from_state: str
    to_state: str
    reason: str


def add(conn: Connection, *, site_id: str, at: datetime, from_state: str, to_state: str, reason: str) -> None:
    """Note a turn."""
    row = {"site_id": site_id, "at": at, "from_state": from_state, "to_state": to_state, "reason": reason}
    conn.execute(insert(source_turns).values(row))


def after(conn: Connection, turn_id: int, *, limit: int = 500) -> list[SourceTurn]:
    """The turns behind one, in their order: what is still to be told."""
    statement = select(*columns(source_turns, SourceTurn)).where(source_turns.c.id > turn_id)
    return [SourceTurn(**row._asdict()) for row in conn.execute(statement.order_by(source_turns.c.id).limit(limit))]


def last_before(conn: Connection, moment: datetime) -> int:
    """The number of the last turn before a moment; 0 where there is none."""
    return conn.scalar(select(func.max(source_turns.c.id)).where(source_turns.c.at < moment)) or 0


def recent(
    conn: Connection, *, site_id: str | None = None, since: datetime | None = None, limit: int = 100
) -> list[SourceTurn]:
    """The latest turns first, of one site or of all."""
    statement = select(*columns(source_turns, SourceTurn))
    if site_id is not None:
        statement = statement.where(source_turns.c.site_id == site_id)
    if since is not None:
        statement = statement.where(source_turns.c.at >= since)
    rows = conn.execute(statement.order_by(source_turns.c.id.desc()).limit(limit))
    return [SourceTurn(**row._asdict()) for row in rows]

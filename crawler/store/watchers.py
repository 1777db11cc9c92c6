"""The heartbeats of the watchers: by them others see that somebody watches."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from crawler.store.tables import watchers
from crawler.store.writes import insert_one_new

_FORGOTTEN = timedelta(days=30)  # after so long without a beat


def beat(conn: Connection, owner: str, *, now: datetime) -> None:
    """Say that this watcher lives. The first beat takes those away that have been silent for a month."""
    row = {"owner": owner, "started_at": now, "beat_at": now}
    if insert_one_new(conn, watchers, row):
        conn.execute(delete(watchers).where(watchers.c.beat_at < now - _FORGOTTEN))
    else:
        conn.execute(update(watchers).where(watchers.c.owner == owner).values(beat_at=now))


def last_beat(conn: Connection) -> datetime | None:
    """When any watcher was heard last; None where none ever watched this store."""
    heard: datetime | None = conn.scalar(select(func.max(watchers.c.beat_at)))
    return heard

"""The operator's daily notes: which day had one, and up to which turn of a source it told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from crawler.store.tables import notes
from crawler.store.writes import insert_one_new


def had(conn: Connection, day: str) -> bool:
    """True where the note of a day (YYYY-MM-DD) was made, with something in it or not."""
    return conn.scalar(select(notes.c.day).where(notes.c.day == day)) is not None


def told_up_to(conn: Connection) -> int | None:
    """The last turn that any note told of; None before the first note."""
    last: int | None = conn.scalar(select(func.max(notes.c.last_turn_id)))
    return last


def add(conn: Connection, *, day: str, last_turn_id: int, told: int, now: datetime) -> None:
    """Note that a day had its note."""
    insert_one_new(conn, notes, {"day": day, "last_turn_id": last_turn_id, "told": told, "made_at": now})

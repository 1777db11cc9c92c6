"""The conferences: one row for each event, told of by one or several reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, insert, select, update

from crawler.items import Conference
from crawler.store import records
from crawler.store.tables import conferences


@frozen(kw_only=True)
class StoredConference:
    """A conference with what all its reports say together."""

    id: int
    record: Conference
    first_published_on: str | None  # YYYY-MM-DD, of its earliest report
    first_seen_at: datetime
    updated_at: datetime


def create(conn: Connection, record: Conference, *, published_on: str | None, now: datetime) -> int:
    """Add a conference. Gives its number."""
    row = _columns(record) | {"first_published_on": published_on, "first_seen_at": now, "updated_at": now}
    key = conn.execute(insert(conferences), row).inserted_primary_key
    assert key is not None
    return int(key[0])


def fill(conn: Connection, conference_id: int, record: Conference, *, published_on: str | None, now: datetime) -> None:
    """Replace what is known of a conference."""
    values = _columns(record) | {"first_published_on": published_on, "updated_at": now}
    conn.execute(update(conferences).where(conferences.c.id == conference_id).values(values))


def get(conn: Connection, conference_id: int) -> StoredConference | None:
    """One conference."""
    row = conn.execute(select(conferences).where(conferences.c.id == conference_id)).mappings().first()
    return stored_conference(row) if row else None


def alike(conn: Connection, *, region_code: str, kind: str) -> list[StoredConference]:
    """The conferences of one kind in one region, of all years, the oldest first."""
    statement = (
        select(conferences)
        .where(conferences.c.region_code == region_code, conferences.c.kind == kind)
        .order_by(conferences.c.id)
    )
    return [stored_conference(row) for row in conn.execute(statement).mappings()]


def stored_conference(row: Mapping[Any, Any]) -> StoredConference:
    """The value of a whole row of the table."""
    return StoredConference(
        id=row["id"],
        record=records.conference(row["record"]),
        first_published_on=row["first_published_on"],
        first_seen_at=row["first_seen_at"],
        updated_at=row["updated_at"],
    )


def _columns(record: Conference) -> dict[str, Any]:
    names = ("name", "kind", "year", "level", "region_code", "region_name", "held_on")
    return {name: getattr(record, name) for name in names} | {"record": records.dump(record)}

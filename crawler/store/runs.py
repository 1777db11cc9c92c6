"""The record of each crawl or import: when, of what, why it ended and what it counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, insert, select, true, update

from crawler.store.tables import columns, runs


@frozen(kw_only=True)
class RunRecord:
    """One run. ``finished_at`` is None while it works, and for ever where it was killed."""

    id: str
    kind: str  # crawl, import, replay …
    sites: tuple[str, ...]
    started_at: datetime
    finished_at: datetime | None
    reason: str | None
    counts: Mapping[str, int]


def start(conn: Connection, *, run_id: str, kind: str, now: datetime, sites: Sequence[str] = ()) -> None:
    """Note that a run begins."""
    conn.execute(insert(runs).values(id=run_id, kind=kind, sites=list(sites), started_at=now))


def finish(conn: Connection, *, run_id: str, reason: str, counts: Mapping[str, int], now: datetime) -> None:
    """Note that a run ended, why, and what it counted."""
    values = {"finished_at": now, "reason": reason, "counts": dict(counts)}
    conn.execute(update(runs).where(runs.c.id == run_id).values(values))


def get(conn: Connection, run_id: str) -> RunRecord | None:
    """One run."""
    found = _read(conn, runs.c.id == run_id, 1)
    return found[0] if found else None


def recent(conn: Connection, *, limit: int = 20) -> list[RunRecord]:
    """The latest runs, the newest first."""
    return _read(conn, true(), limit)


def _read(conn: Connection, condition: ColumnElement[bool], limit: int) -> list[RunRecord]:
    statement = select(*columns(runs, RunRecord)).where(condition).order_by(runs.c.started_at.desc(), runs.c.id)
    rows = (row._asdict() for row in conn.execute(statement.limit(limit)))
    return [RunRecord(**(row | {"sites": tuple(row["sites"]), "counts": row["counts"] or {}})) for row in rows]

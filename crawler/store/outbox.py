"""The messages that are to be sent: written in the transaction that found the news, sent later by a worker.

A row leaves ``pending`` only after it was sent, or given up; a worker that is killed leaves its rows to the next one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import frozen
from sqlalchemy import Connection, func, select, update

from crawler.store.tables import columns, outbox
from crawler.store.writes import insert_one_new

State = Literal["pending", "sent", "dead"]


@frozen(kw_only=True)
class OutboxRow:
    """One message to one recipient."""

    id: int
    key: str  # idempotency key
    subscription: str
    recipient: str
    payload: dict[str, Any]
    attempts: int  # tries that failed
    created_at: datetime


@frozen(kw_only=True)
class OutboxState:
    """What became of one message so far."""

    id: int
    key: str
    subscription: str
    recipient: str
    payload: dict[str, Any]
    state: State
    attempts: int  # tries, the one that worked too
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    trace: str | None  # what the receiver answered
    error: str | None  # of the last try that failed


def put(
    conn: Connection, *, key: str, subscription: str, recipient: str, payload: dict[str, Any], now: datetime
) -> bool:
    """Add a message that is due at once. False where one with this key is there, in whatever state."""
    row = {
        "key": key,
        "subscription": subscription,
        "recipient": recipient,
        "payload": payload,
        "next_try_at": now,
        "created_at": now,
    }
    return insert_one_new(conn, outbox, row)


def lease(conn: Connection, *, now: datetime, limit: int, seconds: float) -> list[OutboxRow]:
    """Take messages that are due, the oldest first, and keep them from other workers for ``seconds``."""
    due = (
        select(*columns(outbox, OutboxRow))
        .where(outbox.c.state == "pending", outbox.c.next_try_at <= now)
        .order_by(outbox.c.next_try_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = [OutboxRow(**row._asdict()) for row in conn.execute(due)]
    if rows:
        conn.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in rows]))
            .values(next_try_at=now + timedelta(seconds=seconds))
        )
    return rows


def mark_sent(conn: Connection, *, id: int, now: datetime, trace: str | None = None) -> None:
    """The receiver has it."""
    values = {"state": "sent", "sent_at": now, "trace": trace, "error": None, "attempts": outbox.c.attempts + 1}
    conn.execute(update(outbox).where(outbox.c.id == id).values(values))


def mark_retry(
    conn: Connection, *, id: int, now: datetime, next_try_at: datetime, error: str, tried: bool = True
) -> None:
    """It failed for now and is due again at ``next_try_at``; ``tried=False``: put off, which counts as no try."""
    _failed(conn, id, next_try_at=next_try_at, error=error, attempts=outbox.c.attempts + int(tried))


def mark_dead(conn: Connection, *, id: int, now: datetime, error: str) -> None:
    """It failed for good, or too often; only `retry_dead` brings it back."""
    _failed(conn, id, state="dead", next_try_at=now, error=error, attempts=outbox.c.attempts + 1)


def retry_dead(conn: Connection, *, now: datetime, ids: Collection[int] | None = None) -> int:
    """Make given-up messages due again, all or the named ones. Gives how many."""
    statement = update(outbox).where(outbox.c.state == "dead")
    if ids is not None:
        statement = statement.where(outbox.c.id.in_(ids))
    return conn.execute(statement.values(state="pending", attempts=0, next_try_at=now)).rowcount


def rows(conn: Connection, *, state: State | None = None, limit: int = 100) -> list[OutboxState]:
    """The messages, the newest first."""
    statement = select(*columns(outbox, OutboxState)).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(outbox.c.state == state)
    return [OutboxState(**row._asdict()) for row in conn.execute(statement)]


def counts(conn: Connection) -> dict[str, int]:
    """How many messages are in each state; all three are named."""
    found = conn.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {"pending": 0, "sent": 0, "dead": 0} | dict(found.tuples().all())


def _failed(conn: Connection, id: int, **values: Any) -> None:
    """Only a pending row can fail: a worker whose lease ran out must not undo what the next one sent."""
    conn.execute(update(outbox).where(outbox.c.id == id, outbox.c.state == "pending").values(values))

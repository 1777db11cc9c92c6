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
    attempts: int  # tries that were begun before
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
    attempts: int
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
    """Take messages that are due, the oldest first, and keep them from other workers for ``seconds``.

    The try is counted here, so that a message that kills its worker does not come back for ever uncounted.
    """
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
            .values(next_try_at=now + timedelta(seconds=seconds), attempts=outbox.c.attempts + 1)
        )
    return rows


def mark_sent(conn: Connection, *, id: int, now: datetime, trace: str | None = None) -> None:
    """The receiver has it."""
    _update(conn, id, state="sent", sent_at=now, trace=trace, error=None)


def mark_retry(conn: Connection, *, id: int, now: datetime, next_try_at: datetime, error: str) -> None:
    """It failed for now."""
    _update(conn, id, state="pending", next_try_at=next_try_at, error=error)


def mark_dead(conn: Connection, *, id: int, now: datetime, error: str) -> None:
    """It failed for good, or too often; only `retry_dead` brings it back."""
    _update(conn, id, state="dead", next_try_at=now, error=error)


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
    return {"pending": 0, "sent": 0, "dead": 0} | {state: count for state, count in found}


def _update(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(update(outbox).where(outbox.c.id == id).values(values))

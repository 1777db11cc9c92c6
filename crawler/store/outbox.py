"""The alerts that are to be sent: written in the transaction that found the news, put together and sent later.

One row is one alert to one recipient. When it is due it joins a message, alone or with others; what a message holds and
its key are fixed in the store before it is sent for the first time, so that a repeat is the same message. All rows of a
message share their state. A row leaves ``pending`` only after it was sent, or given up; a worker that is killed leaves
its messages to the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import field, frozen
from sqlalchemy import Connection, func, or_, select, update

from crawler.store.engine import lock
from crawler.store.tables import columns, outbox
from crawler.store.writes import chunks, insert_one_new

State = Literal["pending", "sent", "dead"]


@frozen(kw_only=True)
class Waiting:
    """One alert that is due and in no message yet."""

    id: int
    key: str
    subscription: str
    recipient: str


@frozen(kw_only=True)
class OutboxMessage:
    """What goes to one recipient in one piece."""

    key: str  # idempotency key
    subscription: str
    recipient: str
    payloads: tuple[dict[str, Any], ...] = field(repr=False)  # of the first alerts in it, the oldest first
    count: int  # of all alerts in it
    attempts: int  # tries that failed
    made_at: datetime


@frozen(kw_only=True)
class OutboxState:
    """What became of one alert so far."""

    id: int
    key: str
    subscription: str
    recipient: str
    payload: dict[str, Any]
    state: State
    message: str | None  # the key of the message that it is in
    attempts: int  # tries, the one that worked too
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    trace: str | None  # what the receiver answered
    error: str | None  # of the last try that failed


def put(
    conn: Connection,
    *,
    key: str,
    subscription: str,
    recipient: str,
    payload: dict[str, Any],
    now: datetime,
    due: datetime | None = None,
) -> bool:
    """Add an alert that is due at once, or at ``due``. False where one with this key is there, in whatever state."""
    row = {
        "key": key,
        "subscription": subscription,
        "recipient": recipient,
        "payload": payload,
        "next_try_at": due or now,
        "created_at": now,
    }
    return insert_one_new(conn, outbox, row)


def waiting(conn: Connection, *, now: datetime) -> list[Waiting]:
    """The alerts that are due and in no message yet, the oldest first; nobody else puts them together meanwhile."""
    lock(conn, "outbox")
    found = select(*columns(outbox, Waiting)).where(
        outbox.c.state == "pending", outbox.c.message.is_(None), outbox.c.next_try_at <= now
    )
    return [Waiting(**row._asdict()) for row in conn.execute(found.order_by(outbox.c.id))]


def taken(conn: Connection, *, subscription: str, recipient: str, since: datetime) -> list[datetime]:
    """When the messages to a recipient were put together: those since then, and the older ones still to be sent."""
    made = (
        select(func.max(outbox.c.made_at))
        .where(outbox.c.subscription == subscription, outbox.c.recipient == recipient, outbox.c.message.is_not(None))
        .where(or_(outbox.c.made_at > since, outbox.c.state == "pending"))
        .group_by(outbox.c.message)
    )
    return sorted(moment for moment in conn.scalars(made) if moment is not None)


def join(conn: Connection, *, ids: Collection[int], message: str, now: datetime) -> None:
    """From now on these alerts are one message with this key."""
    for some in chunks(ids):
        conn.execute(update(outbox).where(outbox.c.id.in_(some)).values(message=message, made_at=now, next_try_at=now))


def part(conn: Connection, *, ids: Collection[int], now: datetime) -> None:
    """From now on each of these alerts is a message of its own, with its own key."""
    for some in chunks(ids):
        values = {"message": outbox.c.key, "made_at": now, "next_try_at": now}
        conn.execute(update(outbox).where(outbox.c.id.in_(some)).values(values))


def hold(conn: Connection, *, ids: Collection[int], until: datetime) -> None:
    """Leave these alerts alone till then."""
    for some in chunks(ids):
        conn.execute(update(outbox).where(outbox.c.id.in_(some)).values(next_try_at=until))


def lease(conn: Connection, *, now: datetime, limit: int, seconds: float, listed: int = 40) -> list[OutboxMessage]:
    """Take up to ``limit`` messages that are due, the oldest first, and keep them from other workers for ``seconds``.

    Each comes with the payloads of its first ``listed`` alerts.
    """
    lock(conn, "outbox")
    due = (
        select(outbox.c.message)
        .where(outbox.c.state == "pending", outbox.c.message.is_not(None), outbox.c.next_try_at <= now)
        .group_by(outbox.c.message)
        .order_by(func.min(outbox.c.next_try_at), func.min(outbox.c.id))
        .limit(limit)
    )
    keys = list(conn.scalars(due))
    if not keys:
        return []
    conn.execute(update(outbox).where(outbox.c.message.in_(keys)).values(next_try_at=now + timedelta(seconds=seconds)))
    found = {message.key: message for message in _messages(conn, keys, listed)}
    return [found[key] for key in keys]


def _messages(conn: Connection, keys: Sequence[str], listed: int) -> list[OutboxMessage]:
    place = func.row_number().over(partition_by=outbox.c.message, order_by=outbox.c.id)
    count = func.count().over(partition_by=outbox.c.message)
    numbered = select(outbox, place.label("place"), count.label("count")).where(outbox.c.message.in_(keys)).subquery()
    held: dict[str, list[Any]] = {}
    for row in conn.execute(select(numbered).where(numbered.c.place <= listed).order_by(numbered.c.id)):
        held.setdefault(row.message, []).append(row)
    return [
        OutboxMessage(
            key=key,
            subscription=rows[0].subscription,
            recipient=rows[0].recipient,
            payloads=tuple(row.payload for row in rows),
            count=rows[0].count,
            attempts=rows[0].attempts,
            made_at=rows[0].made_at,
        )
        for key, rows in held.items()
    ]


def posts_since(conn: Connection, *, subscriptions: Collection[str], since: datetime) -> int:
    """How many requests the messages of these subscriptions took since then, each counted with its last try."""
    last = (
        select(func.max(outbox.c.posts).label("posts"))
        .where(outbox.c.subscription.in_(list(subscriptions)), outbox.c.tried_at > since)
        .group_by(outbox.c.message)
        .subquery()
    )
    return int(conn.execute(select(func.coalesce(func.sum(last.c.posts), 0))).scalar_one())


def mark_sent(conn: Connection, *, message: str, now: datetime, trace: str | None = None, posts: int = 1) -> None:
    """The receiver has it; it took ``posts`` requests."""
    values = {"state": "sent", "sent_at": now, "trace": trace, "error": None, "attempts": outbox.c.attempts + 1}
    values |= {"tried_at": now, "posts": posts}
    conn.execute(update(outbox).where(outbox.c.message == message).values(values))


def mark_retry(
    conn: Connection, *, message: str, now: datetime, next_try_at: datetime, error: str | None, posts: int = 1
) -> None:
    """It failed for now and is due again at ``next_try_at``."""
    values = {"next_try_at": next_try_at, "error": error, "tried_at": now, "posts": posts}
    _failed(conn, message, attempts=outbox.c.attempts + 1, **values)


def put_off(conn: Connection, *, message: str, until: datetime, error: str | None = None) -> None:
    """It was not tried and is due again at ``until``; ``error``, where there is one, says why."""
    _failed(conn, message, next_try_at=until, **({"error": error} if error else {}))


def mark_dead(conn: Connection, *, message: str, now: datetime, error: str, posts: int = 1) -> None:
    """It failed for good, or too often; only `retry_dead` brings it back."""
    values = {"next_try_at": now, "error": error, "tried_at": now, "posts": posts}
    _failed(conn, message, state="dead", attempts=outbox.c.attempts + 1, **values)


def retry_dead(conn: Connection, *, now: datetime, ids: Collection[int] | None = None) -> int:
    """Make given-up alerts due again with the keys they had: all, or the messages of the named ones. Gives how many."""
    statement = update(outbox).where(outbox.c.state == "dead")
    if ids is not None:
        named = select(outbox.c.message).where(outbox.c.id.in_(list(ids)))
        statement = statement.where(outbox.c.message.in_(named))
    return conn.execute(statement.values(state="pending", attempts=0, next_try_at=now)).rowcount


def rows(conn: Connection, *, state: State | None = None, limit: int = 100) -> list[OutboxState]:
    """The alerts, the newest first."""
    statement = select(*columns(outbox, OutboxState)).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(outbox.c.state == state)
    return [OutboxState(**row._asdict()) for row in conn.execute(statement)]


def counts(conn: Connection) -> dict[str, int]:
    """How many alerts are in each state; all three are named."""
    found = conn.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {"pending": 0, "sent": 0, "dead": 0} | dict(found.tuples().all())


def oldest_due(conn: Connection) -> datetime | None:
    """Since when, or from when on, the first of the alerts that are to be sent is due."""
    pending = outbox.c.state == "pending"
    due: datetime | None = conn.scalar(select(func.min(outbox.c.next_try_at)).where(pending))
    return due


def _failed(conn: Connection, message: str, **values: Any) -> None:
    """Only what is pending can fail: a worker whose lease ran out must not undo what the next one sent."""
    conn.execute(update(outbox).where(outbox.c.message == message, outbox.c.state == "pending").values(values))

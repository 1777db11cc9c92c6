"""The state of each catalogue site: when it was looked at, when it is due, and who looks at it now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import frozen
from sqlalchemy import Connection, and_, or_, select, update

from crawler.store.tables import columns, sources
from crawler.store.writes import insert_new


@frozen(kw_only=True)
class SourceState:
    """What is known of one site's looks."""

    site_id: str
    state: str  # new, ok, failing
    first_looked_at: datetime | None
    last_looked_at: datetime | None
    last_ok_at: datetime | None
    next_due_at: datetime | None
    failures: int  # in a row
    failure: str | None  # why the last look did not go well
    lease_owner: str | None
    lease_until: datetime | None


def claim_due(
    conn: Connection, *, site_ids: Sequence[str], now: datetime, limit: int, owner: str, lease_seconds: float
) -> list[str]:
    """Lease up to ``limit`` of these sites that are due and that nobody else looks at, the longest due first.

    A site never seen is due at once. A lease that ran out is free: its owner is taken for dead.
    """
    insert_new(conn, sources, [{"site_id": site_id} for site_id in dict.fromkeys(site_ids)])
    due = or_(sources.c.next_due_at.is_(None), sources.c.next_due_at <= now)
    free = or_(sources.c.lease_until.is_(None), sources.c.lease_until <= now)
    statement = (
        select(sources.c.site_id)
        .where(sources.c.site_id.in_(site_ids), due, free)
        .order_by(sources.c.next_due_at.asc().nulls_first(), sources.c.site_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = list(conn.scalars(statement))
    if claimed:
        conn.execute(
            update(sources)
            .where(sources.c.site_id.in_(claimed))
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds))
        )
    return claimed


def renew(conn: Connection, *, owner: str, now: datetime, lease_seconds: float) -> int:
    """Hold every lease of this owner for longer. Gives how many."""
    held = and_(sources.c.lease_owner == owner, sources.c.lease_until > now)
    values = {"lease_until": now + timedelta(seconds=lease_seconds)}
    return conn.execute(update(sources).where(held).values(values)).rowcount


def release(conn: Connection, *, owner: str) -> int:
    """Give every lease of this owner back, for a stop in good order. Gives how many."""
    mine = sources.c.lease_owner == owner
    return conn.execute(update(sources).where(mine).values(lease_owner=None, lease_until=None)).rowcount


def begin_look(conn: Connection, *, site_id: str, now: datetime) -> datetime:
    """Note that a look at the site begins. Gives when the first one began: ``now`` for the first."""
    insert_new(conn, sources, [{"site_id": site_id}])
    never = and_(sources.c.site_id == site_id, sources.c.first_looked_at.is_(None))
    conn.execute(update(sources).where(never).values(first_looked_at=now))
    first = first_look(conn, site_id)
    assert first is not None
    return first


def finish_look(
    conn: Connection, *, site_id: str, now: datetime, next_due_at: datetime, failure: str | None = None
) -> None:
    """Note how a look ended (``failure`` says why it did not go well), when the next is due; give the lease back."""
    insert_new(conn, sources, [{"site_id": site_id}])
    how = (
        {"state": "ok", "failures": 0, "failure": None, "last_ok_at": now}
        if failure is None
        else {"state": "failing", "failures": sources.c.failures + 1, "failure": failure}
    )
    when = {"last_looked_at": now, "next_due_at": next_due_at, "lease_owner": None, "lease_until": None}
    conn.execute(update(sources).where(sources.c.site_id == site_id).values(how | when))


def first_look(conn: Connection, site_id: str) -> datetime | None:
    """When the site was first looked at."""
    return conn.scalar(select(sources.c.first_looked_at).where(sources.c.site_id == site_id))


def had_good_look(conn: Connection, site_id: str) -> bool:
    """True once a look at the site ended well. Until then every look is its first: what it finds is the baseline."""
    return conn.scalar(select(sources.c.last_ok_at).where(sources.c.site_id == site_id)) is not None


def all_states(conn: Connection) -> list[SourceState]:
    """Every site that was ever looked at or claimed."""
    statement = select(*columns(sources, SourceState)).order_by(sources.c.site_id)
    return [SourceState(**row._asdict()) for row in conn.execute(statement)]

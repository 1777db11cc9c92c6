"""The state of each catalogue site: when it was looked at, when it is due, and who looks at it now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import asdict, frozen
from sqlalchemy import Connection, and_, case, func, not_, or_, select, update

from crawler.store import turns
from crawler.store.tables import columns, sources
from crawler.store.writes import insert_new

HIJACKED = "hijacked"


@frozen(kw_only=True)
class SourceState:
    """What is known of one site's looks."""

    site_id: str
    state: str  # crawler/health.py names them
    state_since: datetime | None
    state_why: str | None
    first_looked_at: datetime | None
    last_looked_at: datetime | None
    last_ok_at: datetime | None
    next_due_at: datetime | None
    failures: int  # in a row
    failure: str | None  # why the last look did not go well
    turned_at: datetime | None  # since when its host is taken for a stranger's: state hijacked
    turned_why: str | None
    lease_owner: str | None
    lease_until: datetime | None


@frozen(kw_only=True)
class Learned:
    """What the looks at a site taught, in the form of health.py and schedule/rhythm.py."""

    state: str
    state_since: datetime | None
    state_why: str
    faults: Mapping[str, Any]  # by address of the listing
    rhythm: Mapping[str, Any] | None
    requests_per_day: float  # for its listings, that its rhythm asks for


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


def leased(conn: Connection, *, now: datetime) -> list[str]:
    """The sites that somebody looks at."""
    return list(conn.scalars(select(sources.c.site_id).where(sources.c.lease_until > now)))


def release(conn: Connection, *, owner: str) -> int:
    """Give every lease of this owner back. Gives how many."""
    mine = sources.c.lease_owner == owner
    return conn.execute(update(sources).where(mine).values(lease_owner=None, lease_until=None)).rowcount


def put_off(
    conn: Connection, *, site_ids: Sequence[str], now: datetime, seconds: float, failure: str | None = None
) -> None:
    """Let those of these sites that are still due wait; with a ``failure``, twice as long for each in a row."""
    due = or_(sources.c.next_due_at.is_(None), sources.c.next_due_at <= now)
    for site_id, failures in conn.execute(
        select(sources.c.site_id, sources.c.failures).where(sources.c.site_id.in_(site_ids), due)
    ).all():
        wait = timedelta(seconds=seconds) * (2 ** min(failures, 4) if failure else 1)
        how = {"failures": failures + 1, "failure": failure} if failure else {}
        mine = sources.c.site_id == site_id
        conn.execute(update(sources).where(mine).values(how | {"next_due_at": now + wait}))


def begin_look(conn: Connection, *, site_id: str, now: datetime) -> datetime:
    """Note that a look at the site begins. Gives when the first one began: ``now`` for the first."""
    insert_new(conn, sources, [{"site_id": site_id}])
    never = and_(sources.c.site_id == site_id, sources.c.first_looked_at.is_(None))
    conn.execute(update(sources).where(never).values(first_looked_at=now))
    first = first_look(conn, site_id)
    assert first is not None
    return first


def finish_look(
    conn: Connection,
    *,
    site_id: str,
    now: datetime,
    next_due_at: datetime,
    failure: str | None = None,
    learned: Learned | None = None,
) -> None:
    """Note how a look ended (``failure`` says why it did not go well), when the next is due; give the lease back."""
    insert_new(conn, sources, [{"site_id": site_id}])
    how: dict[str, Any] = (
        {"failures": 0, "failure": None, "last_ok_at": now}
        if failure is None
        else {"failures": sources.c.failures + 1, "failure": failure}
    )
    if learned is not None:
        # Only a person's word ends the state hijacked, not a look that went well.
        state = case((sources.c.state == HIJACKED, HIJACKED), else_=learned.state)
        how |= asdict(learned, recurse=False) | {"state": state}
    when = {"last_looked_at": now, "next_due_at": next_due_at, "lease_owner": None, "lease_until": None}
    conn.execute(update(sources).where(sources.c.site_id == site_id).values(how | when))


def turn(conn: Connection, *, site_id: str, why: str, now: datetime) -> bool:
    """Take a site's host for a stranger's. False where it is already, or a person said to overlook this very sign."""
    insert_new(conn, sources, [{"site_id": site_id}])
    overlooked = func.coalesce(sources.c.trusted_why, "") == why
    mine = and_(sources.c.site_id == site_id, sources.c.state != HIJACKED, not_(overlooked))
    before = conn.scalar(select(sources.c.state).where(mine))
    if before is None:
        return False
    since = {"state_since": now, "state_why": why}
    conn.execute(update(sources).where(mine).values(since | {"state": HIJACKED, "turned_at": now, "turned_why": why}))
    turns.add(conn, site_id=site_id, at=now, from_state=before, to_state=HIJACKED, reason=why)
    return True


def doubt(conn: Connection, *, site_id: str, url: str, now: datetime, days: float = 7) -> bool:
    """Note a page of planted text on a site's own host. True where another one was noted in the last ``days``."""
    insert_new(conn, sources, [{"site_id": site_id}])
    mine = sources.c.site_id == site_id
    before = conn.execute(select(sources.c.doubted_url, sources.c.doubted_at).where(mine)).one()
    conn.execute(update(sources).where(mine).values(doubted_url=url, doubted_at=now))
    return (
        before.doubted_at is not None and before.doubted_url != url and before.doubted_at >= now - timedelta(days=days)
    )


def trust(conn: Connection, *, site_id: str, overlook: bool, now: datetime) -> bool:
    """End the state hijacked, on a person's word; ``overlook``: the sign that led to it counts no more.

    False where the site is not in that state.
    """
    turned = and_(sources.c.site_id == site_id, sources.c.state == HIJACKED)
    values: dict[str, Any] = {
        "state": "new",
        "state_since": now,
        "state_why": None,
        "turned_at": None,
        "turned_why": None,
        "doubted_url": None,
        "doubted_at": None,
    }
    if overlook:
        values["trusted_why"] = sources.c.turned_why
    if not conn.execute(update(sources).where(turned).values(values)).rowcount:
        return False
    turns.add(conn, site_id=site_id, at=now, from_state=HIJACKED, to_state="new", reason="a person trusts it")
    return True


def hijacked(conn: Connection, site_ids: Collection[str], *, at: datetime | None = None) -> bool:
    """True where the host of any of these sites is taken for a stranger's; ``at``: and was so at that time."""
    if not site_ids:
        return False
    statement = select(sources.c.site_id).where(sources.c.site_id.in_(site_ids), sources.c.state == HIJACKED)
    if at is not None:
        statement = statement.where(sources.c.turned_at <= at)
    return conn.execute(statement.limit(1)).first() is not None


def first_look(conn: Connection, site_id: str) -> datetime | None:
    """When the site was first looked at."""
    return conn.scalar(select(sources.c.first_looked_at).where(sources.c.site_id == site_id))


def had_good_look(conn: Connection, site_id: str) -> bool:
    """True once a look at the site ended well. Until then every look is its first: what it finds is the baseline."""
    return conn.scalar(select(sources.c.last_ok_at).where(sources.c.site_id == site_id)) is not None


def learned(conn: Connection, site_ids: Sequence[str]) -> dict[str, Learned]:
    """What is known of these sites so far."""
    wanted = sources.c.site_id.in_(site_ids)
    rows = conn.execute(select(sources.c.site_id, *columns(sources, Learned)).where(wanted)).mappings()
    return {row["site_id"]: Learned(**{name: row[name] for name in row if name != "site_id"}) for row in rows}


def requests_per_day(conn: Connection, site_ids: Collection[str]) -> float:
    """The requests for listings that the rhythms of these sites ask for, all together."""
    rows = conn.execute(select(sources.c.site_id, sources.c.requests_per_day))
    return sum(asked or 0.0 for site_id, asked in rows if site_id in site_ids)


def all_states(conn: Connection) -> list[SourceState]:
    """Every site that was ever looked at or claimed."""
    statement = select(*columns(sources, SourceState)).order_by(sources.c.site_id)
    return [SourceState(**row._asdict()) for row in conn.execute(statement)]

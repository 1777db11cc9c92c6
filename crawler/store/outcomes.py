"""The page log: what became of every fetched page, once each; what was refused in it is the quarantine."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Select, func, insert, select, update

from crawler.items import Outcome, SnapshotRef
from crawler.store import records
from crawler.store.tables import outcomes

# Refused on account of what the page holds: a person may want to look, and a better rule may let it through.
QUARANTINED = (
    Outcome.SPAM,
    Outcome.MIRROR,
    Outcome.OFF_TOPIC,
    Outcome.EMPTY,
    Outcome.UNDECODABLE,
    Outcome.FAILED,
)


@frozen(kw_only=True)
class LoggedPage:
    """One line of the page log."""

    id: int
    run_id: str | None
    at: datetime
    url: str
    site_id: str | None
    outcome: Outcome
    reason: str | None
    stage: str | None
    evidence: tuple[str, ...]
    snapshot: SnapshotRef | None
    choice_id: int | None  # what a person chose for it or its like


def record(
    conn: Connection,
    *,
    run_id: str | None,
    url: str,
    site_id: str | None,
    outcome: Outcome,
    now: datetime,
    reason: str | None = None,
    snapshot: SnapshotRef | None = None,
    stage: str | None = None,
    evidence: Sequence[str] = (),
) -> int:
    """Log one fetched page. Gives the line's number."""
    row = {
        "run_id": run_id,
        "at": now,
        "url": url,
        "site_id": site_id,
        "outcome": outcome.value,
        "reason": reason,
        "stage": stage,
        "evidence": list(evidence),
    }
    key = conn.execute(insert(outcomes), row | records.snapshot_columns(snapshot)).inserted_primary_key
    assert key is not None
    return int(key[0])


def counts(conn: Connection, run_id: str | None = None) -> dict[str, int]:
    """How many pages ended in each outcome, in one run or in all."""
    statement = select(outcomes.c.outcome, func.count()).group_by(outcomes.c.outcome).order_by(outcomes.c.outcome)
    if run_id is not None:
        statement = statement.where(outcomes.c.run_id == run_id)
    return dict(conn.execute(statement).tuples().all())


def recent(conn: Connection, *, run_id: str | None = None, limit: int = 50) -> list[LoggedPage]:
    """The pages that were logged last, the latest first."""
    statement = select(outcomes)
    if run_id is not None:
        statement = statement.where(outcomes.c.run_id == run_id)
    return _read(conn, statement.limit(limit))


def quarantine(
    conn: Connection,
    *,
    outcome: Outcome | None = None,
    site_id: str | None = None,
    run_id: str | None = None,
    undecided: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[LoggedPage]:
    """What was refused, the latest first; all kinds of QUARANTINED, or one outcome.

    ``undecided=True`` leaves out what a person has chosen for, itself or by its like.
    """
    wanted = QUARANTINED if outcome is None else (outcome,)
    statement = select(outcomes).where(outcomes.c.outcome.in_([one.value for one in wanted]))
    if site_id is not None:
        statement = statement.where(outcomes.c.site_id == site_id)
    if run_id is not None:
        statement = statement.where(outcomes.c.run_id == run_id)
    if undecided:
        statement = statement.where(outcomes.c.choice_id.is_(None))
    return _read(conn, statement.limit(limit).offset(offset))


def get(conn: Connection, number: int) -> LoggedPage | None:
    """One line of the page log."""
    return next(iter(_read(conn, select(outcomes).where(outcomes.c.id == number))), None)


def kept_pages(
    conn: Connection,
    *,
    since: datetime | None = None,
    site_id: str | None = None,
    outcome: Outcome | None = None,
) -> array[int]:
    """The last line of every page whose bytes are kept and which was there, in their order; eight bytes each."""
    there = outcomes.c.outcome.not_in([Outcome.GONE.value, Outcome.REFUSED.value])
    last = select(func.max(outcomes.c.id)).where(outcomes.c.snapshot_id.is_not(None), there).group_by(outcomes.c.url)
    statement = select(outcomes.c.id).where(outcomes.c.id.in_(last)).order_by(outcomes.c.id)
    if since is not None:
        statement = statement.where(outcomes.c.at >= since)
    if site_id is not None:
        statement = statement.where(outcomes.c.site_id == site_id)
    if outcome is not None:
        statement = statement.where(outcomes.c.outcome == outcome.value)
    return array("q", conn.scalars(statement.execution_options(yield_per=1000)))


def decide(conn: Connection, number: int, choice_id: int | None) -> None:
    """Note which choice a logged page was decided by."""
    conn.execute(update(outcomes).where(outcomes.c.id == number).values(choice_id=choice_id))


def decide_last(conn: Connection, *, run_id: str, url: str, choice_id: int) -> None:
    """The same for the line of an address that a run logged last."""
    same = (outcomes.c.run_id == run_id, outcomes.c.url == url)
    last = select(func.max(outcomes.c.id)).where(*same).scalar_subquery()
    conn.execute(update(outcomes).where(outcomes.c.id == last).values(choice_id=choice_id))


def _read(conn: Connection, statement: Select[Any]) -> list[LoggedPage]:
    rows = conn.execute(statement.order_by(outcomes.c.id.desc())).mappings()
    return [
        LoggedPage(
            id=row["id"],
            run_id=row["run_id"],
            at=row["at"],
            url=row["url"],
            site_id=row["site_id"],
            outcome=Outcome(row["outcome"]),
            reason=row["reason"],
            stage=row["stage"],
            evidence=tuple(row["evidence"]),
            snapshot=records.snapshot(row),
            choice_id=row["choice_id"],
        )
        for row in rows
    ]

"""What people chose for refused pages, release or confirm, and which later pages follow a choice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from attrs import asdict, frozen
from sqlalchemy import Connection, delete, insert, select, update

from crawler.items import Outcome
from crawler.store.tables import choices, outcomes

Chosen = Literal["release", "confirm"]


@frozen(kw_only=True)
class Marks:
    """What makes one refused page like another."""

    outcome: Outcome
    place: str  # the catalogue site that owns its host, else the host
    reason_kind: str  # the fixed words of the reason
    body_sha256: str  # of the normalised body; empty where there is none


@frozen(kw_only=True)
class Choice:
    """What a person chose for a page with these marks."""

    id: int
    verdict: Chosen
    marks: Marks
    made_at: datetime


def best(marks: Marks, known: Iterable[Choice]) -> Choice | None:
    """The choice that a page follows: one on its very text before one on its place; of equals the latest. Pure."""

    def fit(choice: Choice) -> int:
        if choice.marks.outcome != marks.outcome:
            return 0
        if marks.body_sha256 and choice.marks.body_sha256 == marks.body_sha256:
            return 2
        same_place = (choice.marks.place, choice.marks.reason_kind) == (marks.place, marks.reason_kind)
        return 1 if same_place and marks.place else 0

    return max((choice for choice in known if fit(choice)), key=lambda choice: (fit(choice), choice.id), default=None)


def add(conn: Connection, verdict: Chosen, marks: Marks, *, now: datetime) -> int:
    """Remember a choice. Gives its number."""
    row = asdict(marks) | {"outcome": marks.outcome.value, "verdict": verdict, "made_at": now}
    key = conn.execute(insert(choices).values(row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def forget(conn: Connection, number: int) -> bool:
    """Forget a choice; what it decided is undecided again. False where there is none."""
    conn.execute(update(outcomes).where(outcomes.c.choice_id == number).values(choice_id=None))
    return bool(conn.execute(delete(choices).where(choices.c.id == number)).rowcount)


def remembered(conn: Connection, outcome: Outcome | None = None) -> list[Choice]:
    """Every choice, or those on pages of one outcome, the latest first."""
    statement = select(choices).order_by(choices.c.id.desc())
    if outcome is not None:
        statement = statement.where(choices.c.outcome == outcome.value)
    return [
        Choice(
            id=row.id,
            verdict=row.verdict,
            marks=Marks(
                outcome=Outcome(row.outcome),
                place=row.place,
                reason_kind=row.reason_kind,
                body_sha256=row.body_sha256,
            ),
            made_at=row.made_at,
        )
        for row in conn.execute(statement)
    ]

"""What one report is to another: the graph of who carried whose text."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen
from sqlalchemy import Connection, or_, select

from crawler.store.tables import columns, relations
from crawler.store.writes import insert_one_new

KINDS = ("reprint_of", "excerpt_of", "revision_of", "repeat_later", "same_page_as", "altered_copy_of")
_TO_THE_ORIGINAL = ("reprint_of", "same_page_as", "altered_copy_of")
_MOST_HOPS = 20


@frozen(kw_only=True)
class Related:
    """One arrow of the graph: ``from_id`` is the ``kind`` of ``to_id``."""

    from_id: int
    to_id: int
    kind: str  # of KINDS
    score: float  # share of the shorter text that both have, 0..1
    created_at: datetime


def add(conn: Connection, *, from_id: int, to_id: int, kind: str, score: float, now: datetime) -> bool:
    """Draw an arrow. False where it is there, or would lead from a report to itself."""
    if from_id == to_id:
        return False
    row = {"from_id": from_id, "to_id": to_id, "kind": kind, "score": score, "created_at": now}
    return insert_one_new(conn, relations, row)


def of(conn: Connection, report_id: int) -> list[Related]:
    """Every arrow from or to a report, the oldest first."""
    touching = or_(relations.c.from_id == report_id, relations.c.to_id == report_id)
    statement = select(*columns(relations, Related)).where(touching).order_by(relations.c.created_at)
    return [Related(**row._asdict()) for row in conn.execute(statement)]


def original(conn: Connection, report_id: int) -> int:
    """The report at the end of the arrows from copies to what they copied; the report itself where it has none."""
    seen = {report_id}
    while len(seen) < _MOST_HOPS:
        statement = (
            select(relations.c.to_id)
            .where(relations.c.from_id == report_id, relations.c.kind.in_(_TO_THE_ORIGINAL))
            .order_by(relations.c.score.desc(), relations.c.to_id)
            .limit(1)
        )
        following = conn.scalar(statement)
        if following is None or following in seen:
            break
        report_id = following
        seen.add(report_id)
    return report_id

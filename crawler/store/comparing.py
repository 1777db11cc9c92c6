"""What of the stored reports is compared with the text of a new one."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from attrs import field, frozen
from sqlalchemy import Connection, bindparam, func, select

from crawler.items import Verdict
from crawler.store import records
from crawler.store.tables import columns, reports


@frozen(kw_only=True)
class Comparable:
    """What of a report is compared with a new one."""

    id: int
    conference_id: int | None
    verdict: Verdict
    title_hans: str
    text_hans: str = field(repr=False)
    date: str | None
    held_on: str | None
    body_sha256: str


class Size(NamedTuple):
    """How much text a report has, and whether it is the very text that was asked for."""

    report_id: int
    fingerprints: int
    is_same: bool


# Built once: every page that is filed asks these.
_THESE = reports.c.id.in_(bindparam("ids", expanding=True))
_OF_BODY = reports.c.body_sha256 == bindparam("body")
_SIZES = (
    select(reports.c.id, func.length(reports.c.fingerprints), _OF_BODY)
    .where(_THESE | _OF_BODY)
    .order_by(_OF_BODY, reports.c.id)  # those that were asked for before those that merely are the same
    .limit(bindparam("at_most"))
)
_COMPARABLE = select(*columns(reports, Comparable)).where(_THESE)


def comparable(conn: Connection, report_ids: Collection[int]) -> list[Comparable]:
    """What of these reports is compared, in the order of the numbers given."""
    if not report_ids:
        return []
    found = {row.id: Comparable(**row._asdict()) for row in conn.execute(_COMPARABLE, {"ids": list(report_ids)})}
    return [found[report_id] for report_id in report_ids if report_id in found]


def sizes(conn: Connection, report_ids: Collection[int], body_sha256: str, *, most_same: int = 20) -> list[Size]:
    """The sizes of these reports, and of the oldest with this very text, normalised."""
    asked = {"ids": list(report_ids), "body": body_sha256, "at_most": len(report_ids) + most_same}
    rows = conn.execute(_SIZES, asked).tuples()
    return [Size(number, length // records.PACKED, bool(same)) for number, length, same in rows]

"""The rows that find the same text again: one for each fingerprint of each report that stands for its text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from crawler.store.tables import fingerprints
from crawler.store.writes import chunks, insert_new

MAX_DF = 50  # a fingerprint that more reports share is a phrase of the trade and tells nothing
_FEW = 4  # fingerprints of about a hundred letters


def add(conn: Connection, *, report_id: int, keys: Sequence[int], max_df: int = MAX_DF) -> None:
    """Index a report's fingerprints; those that too many reports share already are left out.

    So no fingerprint has more than ``max_df`` + 1 rows, and looking one up costs the same however large the store is.
    """
    owners = _owners(conn, keys)
    rare = [key for key in dict.fromkeys(keys) if len(owners[key]) <= max_df]
    insert_new(conn, fingerprints, [{"k": key, "report_id": report_id} for key in rare])


def candidates(
    conn: Connection, keys: Sequence[int], *, max_df: int = MAX_DF, limit: int = 20
) -> list[tuple[int, int]]:
    """The reports that share fingerprints with these, and how many, the most first. Common ones do not count.

    One in common is a quotation, unless the text is so short that it has but a few.
    """
    shared: Counter[int] = Counter()
    for reports in _owners(conn, keys).values():
        if len(reports) <= max_df:
            shared.update(reports)
    least = 1 if len(keys) < _FEW else 2
    enough = [pair for pair in shared.items() if pair[1] >= least]
    return sorted(enough, key=lambda pair: (-pair[1], pair[0]))[:limit]


def remove(conn: Connection, *, report_id: int, keys: Sequence[int]) -> int:
    """Take a report's fingerprints out. Gives how many were there."""
    removed = 0
    for chunk in chunks(dict.fromkeys(keys)):
        these = fingerprints.c.k.in_(chunk)
        removed += conn.execute(delete(fingerprints).where(these, fingerprints.c.report_id == report_id)).rowcount
    return removed


def _owners(conn: Connection, keys: Sequence[int]) -> dict[int, list[int]]:
    owners: dict[int, list[int]] = defaultdict(list)
    for chunk in chunks(dict.fromkeys(keys)):
        statement = select(fingerprints.c.k, fingerprints.c.report_id).where(fingerprints.c.k.in_(chunk))
        for key, report_id in conn.execute(statement):
            owners[key].append(report_id)
    return owners

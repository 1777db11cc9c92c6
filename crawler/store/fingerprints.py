"""The rows that find the same text again: one for each fingerprint of each report that stands for its text."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, TextClause, text

MAX_DF = 50  # a fingerprint that more reports share is a phrase of the trade and tells nothing
_FEW = 4  # fingerprints of about a hundred letters


@frozen(kw_only=True)
class Asked:
    """What the rows say of a text's fingerprints."""

    shared: dict[int, int]  # report number: how many fingerprints it has in common with the text, the most first
    rare: tuple[int, ...] = field(repr=False)  # the fingerprints that few reports share: those worth a row


@frozen
class _Statements:
    """All fingerprints of a text travel as one value, so each question is one statement of a fixed wording."""

    ask: TextClause
    add: TextClause
    remove: TextClause


_STATEMENTS = {
    "sqlite": _Statements(
        text("SELECT k, report_id FROM fingerprints WHERE k IN (SELECT value FROM json_each(:keys))"),
        text(
            "INSERT INTO fingerprints (k, report_id) SELECT value, :report_id FROM json_each(:keys)"
            " WHERE true ON CONFLICT DO NOTHING"  # without WHERE, ON would be read as a join's
        ),
        text("DELETE FROM fingerprints WHERE k IN (SELECT value FROM json_each(:keys)) AND report_id = :report_id"),
    ),
    "postgresql": _Statements(
        text("SELECT k, report_id FROM fingerprints WHERE k = ANY(CAST(:keys AS bigint[]))"),
        text(
            "INSERT INTO fingerprints (k, report_id) SELECT unnest(CAST(:keys AS bigint[])), :report_id"
            " ON CONFLICT DO NOTHING"
        ),
        text("DELETE FROM fingerprints WHERE k = ANY(CAST(:keys AS bigint[])) AND report_id = :report_id"),
    ),
}


def ask(conn: Connection, keys: Sequence[int], *, max_df: int = MAX_DF, limit: int = 20) -> Asked:
    """The reports that share fingerprints with these, and which of these are worth a row.

    Common ones do not count. One in common is a quotation, unless the text is so short that it has but a few.
    """
    owners: defaultdict[int, list[int]] = defaultdict(list)
    for key, report_id in conn.execute(_STATEMENTS[conn.dialect.name].ask, {"keys": _listed(conn, keys)}).all():
        owners[key].append(report_id)
    hits: Counter[int] = Counter()
    for reports in owners.values():
        if len(reports) <= max_df:
            hits.update(reports)
    least = 1 if len(keys) < _FEW else 2
    enough = sorted((pair for pair in hits.items() if pair[1] >= least), key=lambda pair: (-pair[1], pair[0]))
    rare = tuple(key for key in dict.fromkeys(keys) if len(owners.get(key, ())) <= max_df)
    return Asked(shared=dict(enough[:limit]), rare=rare)


def add(conn: Connection, *, report_id: int, keys: Sequence[int]) -> None:
    """Index a report under these fingerprints: the rare ones that ``ask`` gave in the same transaction.

    So no fingerprint has more than MAX_DF + 1 rows, and looking one up costs the same however large the store is.
    """
    row = {"keys": _listed(conn, keys), "report_id": report_id}
    conn.execute(_STATEMENTS[conn.dialect.name].add, row)


def remove(conn: Connection, *, report_id: int, keys: Sequence[int]) -> int:
    """Take a report's fingerprints out. Gives how many were there."""
    row = {"keys": _listed(conn, keys), "report_id": report_id}
    return conn.execute(_STATEMENTS[conn.dialect.name].remove, row).rowcount


def _listed(conn: Connection, keys: Sequence[int]) -> Any:
    """In order, because neighbours in the index are read and written together."""
    ordered = sorted(set(keys))
    return ordered if conn.dialect.name == "postgresql" else json.dumps(ordered)

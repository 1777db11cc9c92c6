"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _what_is_watched()
    _how_sources_turned()
    _what_was_done()
    _what_was_found()
    _the_same_text()
    _what_is_to_be_sent()


def _what_is_watched() -> None:
    op.create_table(
        "sources",
        sa.Column("site_id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(32), server_default="new", nullable=False),
        *_times("state_since"),
        *_texts("state_why", "faults", "rhythm"),
        sa.Column("requests_per_day", sa.Float()),
        *_times("first_looked_at", "last_looked_at", "last_ok_at", "next_due_at"),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        *_texts("failure", "turned_why", "trusted_why", "doubted_url"),
        *_times("turned_at", "doubted_at"),
        sa.Column("lease_owner", sa.String(128)),
        *_times("lease_until"),
    )
    op.create_table(
        "listings",
        sa.Column("url", sa.Text(), primary_key=True),
        sa.Column("site_id", sa.String(64), nullable=False),
        *_validators(),
        *_times("looked_at", nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("url", sa.Text(), nullable=False, unique=True),
        sa.Column("site_id", sa.String(64), nullable=False),
        *_texts("title", nullable=False),
        *_texts("listing_url", "listed_on", "reason"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(16)),
        *_times("first_seen_at", nullable=False),
        *_times("next_try_at", "settled_at", "checked_at"),
        *_validators(),
    )
    _index("entries", "site_id", "state")
    _index("entries", "site_id", "first_seen_at")


def _how_sources_turned() -> None:
    op.create_table(
        "source_turns",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("site_id", sa.String(64), nullable=False),
        *_times("at", nullable=False),
        sa.Column("from_state", sa.String(32), nullable=False),
        sa.Column("to_state", sa.String(32), nullable=False),
        *_texts("reason", nullable=False),
    )
    _index("source_turns", "site_id", "at")


def _what_was_done() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        *_texts("sites", nullable=False),
        *_times("started_at", nullable=False),
        *_times("finished_at"),
        *_texts("reason", "counts"),
    )
    _index("runs", "started_at")
    op.create_table(
        "outcomes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id")),
        *_times("at", nullable=False),
        *_texts("url", "evidence", nullable=False),
        sa.Column("site_id", sa.String(64)),
        sa.Column("outcome", sa.String(16), nullable=False),
        *_texts("reason"),
        sa.Column("stage", sa.String(32)),
        sa.Column("choice_id", _ID),
        *_snapshot(),
    )
    _index("outcomes", "run_id")
    _index("outcomes", "outcome", "at")
    op.create_table(
        "choices",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        *_texts("place", "reason_kind", nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        *_times("made_at", nullable=False),
    )


def _what_was_found() -> None:
    op.create_table(
        "conferences",
        sa.Column("id", _ID, primary_key=True),
        *_texts("name", "record", nullable=False),
        *_event(),
        *_texts("region_name", "first_published_on"),
        *_times("first_seen_at", "updated_at", nullable=False),
    )
    _index("conferences", "region_code", "kind")
    op.create_table(
        "reports",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("url", sa.Text(), nullable=False, unique=True),
        sa.Column("site_id", sa.String(64)),
        sa.Column("conference_id", _ID, sa.ForeignKey("conferences.id")),
        sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id")),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        *_texts("title", "title_hans", "source", "author", "publisher", "text", "text_hans", nullable=False),
        *_texts("label", "original_title", "date"),
        *_event(),
        *_texts("record", "provenance", "fixes", "spam", "attachments", nullable=False),
        sa.Column("charset", sa.String(32), nullable=False),
        sa.Column("script", sa.String(4), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("fingerprints", sa.LargeBinary(), nullable=False),
        *_times("first_seen_at", "updated_at", nullable=False),
        *_times("missed_at", "gone_at"),
        *_snapshot(),
    )
    for names in (("conference_id",), ("body_sha256",), ("region_code", "kind"), ("date",)):
        _index("reports", *names)


def _the_same_text() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("report_id", _ID, sa.ForeignKey("reports.id", ondelete="CASCADE"), nullable=False),
        *_times("replaced_at", nullable=False),
        *_texts("title", "text", "text_hans", "difference", nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        *_snapshot(),
    )
    _index("revisions", "report_id")
    op.create_table(
        "relations",
        sa.Column("from_id", _ID, sa.ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("to_id", _ID, sa.ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("score", sa.Float(), nullable=False),
        *_times("created_at", nullable=False),
    )
    _index("relations", "to_id")
    op.create_table(
        "fingerprints",
        sa.Column("k", sa.BigInteger(), nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("k", "report_id", name="pk_fingerprints"),
        sqlite_with_rowid=False,
    )


def _what_is_to_be_sent() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("subscription", sa.String(64), nullable=False),
        *_texts("recipient", "payload", nullable=False),
        sa.Column("state", sa.String(16), server_default="pending", nullable=False),
        *_texts("message"),
        *_times("made_at"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("posts", sa.Integer(), server_default="0", nullable=False),
        *_times("next_try_at", "created_at", nullable=False),
        *_times("tried_at", "sent_at"),
        *_texts("trace", "error"),
    )
    _index("outbox", "message")
    _index("outbox", "state", "next_try_at")
    _index("outbox", "subscription", "tried_at")


def _index(table: str, *names: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))


def _texts(*names: str, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _times(*names: str, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, _TIME, nullable=nullable) for name in names]


def _validators() -> list[sa.Column[Any]]:
    return [*_texts("etag", "last_modified"), sa.Column("body_sha256", sa.String(64))]


def _event() -> list[sa.Column[Any]]:
    return [
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("region_code", sa.String(6)),
        sa.Column("year", sa.Integer()),
        sa.Column("held_on", sa.Text()),
    ]


def _snapshot() -> list[sa.Column[Any]]:
    return [
        sa.Column("snapshot_id", sa.String(64)),
        sa.Column("snapshot_file", sa.String(255)),
        sa.Column("snapshot_offset", sa.BigInteger()),
        sa.Column("snapshot_sha256", sa.String(64)),
    ]

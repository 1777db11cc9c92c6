"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "conferences",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer()),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("region_code", sa.String(length=6)),
        sa.Column("region_name", sa.Text()),
        sa.Column("held_on", sa.Text()),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("first_published_on", sa.Text()),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conferences"),
    )
    op.create_index("ix_conferences_region_code_kind", "conferences", ["region_code", "kind"])
    op.create_table(
        "entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("listing_url", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("listed_on", sa.Text()),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", _TIME),
        sa.Column("reason", sa.Text()),
        sa.Column("outcome", sa.String(length=16)),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("settled_at", _TIME),
        sa.Column("checked_at", _TIME),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("body_sha256", sa.String(length=64)),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("url", name="uq_entries_url"),
    )
    op.create_index("ix_entries_site_id_state", "entries", ["site_id", "state"])
    op.create_table(
        "fingerprints",
        sa.Column("k", sa.BigInteger(), nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("k", "report_id", name="pk_fingerprints"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "listings",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("body_sha256", sa.String(length=64)),
        sa.Column("looked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_listings"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subscription", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("sent_at", _TIME),
        sa.Column("trace", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_state_next_try_at", "outbox", ["state", "next_try_at"])
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.Column("reason", sa.Text()),
        sa.Column("counts", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    op.create_table(
        "sources",
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="new", nullable=False),
        sa.Column("first_looked_at", _TIME),
        sa.Column("last_looked_at", _TIME),
        sa.Column("last_ok_at", _TIME),
        sa.Column("next_due_at", _TIME),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("lease_owner", sa.String(length=128)),
        sa.Column("lease_until", _TIME),
        sa.PrimaryKeyConstraint("site_id", name="pk_sources"),
    )
    op.create_table(
        "outcomes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("run_id", sa.String(length=32)),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("site_id", sa.String(length=64)),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("stage", sa.String(length=32)),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.String(length=64)),
        sa.Column("snapshot_file", sa.String(length=255)),
        sa.Column("snapshot_offset", sa.BigInteger()),
        sa.Column("snapshot_sha256", sa.String(length=64)),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_outcomes_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_outcome_at", "outcomes", ["outcome", "at"])
    op.create_index("ix_outcomes_run_id", "outcomes", ["run_id"])
    op.create_table(
        "reports",
        sa.Column("id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("site_id", sa.String(length=64)),
        sa.Column("conference_id", _ID),
        sa.Column("run_id", sa.String(length=32)),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_hans", sa.Text(), nullable=False),
        sa.Column("label", sa.Text()),
        sa.Column("original_title", sa.Text()),
        sa.Column("date", sa.Text()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hans", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("region_code", sa.String(length=6)),
        sa.Column("year", sa.Integer()),
        sa.Column("held_on", sa.Text()),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("fixes", sa.Text(), nullable=False),
        sa.Column("spam", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("charset", sa.String(length=32), nullable=False),
        sa.Column("script", sa.String(length=4), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("fingerprints", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("snapshot_id", sa.String(length=64)),
        sa.Column("snapshot_file", sa.String(length=255)),
        sa.Column("snapshot_offset", sa.BigInteger()),
        sa.Column("snapshot_sha256", sa.String(length=64)),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name="fk_reports_conference_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_reports_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("url", name="uq_reports_url"),
    )
    op.create_index("ix_reports_body_sha256", "reports", ["body_sha256"])
    op.create_index("ix_reports_conference_id", "reports", ["conference_id"])
    op.create_index("ix_reports_date", "reports", ["date"])
    op.create_index("ix_reports_region_code_kind", "reports", ["region_code", "kind"])
    op.create_table(
        "relations",
        sa.Column("from_id", _ID, nullable=False),
        sa.Column("to_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["reports.id"], name="fk_relations_from_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["to_id"], ["reports.id"], name="fk_relations_to_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("from_id", "to_id", "kind", name="pk_relations"),
    )
    op.create_index("ix_relations_to_id", "relations", ["to_id"])
    op.create_table(
        "revisions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.Column("replaced_at", _TIME, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hans", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("difference", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.String(length=64)),
        sa.Column("snapshot_file", sa.String(length=255)),
        sa.Column("snapshot_offset", sa.BigInteger()),
        sa.Column("snapshot_sha256", sa.String(length=64)),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_revisions_report_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
    )
    op.create_index("ix_revisions_report_id", "revisions", ["report_id"])

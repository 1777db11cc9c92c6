"""The operator's daily notes, and the watchers' heartbeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("last_turn_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
    )
    op.create_table(
        "watchers",
        sa.Column("owner", sa.String(128), primary_key=True),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("beat_at", _TIME, nullable=False),
    )

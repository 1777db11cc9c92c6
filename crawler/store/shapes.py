"""What the tables share: how their parts are named, how rows are numbered, and columns that recur."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, String

from crawler.store.types import CrawledText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the key is a plain INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def snapshot() -> list[Column[Any]]:
    """Where the bytes lie; all four are empty where no snapshot was kept."""
    return [
        Column("snapshot_id", String(64)),
        Column("snapshot_file", String(255)),
        Column("snapshot_offset", BigInteger),
        Column("snapshot_sha256", String(64)),
    ]


def validators() -> list[Column[Any]]:
    """What a conditional request needs."""
    return [Column("etag", CrawledText), Column("last_modified", CrawledText), Column("body_sha256", String(64))]

"""Every table of the store; a change here needs a migration beside it (migrations/versions)."""

from __future__ import annotations

from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from crawler.store.shapes import Id, metadata, snapshot, validators
from crawler.store.types import CrawledText, Json, Utc

__all__ = ["metadata"]  # the tables below belong to it

sources = Table(
    "sources",
    metadata,
    Column("site_id", String(64), primary_key=True),
    Column("state", String(32), nullable=False, server_default="new"),
    Column("state_since", Utc),
    Column("state_why", CrawledText),
    Column("faults", Json),
    Column("rhythm", Json),
    Column("requests_per_day", Float),
    Column("first_looked_at", Utc),
    Column("last_looked_at", Utc),
    Column("last_ok_at", Utc),
    Column("next_due_at", Utc),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failure", CrawledText),
    Column("turned_at", Utc),  # since when its host is taken for a stranger's
    Column("turned_why", CrawledText),
    Column("trusted_why", CrawledText),  # a sign that a person said to overlook
    Column("doubted_url", CrawledText),  # the last page of planted text on its host
    Column("doubted_at", Utc),
    Column("lease_owner", String(128)),
    Column("lease_until", Utc),
)

source_turns = Table(
    "source_turns",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site_id", String(64), nullable=False),
    Column("at", Utc, nullable=False),
    Column("from_state", String(32), nullable=False),
    Column("to_state", String(32), nullable=False),
    Column("reason", CrawledText, nullable=False),
    Index(None, "site_id", "at"),
)

notes = Table(  # one row a day, also where there was nothing to tell
    "notes",
    metadata,
    Column("day", String(10), primary_key=True),  # YYYY-MM-DD, in the operator's time zone
    Column("last_turn_id", Id, nullable=False),  # the next note goes on behind it
    Column("told", Integer, nullable=False),
    Column("made_at", Utc, nullable=False),
)

watchers = Table(
    "watchers",
    metadata,
    Column("owner", String(128), primary_key=True),  # as in sources.lease_owner
    Column("started_at", Utc, nullable=False),
    Column("beat_at", Utc, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("url", CrawledText, primary_key=True),
    Column("site_id", String(64), nullable=False),
    *validators(),
    Column("looked_at", Utc, nullable=False),
)

rendering = Table(
    "rendering",
    metadata,
    Column("place", CrawledText, primary_key=True),  # the address of a listing, or a host for its articles
    Column("needed", Boolean, nullable=False),  # False: a browser was tried and made nothing of it
    Column("since", Utc, nullable=False),
    Column("checked_at", Utc, nullable=False),
)

robots = Table(
    "robots",
    metadata,
    Column("url", CrawledText, primary_key=True),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("fetched_at", Utc, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", CrawledText, nullable=False, unique=True),
    Column("site_id", String(64), nullable=False),
    Column("listing_url", CrawledText),
    Column("title", CrawledText, nullable=False),
    Column("listed_on", CrawledText),
    Column("state", String(16), nullable=False),  # pending, skipped, settled
    Column("baseline", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Utc),
    Column("reason", CrawledText),
    Column("outcome", String(16)),
    Column("first_seen_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("checked_at", Utc),
    *validators(),
    Index(None, "site_id", "state"),
    Index(None, "site_id", "first_seen_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("sites", Json, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    Column("reason", CrawledText),
    Column("counts", Json),
    Index(None, "started_at"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", String(32), ForeignKey("runs.id"), index=True),
    Column("at", Utc, nullable=False),
    Column("url", CrawledText, nullable=False),
    Column("site_id", String(64)),
    Column("outcome", String(16), nullable=False),
    Column("reason", CrawledText),
    Column("stage", String(32)),
    Column("evidence", Json, nullable=False),
    Column("choice_id", Id),  # what a person chose for it or its like; no foreign key: a choice may be forgotten
    *snapshot(),
    Index(None, "outcome", "at"),
)

choices = Table(
    "choices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("verdict", String(16), nullable=False),  # release, confirm
    Column("outcome", String(16), nullable=False),
    Column("place", CrawledText, nullable=False),
    Column("reason_kind", CrawledText, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("made_at", Utc, nullable=False),
)

conferences = Table(
    "conferences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", CrawledText, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("year", Integer),
    Column("level", String(16), nullable=False),
    Column("region_code", String(6)),
    Column("region_name", CrawledText),
    Column("held_on", CrawledText),
    Column("record", Json, nullable=False),
    Column("first_published_on", CrawledText),
    Column("first_seen_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Index(None, "region_code", "kind"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", CrawledText, nullable=False, unique=True),
    Column("site_id", String(64)),
    Column("conference_id", Id, ForeignKey("conferences.id"), index=True),
    Column("run_id", String(32), ForeignKey("runs.id")),
    Column("outcome", String(16), nullable=False),  # how it was filed at first: new, reprint, mirror
    Column("baseline", Boolean, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("title", CrawledText, nullable=False),
    Column("title_hans", CrawledText, nullable=False),
    Column("label", CrawledText),
    Column("original_title", CrawledText),
    Column("date", CrawledText),
    Column("source", CrawledText, nullable=False),
    Column("author", CrawledText, nullable=False),
    Column("publisher", CrawledText, nullable=False),
    Column("text", CrawledText, nullable=False),
    Column("text_hans", CrawledText, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("level", String(16), nullable=False),
    Column("region_code", String(6)),
    Column("year", Integer),
    Column("held_on", CrawledText),
    Column("record", Json, nullable=False),
    Column("provenance", Json, nullable=False),
    Column("fixes", Json, nullable=False),
    Column("spam", Json, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("charset", String(32), nullable=False),
    Column("script", String(4), nullable=False),
    Column("body_sha256", String(64), nullable=False, index=True),
    Column("fingerprints", LargeBinary, nullable=False),
    Column("first_seen_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("missed_at", Utc),  # its page first answered 404 or 410, and has not come back
    Column("gone_at", Utc),  # … and did so again days later
    *snapshot(),
    Index(None, "region_code", "kind"),
    Index(None, "date"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("report_id", Id, ForeignKey("reports.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("replaced_at", Utc, nullable=False),
    Column("title", CrawledText, nullable=False),
    Column("text", CrawledText, nullable=False),
    Column("text_hans", CrawledText, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("difference", CrawledText, nullable=False),
    *snapshot(),
)

relations = Table(
    "relations",
    metadata,
    Column("from_id", Id, ForeignKey("reports.id", ondelete="CASCADE"), nullable=False),
    Column("to_id", Id, ForeignKey("reports.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # crawler/store/relations.py names them
    Column("score", Float, nullable=False),  # 0..1
    Column("created_at", Utc, nullable=False),
    PrimaryKeyConstraint("from_id", "to_id", "kind"),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("k", BigInteger, nullable=False),
    Column("report_id", Id, nullable=False),  # no foreign key: forty checks a report would cost more than the insert
    PrimaryKeyConstraint("k", "report_id"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", CrawledText, nullable=False, unique=True),
    Column("subscription", String(64), nullable=False),
    Column("recipient", CrawledText, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", String(16), nullable=False, server_default="pending"),  # pending, sent, dead
    Column("message", CrawledText, index=True),  # the key of the message that the alert is in; empty: in none yet
    Column("made_at", Utc),  # when the message was put together
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("posts", Integer, nullable=False, server_default="0"),  # requests that the last try took
    Column("next_try_at", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("tried_at", Utc),
    Column("sent_at", Utc),
    Column("trace", CrawledText),
    Column("error", CrawledText),
    Index(None, "state", "next_try_at"),
    Index(None, "subscription", "tried_at"),
)


def columns(table: Table, value: type[attrs.AttrsInstance]) -> list[Column[Any]]:
    """The columns that a value's fields are named after, in the order of the fields."""
    return [table.c[field.name] for field in attrs.fields(value)]

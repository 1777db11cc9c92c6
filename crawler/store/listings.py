"""What a look at a listing leaves behind: its new entries and its validators, saved together or not at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from attrs import asdict, evolve, frozen
from sqlalchemy import Connection, delete, insert, select, update

from crawler.items import Entry
from crawler.store import entries as entry_rows
from crawler.store.tables import columns, listings

PLAINLY = timedelta(days=1)  # after which a listing is asked for without conditions


@frozen(kw_only=True)
class Validators:
    """What a site said of one body, for the next conditional request; the hash is for sites that say nothing."""

    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None


def validators(conn: Connection, url: str) -> Validators | None:
    """Those of the last look that was recorded; None for a listing never looked at."""
    row = conn.execute(select(*columns(listings, Validators)).where(listings.c.url == url)).first()
    return Validators(**row._asdict()) if row else None


def to_ask_with(conn: Connection, url: str, *, now: datetime) -> Validators | None:
    """Those for a conditional request; None where the listing was not had for a day.

    A cache may call a page unchanged for weeks: what is not asked for plainly now and then is lost behind it.
    """
    recent = listings.c.looked_at > now - PLAINLY
    row = conn.execute(select(*columns(listings, Validators)).where(listings.c.url == url, recent)).first()
    return Validators(**row._asdict()) if row else None


def had(conn: Connection, url: str, *, now: datetime) -> None:
    """Note that a listing was had, the same as before."""
    conn.execute(update(listings).where(listings.c.url == url).values(looked_at=now))


def believable(new: Validators, known: Validators | None) -> Validators:
    """Without the tags that the body before already had: who asks with them is told "not modified" of any body.

    They stay empty from then on; such a listing is compared by its bytes.
    """
    if known is None or known.body_sha256 in (None, new.body_sha256):
        return new
    same = (known.etag, known.last_modified) == (new.etag, new.last_modified)
    if "" in (known.etag, known.last_modified) or (same and (new.etag or new.last_modified)):
        return evolve(new, etag="", last_modified="")
    return new


def record_look(
    conn: Connection,
    *,
    site_id: str,
    listing_url: str,
    entries: Sequence[Entry],
    wanted: Collection[str],
    validators: Validators | None,
    now: datetime,
    baseline: bool,
) -> int:
    """Save a listing's unseen entries, and its validators only with them. Gives how many were unseen.

    Had the validators been saved first, a kill between the two would hide the entries behind "not modified" for ever.
    ``wanted`` holds the URLs that are to be fetched; the others are remembered as skipped.
    """
    new = entry_rows.add(
        conn,
        site_id=site_id,
        entries=entries,
        listing_url=listing_url,
        wanted=wanted,
        now=now,
        baseline=baseline,
    )
    if validators is not None:
        row = asdict(validators) | {"url": listing_url, "site_id": site_id, "looked_at": now}
        conn.execute(delete(listings).where(listings.c.url == listing_url))
        conn.execute(insert(listings).values(row))
    return new

"""Every row of a listing that was ever seen, and which of them are still to be fetched.

What is still to fetch lives here and nowhere else: a crawl that is killed leaves its entries pending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from attrs import frozen
from sqlalchemy import Connection, and_, false, func, not_, or_, select, update

from crawler.items import Entry, Outcome
from crawler.store.tables import columns
from crawler.store.tables import entries as table
from crawler.store.writes import chunks, insert_new

# An index entry of PostgreSQL holds 2,704 bytes; no honest address comes near.
MAX_URL = 2000  # bytes in UTF-8

MIN_TITLE = 10  # characters; shorter ones (通知公告, 全市教育大会召开) come again on one day

# A site that is down for a weekend is still asked; after eight tries in ten days a page is given up.
FIRST_WAIT = 7200  # seconds
MAX_ATTEMPTS = 8

_REPORTS = (Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED, Outcome.REPRINT)


@frozen(kw_only=True)
class PendingEntry:
    """An entry that is still to be fetched."""

    entry: Entry
    baseline: bool  # it was there at the site's first look
    attempts: int  # that failed


@frozen(kw_only=True)
class KnownPage:
    """A report's page that is looked at again, with what a conditional request needs."""

    url: str
    title: str
    etag: str | None
    last_modified: str | None
    body_sha256: str | None


@frozen(kw_only=True)
class FirstSeen:
    """When an entry was first seen, and the date that its list gave it."""

    first_seen_at: datetime
    listed_on: str | None  # YYYY-MM-DD…


def storable_url(url: str) -> bool:
    """False for an address too long to be a key."""
    return len(url.encode("utf-8", "replace")) <= MAX_URL


def known(conn: Connection, urls: Iterable[str]) -> set[str]:
    """Those of the URLs that were seen before, wanted or not."""
    found: set[str] = set()
    for chunk in chunks(dict.fromkeys(urls)):
        found.update(conn.scalars(select(table.c.url).where(table.c.url.in_(chunk))))
    return found


def moved(conn: Connection, site_id: str, entries: Collection[Entry]) -> set[str]:
    """The addresses of those entries that the site listed before at another address: the same title on the same day."""
    told = [entry for entry in entries if entry.listed_on and len(entry.title) >= MIN_TITLE]
    found: set[tuple[str, str]] = set()
    for chunk in chunks({entry.title: None for entry in told}):
        rows = select(table.c.title, table.c.listed_on).where(table.c.site_id == site_id, table.c.title.in_(chunk))
        found.update((row.title, row.listed_on) for row in conn.execute(rows))
    return {entry.url for entry in told if (entry.title, entry.listed_on) in found}


def add(
    conn: Connection,
    *,
    site_id: str,
    entries: Sequence[Entry],
    wanted: Collection[str],
    now: datetime,
    baseline: bool,
    listing_url: str | None = None,
) -> int:
    """Remember the unseen entries: pending where wanted, else skipped. Gives how many were unseen.

    A skipped entry that is wanted now, since another listing gives it a fuller title, becomes pending; so does one that
    was worked out from a mirror and not found, when a listing names it. One that only moved is old news: baseline.
    Addresses longer than MAX_URL bytes are left out.
    """
    rows = {entry.url: entry for entry in reversed(entries) if storable_url(entry.url)}
    seen = known(conn, rows)
    unseen = [entry for entry in reversed(rows.values()) if entry.url not in seen]
    old = moved(conn, site_id, unseen)
    insert_new(
        conn,
        table,
        [
            {
                "url": entry.url,
                "site_id": site_id,
                "listing_url": entry.listing_url or listing_url,
                "title": entry.title,
                "listed_on": entry.listed_on,
                "state": "pending" if entry.url in wanted else "skipped",
                "baseline": baseline or entry.url in old,
                "first_seen_at": now,
            }
            for entry in unseen
        ],
    )
    _want_again(conn, [url for url in wanted if url in seen], listing_url)
    return len(unseen)


def _want_again(conn: Connection, urls: Sequence[str], listing_url: str | None) -> None:
    """Make those pending that were skipped, or that no listing named before and that were not found."""
    not_found = and_(table.c.listing_url.is_(None), table.c.state == "settled", table.c.outcome == Outcome.GONE.value)
    again = or_(table.c.state == "skipped", not_found if listing_url else false())
    values = {"state": "pending", "listing_url": listing_url or table.c.listing_url}
    for chunk in chunks(urls):
        conn.execute(update(table).where(table.c.url.in_(chunk), again).values(values))


def ask_again(conn: Connection, *, site_id: str, outcome: Outcome) -> int:
    """Make the entries of a site that ended in this outcome pending again. Gives how many."""
    ended = and_(table.c.site_id == site_id, table.c.state == "settled", table.c.outcome == outcome.value)
    return conn.execute(update(table).where(ended).values(state="pending", attempts=0, next_try_at=None)).rowcount


def pending(
    conn: Connection, *, now: datetime, limit: int, site_id: str | None = None, unlisted: bool = False
) -> list[PendingEntry]:
    """What is to be fetched now, of one site or of all: first what appeared after the first look, then in order.

    ``unlisted=True``: only what no listing names, but a mirror's page led to.
    """
    ready = or_(table.c.next_try_at.is_(None), table.c.next_try_at <= now)
    statement = select(table).where(table.c.state == "pending", ready)
    if site_id is not None:
        statement = statement.where(table.c.site_id == site_id)
    if unlisted:
        statement = statement.where(table.c.listing_url.is_(None))
    rows = conn.execute(statement.order_by(table.c.baseline, table.c.id).limit(limit))
    return [
        PendingEntry(
            entry=Entry(url=row.url, title=row.title, listed_on=row.listed_on, listing_url=row.listing_url),
            baseline=row.baseline,
            attempts=row.attempts,
        )
        for row in rows
    ]


def sites_with_work(conn: Connection) -> set[str]:
    """The sites that have pages to fetch or reports to look at again, now or later: most have neither."""
    held_one = table.c.outcome.in_([outcome.value for outcome in _REPORTS])
    return set(conn.scalars(select(table.c.site_id).where(or_(table.c.state == "pending", held_one)).distinct()))


def count_pending(conn: Connection, site_id: str | None = None) -> int:
    """How many are still to be fetched, now or later."""
    statement = select(func.count()).select_from(table).where(table.c.state == "pending")
    if site_id is not None:
        statement = statement.where(table.c.site_id == site_id)
    return conn.scalar(statement) or 0


def settle(conn: Connection, *, url: str, outcome: Outcome, now: datetime) -> None:
    """Note what became of an entry's page; it is fetched no more. An address that is no entry changes nothing.

    A page that held a report and now answers with something else stays one that is looked at again.
    """
    values = {"state": "settled", "outcome": outcome.value, "settled_at": now, "next_try_at": None}
    statement = update(table).where(table.c.url == url)
    if outcome not in _REPORTS:
        held_one = func.coalesce(table.c.outcome, "").in_([one.value for one in _REPORTS])
        conn.execute(statement.where(held_one).values(checked_at=now))
        statement = statement.where(not_(held_one))
    conn.execute(statement.values(values))


def retry_later(conn: Connection, *, url: str, now: datetime, reason: str) -> bool:
    """Put a failed fetch of a pending entry off, twice as long each time. False where it failed MAX_ATTEMPTS times.

    An entry that is settled, or none at all, is not put off either.
    """
    pending_one = and_(table.c.url == url, table.c.state == "pending")
    attempts = conn.scalar(select(table.c.attempts).where(pending_one))
    if attempts is None or attempts + 1 >= MAX_ATTEMPTS:
        return False
    wait = timedelta(seconds=FIRST_WAIT) * 2**attempts
    values = {"attempts": attempts + 1, "next_try_at": now + wait, "reason": reason}
    conn.execute(update(table).where(pending_one).values(values))
    return True


def first_seen(conn: Connection, *, site_id: str, after: datetime | None = None, limit: int = 300) -> list[FirstSeen]:
    """The site's entries that were first seen after a moment, wanted or not, the latest first."""
    mine = table.c.site_id == site_id
    late = mine if after is None else and_(mine, table.c.first_seen_at > after)
    # What a mirror led to stands in no list and says nothing of when its site publishes.
    statement = select(*columns(table, FirstSeen)).where(late, table.c.listing_url.is_not(None))
    rows = conn.execute(statement.order_by(table.c.first_seen_at.desc()).limit(limit))
    return [FirstSeen(**row._asdict()) for row in rows]


def is_baseline(conn: Connection, url: str) -> bool | None:
    """True where the entry was there at its site's first look; None where the address is no entry."""
    return conn.scalar(select(table.c.baseline).where(table.c.url == url))


def due_again(
    conn: Connection, *, site_id: str, now: datetime, days: float = 90, every: float = 86_400, limit: int = 20
) -> list[KnownPage]:
    """Report pages first seen in the last ``days`` and not looked at for ``every`` seconds, the longest ago first."""
    last_look = func.coalesce(table.c.checked_at, table.c.settled_at)
    statement = (
        select(*columns(table, KnownPage))
        .where(
            table.c.site_id == site_id,
            table.c.state == "settled",
            table.c.outcome.in_([outcome.value for outcome in _REPORTS]),
            table.c.first_seen_at >= now - timedelta(days=days),
            last_look <= now - timedelta(seconds=every),
        )
        .order_by(last_look)
        .limit(limit)
    )
    return [KnownPage(**row._asdict()) for row in conn.execute(statement)]


def checked(
    conn: Connection,
    *,
    url: str,
    now: datetime,
    etag: str | None = None,
    last_modified: str | None = None,
    body_sha256: str | None = None,
) -> None:
    """Note that an entry's page was looked at, with its validators; without any, those it had stay (304)."""
    values: dict[str, object] = {"checked_at": now}
    if etag or last_modified or body_sha256:
        values |= {"etag": etag, "last_modified": last_modified, "body_sha256": body_sha256}
    conn.execute(update(table).where(table.c.url == url).values(values))

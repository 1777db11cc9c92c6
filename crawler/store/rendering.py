"""Where the plain page proved empty: whether a browser helped there, since when, and when that was last tried."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import asdict, frozen
from sqlalchemy import Connection, delete, insert, select

from crawler.store.tables import columns, rendering

RECHECK = timedelta(days=7)  # so long what was found out is believed


@frozen(kw_only=True)
class Rendering:
    """What was found out about one place: the address of a listing, or the host of articles."""

    place: str
    needed: bool  # False: a browser was tried and made nothing of it either
    since: datetime
    checked_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """False where the plain page, and then the browser, should be tried again."""
        return now < self.checked_at + RECHECK


def every(conn: Connection) -> list[Rendering]:
    """Everything that was found out; the places whose plain pages were all that was ever asked for are not in it."""
    return [Rendering(**row._asdict()) for row in conn.execute(select(*columns(rendering, Rendering)))]


def note(conn: Connection, place: str, *, needed: bool, now: datetime) -> Rendering:
    """Note that the plain page was empty just now, and whether the browser's was not."""
    before = next((one for one in every(conn) if one.place == place), None)
    since = before.since if before and before.needed == needed else now
    noted = Rendering(place=place, needed=needed, since=since, checked_at=now)
    forget(conn, place)
    conn.execute(insert(rendering).values(asdict(noted)))
    return noted


def forget(conn: Connection, place: str) -> None:
    """The plain page does: nothing is left to remember."""
    conn.execute(delete(rendering).where(rendering.c.place == place))

"""What the tests of filing share: three subscriptions, a store whose sites were looked at before, and who was told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crawler.config import Filter, Subscription
from crawler.filing import Filed, file_report
from crawler.items import Report
from crawler.store import Store, outbox, sources
from tests.factories import NOW

FIRST = Subscription(name="first", channel="email", to=("reader@example.cn",))
EVERY = Subscription(
    name="every", channel="email", to=("desk@example.cn",), filter=Filter(every_report=True, revisions=True)
)
OLD_TOO = Subscription(name="old-too", channel="email", to=("archive@example.cn",), baseline=True)
ALL = (FIRST, EVERY, OLD_TOO)
DAY = timedelta(days=1)
NEWS = [("first", "conference"), ("every", "conference"), ("old-too", "conference")]


def watch(store: Store) -> Store:
    """The store, its sites first looked at a month ago."""
    with store.begin() as conn:
        for site_id in ("yunxi-jyj", "yunxi-news", "college"):
            sources.begin_look(conn, site_id=site_id, now=NOW - 30 * DAY)
    return store


def file(store: Store, value: Report, **more: Any) -> Filed:
    with store.begin() as conn:
        return file_report(conn, value, now=more.pop("now", NOW), subscriptions=ALL, **more)


def told(store: Store) -> list[tuple[str, str]]:
    """Who was told of what, in the order it was put."""
    with store.read() as conn:
        return [(row.subscription, row.payload["event"]) for row in reversed(outbox.rows(conn))]

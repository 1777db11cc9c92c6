"""What the tests of sending share: a clock that stands still, settings with short time-outs, rows of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.alerts.message import sample
from crawler.config import Config
from crawler.store import Store, outbox
from tests.receivers import HOST, WebReceiver

NOW = datetime(2025, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning in Beijing, a Sunday


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, time: datetime = NOW) -> None:
        self.time = time

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float = 0, **more: float) -> None:
        self.time += timedelta(seconds=seconds, **more)


def config(*subscriptions: dict[str, Any], port: int | None = None, **sections: Any) -> Config:
    """Settings with short time-outs; `port` is that of the mail server."""
    smtp = {"host": HOST, "port": port, "security": "none", "timeout": 1} | sections.pop("smtp", {}) if port else None
    deliver = {"first_wait": 60, "max_attempts": 3, "timeout": 1} | sections.pop("deliver", {})
    return Config.model_validate({"smtp": smtp, "deliver": deliver, "subscription": subscriptions} | sections)


def mail(*to: str, name: str = "readers", **values: Any) -> dict[str, Any]:
    """A subscription by e-mail."""
    return {"name": name, "channel": "email", "to": to or ("one@example.org",)} | values


def hook(receiver: WebReceiver | str, name: str = "hook", **values: Any) -> dict[str, Any]:
    """A subscription by webhook."""
    url = receiver if isinstance(receiver, str) else receiver.url
    return {"name": name, "channel": "webhook", "to": (url,), "secret": {"env": "TEST_HOOK_SECRET"}} | values


def put(
    store: Store,
    subscription: str = "hook",
    recipient: str = "http://hook",
    key: str = "alert_1",
    due: datetime | None = None,
    **facts: Any,
) -> None:
    """An alert of a new conference in the outbox; `facts` replace what its payload says."""
    put_many(store, [key], subscription, recipient, due, **facts)


def put_many(
    store: Store, keys: Iterable[str], subscription: str, recipient: str, due: datetime | None = None, **facts: Any
) -> None:
    """The same for several keys, in one transaction."""
    payload = sample(NOW) | {"event": "conference"} | facts
    with store.begin() as connection:
        for key in keys:
            outbox.put(
                connection, key=key, subscription=subscription, recipient=recipient, payload=payload, now=NOW, due=due
            )


def rows(store: Store) -> list[outbox.OutboxState]:
    """Every alert, the oldest first."""
    with store.read() as connection:
        return outbox.rows(connection, limit=1000)[::-1]


def row(store: Store) -> outbox.OutboxState:
    """The only alert."""
    (only,) = rows(store)
    return only


def pending(store: Store) -> int:
    """How many alerts still wait."""
    with store.read() as connection:
        return outbox.counts(connection)["pending"]


# A worker to be killed: it delivers by the settings file that it is given, until somebody stops it.
WORKER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from crawler import config
from crawler.alerts.deliver import deliver_due
from crawler.store import open_store
settings = config.load(Path(sys.argv[1]))
store = open_store(settings.store_url)
while True:
    deliver_due(store, settings, now=lambda: datetime.now(UTC), limit=5)
    time.sleep(0.02)
"""

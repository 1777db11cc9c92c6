"""What every way of sending shares: the letter it is given, the answer it gives, checked certificates, no secrets."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import httpx
from attrs import field, frozen

from crawler.alerts.plain import line
from crawler.subscriptions import Subscription


@frozen(kw_only=True)
class Letter:
    """One message to one recipient, not yet rendered: an alert, or several in a digest."""

    key: str
    subscription: Subscription
    recipient: str
    payloads: Sequence[Mapping[str, Any]] = field(repr=False)  # of the alerts that are listed, one or more
    count: int = 1  # of all alerts
    created_at: datetime  # aware


@frozen(kw_only=True)
class Sent:
    """The receiver took it."""

    trace: str  # what the receiver said, to find the message again at its end
    posts: int = 1  # requests that it took


@frozen(kw_only=True)
class Failed:
    """The receiver did not take it."""

    reason: str  # one line, without secrets
    permanent: bool = False  # True: trying again is of no use
    unreachable: bool = False  # True: the receiver as a whole failed, not this letter
    retry_after: float = 0  # seconds that the receiver asked for
    posts: int = 1  # requests that it took


class Channel(Protocol):
    """A way to one receiver, used for several letters one after the other."""

    async def send(self, letter: Letter) -> Sent | Failed:
        """Send one letter; ends within the channel's own time limit and raises nothing that the network can cause."""

    def posts(self, letter: Letter) -> int:
        """How many requests the letter takes."""

    async def close(self) -> None:
        """Let go of the receiver; raises nothing."""


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Certificates and host names are always checked: against a CA of one's own, or those of the web.

    Raises OSError where the CA file cannot be read, ssl.SSLError where it holds no certificate.
    """
    return ssl.create_default_context(cafile=ca_file) if ca_file else _authorities_of_the_web()


@cache
def _authorities_of_the_web() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes 40 ms, too long to do anew for every receiver


def scrub(text: str, secrets: Iterable[str | None]) -> str:
    """The text on one line with every secret in it replaced by ***."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return line(text)

"""Posts to a web address that is a secret: checked certificates, no redirects, no proxy, one time limit for all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from attrs import field, frozen

from crawler.alerts.channel import Failed, scrub, tls_context
from crawler.subscriptions import ConfigError, Subscription, is_web_address

LONGEST_RETRY_AFTER = 24 * 3600  # seconds; a receiver may not silence an alert for ever
AGAIN = frozenset({408, 409, 425, 429})  # 4xx answers that mean: not now
MOST_READ = 64 * 1024  # bytes of an answer's body

# httpx logs every address at INFO and httpcore the answer's headers at DEBUG, and the address of a webhook is often its
# password; their loggers are silenced for the whole process, which sends nothing else by httpx.
for _name in ("httpx", "httpcore.connection", "httpcore.http11"):
    logging.getLogger(_name).addFilter(lambda record: record.levelno >= logging.WARNING)


@frozen(kw_only=True)
class Answer:
    """What a receiver said."""

    status: int
    retry_after: float  # seconds that it asked for
    is_redirect: bool
    body: bytes = field(repr=False)  # at most MOST_READ bytes; empty where nobody asked for it


class Poster:
    """One receiver, one HTTP client that is opened when the first letter comes."""

    def __init__(self, subscription: Subscription, *, timeout: float) -> None:
        self._subscription = subscription
        self._timeout = timeout  # seconds for one whole request
        self._client: httpx.AsyncClient | None = None
        self._secrets: list[str] = []

    async def post(
        self, body: bytes, *, headers: Mapping[str, str], params: Mapping[str, str] | None = None, read: bool = False
    ) -> Answer | Failed:
        """Post once, with `params` added to the address; `read` the answer's body or leave it.

        The reason of a failure never holds the address. Raises nothing that the network or the settings can cause.
        """
        try:
            url = self._url()
            if params:  # otherwise the address stays as it was written, to the letter
                url = url.copy_merge_params(params)
            async with (
                asyncio.timeout(self._timeout),
                self._opened().stream(
                    "POST",
                    url,
                    content=body,
                    headers={"content-type": "application/json", "user-agent": "Huixun"} | dict(headers),
                ) as answer,
            ):
                return Answer(
                    status=answer.status_code,
                    retry_after=_retry_after(answer),
                    is_redirect=answer.has_redirect_location,
                    body=await _read(answer) if read else b"",
                )
        except (TimeoutError, httpx.TimeoutException):
            return Failed(reason=f"no answer within {self._timeout:g} seconds", unreachable=True)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            return Failed(reason="the address cannot be used", permanent=True)
        except (httpx.HTTPError, OSError, ConfigError) as error:
            return Failed(reason=scrub(f"{type(error).__name__}: {error}", self._secrets), unreachable=True)

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.aclose()

    def _url(self) -> httpx.URL:
        address = self._subscription.address
        if not is_web_address(address):
            raise ConfigError(f"what {self._subscription.to[0]} holds is no http or https address")
        parts = urlsplit(address)
        self._secrets = [address, parts.path if len(parts.path) > 1 else "", parts.query]
        return httpx.URL(address)

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=tls_context(self._subscription.ca_file),
                timeout=self._timeout,
                follow_redirects=False,
                trust_env=False,  # no proxy and no .netrc of the surroundings decides where an alert goes
            )
        return self._client


def refused(answer: Answer) -> Failed:
    """What an answer other than 2xx means."""
    if answer.is_redirect:
        return Failed(reason=f"HTTP {answer.status}: redirects are not followed; subscribe the new address")
    permanent = 400 <= answer.status < 500 and answer.status not in AGAIN
    return Failed(reason=f"HTTP {answer.status}", permanent=permanent, retry_after=answer.retry_after)


async def _read(answer: httpx.Response) -> bytes:
    body = b""
    async for chunk in answer.aiter_bytes(8192):
        body += chunk
        if len(body) > MOST_READ:
            return body[:MOST_READ]
    return body


def _retry_after(answer: httpx.Response) -> float:
    """Seconds that the receiver asks us to wait (RFC 9110: a number or a date), at most LONGEST_RETRY_AFTER."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdecimal():
        return float(min(int(asked[:9]), LONGEST_RETRY_AFTER))
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_RETRY_AFTER)

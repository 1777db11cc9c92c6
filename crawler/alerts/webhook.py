"""Sends alerts to a web address, signed by the Standard Webhooks scheme; follows no redirect, reads no answer body."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

from crawler.alerts.channel import Failed, Letter, Sent, scrub, tls_context
from crawler.alerts.message import webhook_body
from crawler.config import ConfigError, Secret, Subscription

LONGEST_RETRY_AFTER = 24 * 3600  # seconds; a receiver may not silence an alert for ever
AGAIN = frozenset({408, 409, 425, 429})  # 4xx answers that mean: not now

# httpx logs every address at INFO and httpcore the answer's headers at DEBUG, and the address of a webhook is often its
# password; their loggers are silenced for the whole process, which sends nothing else by httpx.
for _name in ("httpx", "httpcore.connection", "httpcore.http11"):
    logging.getLogger(_name).addFilter(lambda record: record.levelno >= logging.WARNING)


class WebhookChannel:
    """One receiver, one HTTP client that is opened when the first letter comes."""

    def __init__(self, subscription: Subscription, *, timeout: float) -> None:
        self._subscription = subscription
        self._timeout = timeout  # seconds for one whole request
        self._client: httpx.AsyncClient | None = None
        self._secrets = _secret_parts(subscription.to[0])

    async def send(self, letter: Letter) -> Sent | Failed:
        """Post one letter. Only 2xx counts as taken; the reason of a failure never holds the address or the secret."""
        body = webhook_body(letter.payload, subscription=self._subscription.name)
        try:
            headers = {"content-type": "application/json", "user-agent": "Huixun"} | self._signed(letter.key, body)
            async with asyncio.timeout(self._timeout):
                async with self._opened().stream(
                    "POST", self._subscription.to[0], content=body, headers=headers
                ) as answer:
                    return _judged(answer)
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

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=tls_context(self._subscription.ca_file),
                timeout=self._timeout,
                follow_redirects=False,
                trust_env=False,  # no proxy and no .netrc of the surroundings decides where an alert goes
            )
        return self._client

    def _signed(self, key: str, body: bytes) -> dict[str, str]:
        # The real time, not the one passed in: receivers refuse what is more than five minutes off, against replay.
        moment = datetime.now(UTC)
        headers = {"webhook-id": key, "webhook-timestamp": str(int(moment.timestamp()))}
        if self._subscription.secret is not None:
            signer = Webhook(_signing_key(self._subscription.secret))
            headers["webhook-signature"] = signer.sign(key, moment, body.decode())
        return headers


def _signing_key(secret: Secret) -> bytes:
    """The bytes behind whsec_…; the library itself would take any text and sign with what is left of it."""
    encoded = secret.read().removeprefix("whsec_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ConfigError("the signing secret is not `whsec_` and base64")
    return key


def _judged(answer: httpx.Response) -> Sent | Failed:
    status = answer.status_code
    if answer.is_success:
        return Sent(trace=f"HTTP {status}")
    if answer.has_redirect_location:
        return Failed(reason=f"HTTP {status}: redirects are not followed; subscribe the new address")
    permanent = 400 <= status < 500 and status not in AGAIN
    return Failed(reason=f"HTTP {status}", permanent=permanent, retry_after=_retry_after(answer))


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


def _secret_parts(url: str) -> list[str]:
    parts = urlsplit(url)
    return [url, parts.path if len(parts.path) > 1 else "", parts.query]

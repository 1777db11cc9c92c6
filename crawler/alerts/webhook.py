"""Sends alerts to a web address, signed by the Standard Webhooks scheme; follows no redirect, reads no answer body."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from standardwebhooks import Webhook

from crawler.alerts.channel import Failed, Letter, Sent
from crawler.alerts.digest import body_of
from crawler.alerts.post import Poster, refused
from crawler.subscriptions import ConfigError, Secret, Subscription


class WebhookChannel:
    """One receiver."""

    def __init__(self, subscription: Subscription, *, timeout: float) -> None:
        self._secret = subscription.secret
        self._poster = Poster(subscription, timeout=timeout)

    async def send(self, letter: Letter) -> Sent | Failed:
        """Post one letter. Only 2xx counts as taken; the reason of a failure never holds the address or the secret."""
        body = body_of(letter)
        try:
            headers = self._signed(letter.key, body)
        except ConfigError as error:
            return Failed(reason=f"ConfigError: {error}", unreachable=True)
        answer = await self._poster.post(body, headers=headers)
        if isinstance(answer, Failed):
            return answer
        return Sent(trace=f"HTTP {answer.status}") if 200 <= answer.status < 300 else refused(answer)

    def posts(self, letter: Letter) -> int:
        """One request."""
        return 1

    async def close(self) -> None:
        """Hang up."""
        await self._poster.close()

    def _signed(self, key: str, body: bytes) -> dict[str, str]:
        # The real time, not the one passed in: receivers refuse what is more than five minutes off, against replay.
        moment = datetime.now(UTC)
        headers = {"webhook-id": key, "webhook-timestamp": str(int(moment.timestamp()))}
        if self._secret is not None:
            signer = Webhook(_signing_key(self._secret))
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

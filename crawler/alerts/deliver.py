"""Sends what is due in the outbox, at least once each: lease, send outside any transaction, mark.

A letter that was sent but not marked, because the process died in between, goes out again with the same key once its
lease has run out. Receivers are served side by side, the letters of one receiver one after the other, so that a
receiver which hangs costs nobody else anything.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from attrs import frozen

from crawler.alerts.channel import Channel, Failed, Letter, Sent, scrub
from crawler.alerts.email import EmailChannel
from crawler.alerts.message import sample
from crawler.alerts.webhook import WebhookChannel
from crawler.config import Config, ConfigError, Deliver, Subscription
from crawler.store import Store, outbox
from crawler.store.outbox import OutboxRow

log = logging.getLogger(__name__)

PATIENCE = 2  # failures in a row after which a receiver counts as down and its other letters wait for the next round


@frozen(kw_only=True)
class Delivered:
    """What one round did, in letters."""

    sent: int = 0
    retried: int = 0  # failed for now, or put off because their receiver is down
    dead: int = 0


@frozen(kw_only=True)
class TestResult:
    """What became of a test message to one recipient."""

    __test__ = False  # pytest would take the name for a test class
    recipient: str
    trace: str | None = None  # what the receiver said when it took it
    error: str | None = None  # why it did not; None: it was sent


def deliver_due(store: Store, config: Config, *, now: Callable[[], datetime], limit: int = 50) -> Delivered:
    """Send up to `limit` alerts that are due. Must not be called from inside an event loop.

    Raises StoreError where the store cannot be used; what was leased comes back by itself.
    """
    with store.begin() as connection:
        rows = outbox.lease(connection, now=now(), limit=limit, seconds=config.deliver.lease)
    if not rows:
        return Delivered()
    counts = asyncio.run(_Round(store, config, now).run(rows))
    return Delivered(sent=counts["sent"], retried=counts["retried"], dead=counts["dead"])


def wait_after(attempts: int, deliver: Deliver, *, jitter: float, asked: float = 0) -> timedelta:
    """How long to wait after so many failed attempts: doubling up to a limit, never under what the receiver asked.

    `jitter` (0..1) spreads the waits over ± 20 %, so that letters that failed together do not come back together.
    """
    doubled = deliver.first_wait * 2.0 ** min(max(attempts - 1, 0), 32)
    spread = min(doubled, deliver.longest_wait) * (0.8 + 0.4 * jitter)
    return timedelta(seconds=max(spread, asked))


def send_test(config: Config, name: str, *, now: datetime) -> list[TestResult]:
    """Send an invented alert to every recipient of a subscription, past the outbox; nothing is tried twice.

    Raises ConfigError where there is no such subscription or the settings lack what its channel needs.
    """
    found = [subscription for subscription in config.subscription if subscription.name == name]
    if not found:
        known = ", ".join(subscription.name for subscription in config.subscription) or "none"
        raise ConfigError(f"there is no subscription {name}; known: {known}")
    return asyncio.run(_send_test(found[0], config, now))


async def _send_test(subscription: Subscription, config: Config, now: datetime) -> list[TestResult]:
    channel, results = channel_of(subscription, config), []
    try:
        for recipient in dict.fromkeys(subscription.to):
            letter = Letter(
                key=f"test_{secrets.token_hex(20)}",
                subscription=subscription,
                recipient=recipient,
                payload=sample(now),
                created_at=now,
            )
            match await channel.send(letter):
                case Sent(trace=trace):
                    results.append(TestResult(recipient=recipient, trace=trace))
                case Failed(reason=reason):
                    results.append(TestResult(recipient=recipient, error=reason))
    finally:
        await channel.close()
    return results


def channel_of(subscription: Subscription, config: Config) -> Channel:
    """The way to a subscription's receiver. Raises ConfigError where the settings lack what it needs."""
    if subscription.channel == "webhook":
        return WebhookChannel(subscription, timeout=config.deliver.timeout)
    if config.smtp is None:
        raise ConfigError("there is no mail server in the settings; add a section [smtp]")
    return EmailChannel(config.smtp)


class _Round:
    """One round of sending: the letters that were leased, the receivers they go to, and what became of them."""

    def __init__(self, store: Store, config: Config, now: Callable[[], datetime]) -> None:
        self._store = store
        self._config = config
        self._now = now
        self._subscriptions = {subscription.name: subscription for subscription in config.subscription}
        self._counts: Counter[str] = Counter()
        # Marks have a thread of their own: a busy store must not use up the time of the letters under way.
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")

    async def run(self, rows: Sequence[OutboxRow]) -> Counter[str]:
        """Serve every receiver at once. Raises the first error of the store, after all receivers were served."""
        # A letter begun in the second half of the lease could still be under way when another sender takes it over.
        self._begin_until = asyncio.get_running_loop().time() + self._config.deliver.lease / 2
        receivers: defaultdict[str, list[tuple[OutboxRow, Letter]]] = defaultdict(list)
        with self._writer:
            for row in rows:
                letter = self._letter(row)
                if isinstance(letter, Failed):
                    await self._mark(row, letter)
                else:
                    mail = letter.subscription.channel == "email"
                    receivers["email" if mail else f"webhook {row.subscription}"].append((row, letter))
            tasks = [self._serve(letters) for letters in receivers.values()]
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
        return self._counts

    def _letter(self, row: OutboxRow) -> Letter | Failed:
        subscription = self._subscriptions.get(row.subscription)
        if subscription is None:
            return Failed(reason="there is no such subscription any more", permanent=True)
        if subscription.channel == "email" and row.recipient not in subscription.to:
            return Failed(reason="the recipient is not in the subscription any more", permanent=True)
        return Letter(
            key=row.key,
            subscription=subscription,
            recipient=row.recipient,
            payload=row.payload,
            created_at=row.created_at,
        )

    async def _serve(self, letters: Sequence[tuple[OutboxRow, Letter]]) -> None:
        """The letters of one receiver, one after the other over one connection."""
        try:
            channel = channel_of(letters[0][1].subscription, self._config)
        except ConfigError as error:
            for row, _ in letters:
                await self._mark(row, Failed(reason=str(error)))
            return
        failures = 0
        try:
            for number, (row, letter) in enumerate(letters):
                if failures >= PATIENCE:
                    await self._mark(row, Failed(reason="not tried: the receiver did not answer others", tried=False))
                    continue
                if number and asyncio.get_running_loop().time() > self._begin_until:
                    return  # the rest comes back by itself when the lease runs out
                answer = await _send(channel, letter)
                failures = failures + 1 if isinstance(answer, Failed) and answer.unreachable else 0
                await self._mark(row, answer)
        finally:
            await channel.close()

    async def _mark(self, row: OutboxRow, answer: Sent | Failed) -> None:
        await asyncio.get_running_loop().run_in_executor(self._writer, self._write, row, answer)

    def _write(self, row: OutboxRow, answer: Sent | Failed) -> None:
        now, attempts, deliver = self._now(), row.attempts + 1, self._config.deliver
        with self._store.begin() as connection:
            if isinstance(answer, Sent):
                outbox.mark_sent(connection, id=row.id, now=now, trace=answer.trace)
                became = "sent"
            elif answer.permanent or (answer.tried and attempts >= deliver.max_attempts):
                outbox.mark_dead(connection, id=row.id, now=now, error=answer.reason)
                became = "dead"
            else:
                wait = wait_after(attempts, deliver, jitter=random.random(), asked=answer.retry_after)
                outbox.mark_retry(
                    connection,
                    id=row.id,
                    now=now,
                    next_try_at=now + wait,
                    error=answer.reason,
                    tried=answer.tried,
                )
                became = "retried"
        self._counts[became] += 1
        said = answer.trace if isinstance(answer, Sent) else answer.reason
        level = logging.INFO if isinstance(answer, Sent) else logging.WARNING
        log.log(
            level,
            "alert %s key=%s subscription=%s: %s",
            became,
            row.key,
            row.subscription,
            scrub(said, [row.recipient]),
        )


async def _send(channel: Channel, letter: Letter) -> Sent | Failed:
    try:
        return await channel.send(letter)
    except Exception as error:  # noqa: BLE001 - one letter that cannot be sent must not hold up the others
        return Failed(reason=f"unexpected {type(error).__name__}")

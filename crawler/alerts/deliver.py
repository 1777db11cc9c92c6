"""Sends what is due in the outbox, at least once each: put together, lease, send outside any transaction, mark.

A letter that was sent but not marked, because the process died in between, goes out again with the same key once its
lease has run out. Receivers are served side by side, the letters of one receiver one after the other, so that a
receiver which hangs costs nobody else anything.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

from attrs import frozen

from crawler.alerts.channel import Channel, Failed, Letter, Sent, scrub
from crawler.alerts.channels import channel_of
from crawler.alerts.together import put_together
from crawler.alerts.when import LISTED, quiet_until
from crawler.config import Config, Deliver
from crawler.store import Store, outbox
from crawler.store.outbox import OutboxMessage
from crawler.subscriptions import ConfigError

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 2  # failures in a row after which a receiver counts as down and its other letters wait for the next round
MINUTE = timedelta(minutes=1)
RATE_PAUSE = timedelta(seconds=15)  # after which a letter that its receiver's rate held back is looked at again


@frozen(kw_only=True)
class Delivered:
    """What one round did, in letters."""

    sent: int = 0
    retried: int = 0  # failed for now, or put off because their receiver is down
    dead: int = 0
    held: int = 0  # put off for quiet hours or their receiver's rate


def deliver_due(store: Store, config: Config, *, now: Callable[[], datetime], limit: int = 50) -> Delivered:
    """Send up to `limit` messages that are due. Must not be called from inside an event loop.

    Raises StoreError where the store cannot be used; what was leased comes back by itself.
    """
    subscriptions = {subscription.name: subscription for subscription in config.subscription}
    with store.begin() as connection:
        put_together(connection, subscriptions, now=now())
        messages = outbox.lease(connection, now=now(), limit=limit, seconds=config.deliver.lease, listed=LISTED)
    if not messages:
        return Delivered()
    counts = asyncio.run(_Round(store, config, now).run(messages))
    return Delivered(sent=counts["sent"], retried=counts["retried"], dead=counts["dead"], held=counts["held"])


def wait_after(attempts: int, deliver: Deliver, *, jitter: float, asked: float = 0) -> timedelta:
    """How long to wait after so many failed attempts: doubling up to a limit, never under what the receiver asked.

    `jitter` (0..1) spreads the waits over ± 20 %, so that letters that failed together do not come back together.
    """
    doubled = deliver.first_wait * 2.0 ** min(max(attempts - 1, 0), 32)
    spread = min(doubled, deliver.longest_wait) * (0.8 + 0.4 * jitter)
    return timedelta(seconds=max(spread, asked))


@frozen(kw_only=True)
class _Held:
    """A letter that is not for now."""

    until: datetime
    reason: str | None = None  # None: all is well, it is only not its time
    counts_as: str = "held"


class _Round:
    """One round of sending: the letters that were leased, the receivers they go to, and what became of them."""

    def __init__(self, store: Store, config: Config, now: Callable[[], datetime]) -> None:
        self._store = store
        self._config = config
        self._now = now
        self._subscriptions = {subscription.name: subscription for subscription in config.subscription}
        self._counts: Counter[str] = Counter()
        # The store has a thread of its own: a busy one must not use up the time of the letters under way.
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")

    async def run(self, messages: Sequence[OutboxMessage]) -> Counter[str]:
        """Serve every receiver at once. Raises the first error of the store, after all receivers were served."""
        # A letter begun in the second half of the lease could still be under way when another sender takes it over.
        self._begin_until = asyncio.get_running_loop().time() + self._config.deliver.lease / 2
        receivers: defaultdict[str, list[tuple[OutboxMessage, Letter]]] = defaultdict(list)
        with self._writer:
            for message in messages:
                letter = self._letter(message)
                if isinstance(letter, Letter):
                    mail = letter.subscription.channel == "email"
                    receivers["email" if mail else message.subscription].append((message, letter))
                else:
                    await self._mark(message, letter)
            tasks = [self._serve(letters) for letters in receivers.values()]
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
        return self._counts

    def _letter(self, message: OutboxMessage) -> Letter | Failed | _Held:
        subscription = self._subscriptions.get(message.subscription)
        if subscription is None:
            return Failed(reason="there is no such subscription any more", permanent=True, posts=0)
        if subscription.channel == "email" and message.recipient not in subscription.to:
            return Failed(reason="the recipient is not in the subscription any more", permanent=True, posts=0)
        if quiet := quiet_until(subscription, self._now()):
            return _Held(until=quiet)
        return Letter(
            key=message.key,
            subscription=subscription,
            recipient=message.recipient,
            payloads=message.payloads,
            count=message.count,
            created_at=message.made_at,
        )

    async def _serve(self, letters: Sequence[tuple[OutboxMessage, Letter]]) -> None:
        """The letters of one receiver, one after the other over one connection."""
        try:
            channel = channel_of(letters[0][1].subscription, self._config)
        except ConfigError as error:
            for message, _ in letters:
                await self._mark(message, Failed(reason=str(error), posts=0))
            return
        failures, room = 0, await self._room(letters[0][1])
        try:
            for number, (message, letter) in enumerate(letters):
                if failures >= PATIENCE:
                    await self._mark(message, self._not_tried(message))
                    continue
                if not room.has(posts := _posts(channel, letter)):
                    await self._mark(message, _Held(until=self._now() + RATE_PAUSE))
                    continue
                if number and asyncio.get_running_loop().time() > self._begin_until:
                    return  # the rest comes back by itself when the lease runs out
                room.used += posts
                answer = await _send(channel, letter)
                failures = failures + 1 if isinstance(answer, Failed) and answer.unreachable else 0
                await self._mark(message, answer)
        finally:
            await channel.close()

    async def _room(self, letter: Letter) -> _Room:
        """What the receiver takes in a minute, and what it took in the last one from any sender."""
        subscription, smtp = letter.subscription, self._config.smtp
        names, most = [subscription.name], subscription.posts_per_minute
        if subscription.channel == "email" and smtp is not None:
            names = [one.name for one in self._config.subscription if one.channel == "email"]
            most = smtp.per_minute
        return _Room(most, 0 if most is None else await self._in_writer(self._posts_since, names))

    def _posts_since(self, names: Sequence[str]) -> int:
        with self._store.read() as connection:
            return outbox.posts_since(connection, subscriptions=names, since=self._now() - MINUTE)

    def _not_tried(self, message: OutboxMessage) -> _Held:
        wait = wait_after(message.attempts + 1, self._config.deliver, jitter=random.random())
        reason = "not tried: the receiver did not answer others"
        return _Held(until=self._now() + wait, reason=reason, counts_as="retried")

    async def _mark(self, message: OutboxMessage, answer: Sent | Failed | _Held) -> None:
        became = await self._in_writer(self._write, message, answer)
        self._counts[became] += 1
        said = answer.trace if isinstance(answer, Sent) else answer.reason
        if said is not None:
            level = logging.INFO if isinstance(answer, Sent) else logging.WARNING
            facts = (became, message.key, message.subscription, scrub(said, [message.recipient]))
            log.log(level, "alert %s key=%s subscription=%s: %s", *facts)

    def _write(self, message: OutboxMessage, answer: Sent | Failed | _Held) -> str:
        now, attempts, deliver, key = self._now(), message.attempts + 1, self._config.deliver, message.key
        with self._store.begin() as connection:
            if isinstance(answer, Sent):
                outbox.mark_sent(connection, message=key, now=now, trace=answer.trace, posts=answer.posts)
                return "sent"
            if isinstance(answer, _Held):
                outbox.put_off(connection, message=key, until=answer.until, error=answer.reason)
                return answer.counts_as
            error, posts = answer.reason, answer.posts
            if answer.permanent or attempts >= deliver.max_attempts:
                outbox.mark_dead(connection, message=key, now=now, error=error, posts=posts)
                return "dead"
            again = now + wait_after(attempts, deliver, jitter=random.random(), asked=answer.retry_after)
            outbox.mark_retry(connection, message=key, now=now, next_try_at=again, error=error, posts=posts)
            return "retried"

    async def _in_writer(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, function, *arguments)


class _Room:
    """How many more requests a receiver takes now. One letter always has room where nothing was sent."""

    def __init__(self, most: int | None, used: int) -> None:
        self.used = used
        self._most = most

    def has(self, posts: int) -> bool:
        return self._most is None or self.used == 0 or self.used + posts <= self._most


def _posts(channel: Channel, letter: Letter) -> int:
    try:
        return channel.posts(letter)
    except Exception:  # noqa: BLE001 - a letter that cannot be rendered fails when it is sent
        return 1


async def _send(channel: Channel, letter: Letter) -> Sent | Failed:
    try:
        return await channel.send(letter)
    except Exception as error:  # noqa: BLE001 - one letter that cannot be sent must not hold up the others
        return Failed(reason=f"unexpected {type(error).__name__}")

"""Gives a subscription its channel, and sends test messages through it, past the outbox."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime

from attrs import frozen

from crawler.alerts.apprise import AppriseChannel
from crawler.alerts.channel import Channel, Failed, Letter, Sent
from crawler.alerts.email import EmailChannel
from crawler.alerts.message import sample
from crawler.alerts.robots import RobotChannel
from crawler.alerts.rules import label
from crawler.alerts.webhook import WebhookChannel
from crawler.config import Config
from crawler.subscriptions import ConfigError, Subscription


@frozen(kw_only=True)
class TestResult:
    """What became of a test message to one recipient."""

    __test__ = False  # pytest would take the name for a test class
    recipient: str  # without what is secret in it
    trace: str | None = None  # what the receiver said when it took it
    error: str | None = None  # why it did not; None: it was sent


def channel_of(subscription: Subscription, config: Config) -> Channel:
    """The way to a subscription's receiver. Raises ConfigError where the settings lack what it needs."""
    timeout = config.deliver.timeout
    match subscription.channel:
        case "webhook":
            return WebhookChannel(subscription, timeout=timeout)
        case "wecom" | "dingtalk" | "feishu":
            return RobotChannel(subscription, timeout=timeout)
        case "apprise":
            return AppriseChannel(subscription, timeout=timeout)
        case "email":
            if config.smtp is None:
                raise ConfigError("there is no mail server in the settings; add a section [smtp]")
            return EmailChannel(config.smtp)


def send_test(config: Config, name: str, *, now: datetime, digest: bool = False) -> list[TestResult]:
    """Send an invented alert, or a digest of two, to every recipient of a subscription; nothing is tried twice.

    Raises ConfigError where there is no such subscription or the settings lack what its channel needs.
    """
    found = [subscription for subscription in config.subscription if subscription.name == name]
    if not found:
        known = ", ".join(subscription.name for subscription in config.subscription) or "none"
        raise ConfigError(f"there is no subscription {name}; known: {known}")
    return asyncio.run(_send_test(found[0], config, now, 2 if digest else 1))


async def _send_test(subscription: Subscription, config: Config, now: datetime, count: int) -> list[TestResult]:
    channel, results = channel_of(subscription, config), []
    try:
        for recipient in dict.fromkeys(subscription.to):
            letter = Letter(
                key=f"test_{secrets.token_hex(20)}",
                subscription=subscription,
                recipient=str(recipient),
                payloads=[sample(now)] * count,
                count=count,
                created_at=now,
            )
            match await channel.send(letter):
                case Sent(trace=trace):
                    results.append(TestResult(recipient=label(recipient), trace=trace))
                case Failed(reason=reason):
                    results.append(TestResult(recipient=label(recipient), error=reason))
    finally:
        await channel.close()
    return results

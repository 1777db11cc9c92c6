"""Sends alerts by Apprise to the services that have no sender here: Telegram, Slack, ntfy, Bark and a hundred more.

Apprise is an optional part (`pip install 'huixun[apprise]'`). It says only that it failed, not why, so every failure is
tried again.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging

from crawler.alerts.channel import Failed, Letter, Sent
from crawler.alerts.digest import message_of
from crawler.subscriptions import ConfigError, Subscription

# Apprise takes these robots' refusals for success; the senders here do not.
OURS = {"wecombot": "wecom", "dingtalk": "dingtalk", "feishu": "feishu", "lark": "feishu"}

# Both log addresses, which hold passwords.
for _name in ("apprise", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(lambda record: record.levelno >= logging.CRITICAL)


class AppriseChannel:
    """One service. Raises ConfigError where Apprise is not installed, or the address is none of its."""

    def __init__(self, subscription: Subscription, *, timeout: float) -> None:
        if importlib.util.find_spec("apprise") is None:
            raise ConfigError("Apprise is not installed; `pip install 'huixun[apprise]'` brings it")
        import apprise

        address = subscription.address
        scheme = address.partition("://")[0].lower()
        if scheme in OURS:
            raise ConfigError(f'this service has a sender of its own: channel = "{OURS[scheme]}"')
        self._timeout = timeout
        self._service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Huixun", storage_mode="memory"))
        if not self._service.add(address):
            raise ConfigError(f"what {subscription.to[0]} holds is no address that Apprise knows")
        for service in self._service:
            if "overflow=" not in address:
                service.overflow_mode = apprise.OverflowMode.SPLIT  # by itself it hands on what is too long

    async def send(self, letter: Letter) -> Sent | Failed:
        """Send one letter; its time limit is for the whole of it."""
        message = message_of(letter)
        try:
            async with asyncio.timeout(self._timeout):
                sent = await self._service.async_notify(title=message.subject, body=message.text, body_format="text")
        except TimeoutError:
            return Failed(reason=f"no answer within {self._timeout:g} seconds", unreachable=True)
        return Sent(trace="taken") if sent else Failed(reason="Apprise could not send it", unreachable=True)

    def posts(self, letter: Letter) -> int:
        """One message; Apprise does not say how many requests it makes of it."""
        return 1

    async def close(self) -> None:
        """Nothing is kept open."""

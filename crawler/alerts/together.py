"""Puts the alerts that are due together into messages, in the store, before any of them is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from crawler.alerts.rules import digest_key
from crawler.alerts.when import HOUR, share
from crawler.store import outbox
from crawler.store.outbox import Waiting
from crawler.subscriptions import Subscription


def put_together(conn: Connection, subscriptions: Mapping[str, Subscription], *, now: datetime) -> None:
    """Give every alert that is due its message, or a later time. What is in a message already stays as it is.

    Alerts of a subscription that is gone are parted too, so that they end as dead and not in silence.
    """
    recipients: defaultdict[tuple[str, str], list[Waiting]] = defaultdict(list)
    for alert in outbox.waiting(conn, now=now):
        recipients[alert.subscription, alert.recipient].append(alert)
    for (name, recipient), alerts in recipients.items():
        subscription = subscriptions.get(name)
        if subscription is None:
            outbox.part(conn, ids=[alert.id for alert in alerts], now=now)
            continue
        taken = (
            outbox.taken(conn, subscription=name, recipient=recipient, since=now - HOUR)
            if subscription.most_per_hour
            else []
        )
        shared = share(alerts, subscription, taken=taken, now=now)
        outbox.part(conn, ids=[alone[0].id for alone in shared.messages if len(alone) == 1], now=now)
        for several in shared.messages:
            if len(several) > 1:
                key = digest_key(alert.key for alert in several)
                outbox.join(conn, ids=[alert.id for alert in several], message=key, now=now)
        if shared.until:
            outbox.hold(conn, ids=[alert.id for alert in shared.rest], until=shared.until)

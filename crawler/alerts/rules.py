"""Decides who should hear of an event: one row for every subscription that wants it and every recipient of it.

Pure: it reads no clock and no store. Filing writes the rows into the outbox in its own transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import attrs
from attrs import field, frozen

from crawler.alerts.facts import PAYLOAD_VERSION
from crawler.alerts.plain import plain
from crawler.alerts.when import due
from crawler.hans import to_hans
from crawler.items import Conference, Verdict
from crawler.subscriptions import Filter, Secret, Subscription

EventKind = Literal["conference", "report", "revision"]


@frozen(kw_only=True)
class AlertEvent:
    """Something that was filed and that somebody may want to hear of.

    `kind` is "conference" for the first report of a conference that is no mirror, "report" for each further one,
    and "revision" where the text of a known report changed.
    """

    kind: EventKind
    conference: Conference
    conference_id: int
    report_id: int
    title: str  # Simplified
    url: str
    published: str | None  # YYYY-MM-DD or YYYY-MM-DDTHH:MM, as the article has it
    source: str
    verdict: Verdict
    first_seen: datetime  # aware
    site_id: str | None = None  # of the site in the catalogue
    reprint: bool = False  # True: the text of a known report, on another page
    baseline: bool = False  # True: it was there before the first look at its site
    text_hans: str = field(default="", repr=False)  # for the word filters; never sent
    body_sha256: str = ""  # tells one revision of a report from the next


@frozen(kw_only=True)
class AlertRow:
    """One message to one recipient: what goes into the outbox."""

    key: str  # idempotency key
    subscription: str
    recipient: str  # a mail address, or what of another address is no secret
    payload: dict[str, Any]
    due: datetime  # when it may be sent: at once, or with the next digest


def alerts_for(event: AlertEvent, subscriptions: Iterable[Subscription]) -> list[AlertRow]:
    """The rows of an event, in the order of the subscriptions; a mirror gives none."""
    if event.verdict == "mirror":
        return []
    wanted = [subscription for subscription in subscriptions if _wants(subscription, event)]
    if not wanted:
        return []
    payload = payload_of(event)
    return [
        AlertRow(
            key=key_of(event, subscription.name, recipient),
            subscription=subscription.name,
            recipient=label(recipient),
            payload=payload,
            due=due(subscription, event.first_seen),
        )
        for subscription in wanted
        for recipient in dict.fromkeys(subscription.to)
    ]


def label(recipient: str | Secret) -> str:
    """The recipient without what is secret in it: a web address is often a password, its scheme and host are not."""
    return _origin(recipient) if isinstance(recipient, str) and "://" in recipient else str(recipient)


def key_of(event: AlertEvent, subscription: str, recipient: str | Secret) -> str:
    """The idempotency key: always the same for one event, subscription and recipient, and without the address."""
    match event.kind:
        case "conference":
            return thread_key(event.conference_id, subscription, recipient)
        case "report":
            return _key(f"report:{event.report_id}", subscription, recipient)
        case "revision":
            return _key(f"revision:{event.report_id}:{event.body_sha256}", subscription, recipient)


def thread_key(conference_id: int, subscription: str, recipient: str | Secret) -> str:
    """The key of the first alert of a conference, which all later ones of it refer to."""
    return _key(f"conference:{conference_id}", subscription, recipient)


def digest_key(keys: Iterable[str]) -> str:
    """The key of several alerts in one message: one of its own for every set of them."""
    return "digest_" + hashlib.sha256("|".join(sorted(keys)).encode()).hexdigest()


def _key(what: str, subscription: str, recipient: str | Secret) -> str:
    return "alert_" + hashlib.sha256(f"{what}|{subscription}|{recipient}".encode()).hexdigest()


def payload_of(event: AlertEvent) -> dict[str, Any]:
    """The facts that a message is rendered from: bounded JSON, no rendered text; docs/alerts.md describes it."""
    record = attrs.asdict(event.conference, filter=lambda attribute, _: attribute.name != "spans")
    facts: dict[str, Any] = plain(
        {
            "version": PAYLOAD_VERSION,
            "event": event.kind,
            "baseline": event.baseline,
            "first_seen": event.first_seen.isoformat(),
            "conference": {"id": event.conference_id, **record},
            "report": {
                "id": event.report_id,
                "title": event.title,
                "url": event.url,
                "published": event.published,
                "source": event.source,
                "verdict": event.verdict,
                "reprint": event.reprint,
            },
        }
    )
    return facts


def _wants(subscription: Subscription, event: AlertEvent) -> bool:
    if event.baseline and not subscription.baseline:
        return False
    asked = {"conference": True, "report": subscription.filter.every_report, "revision": subscription.filter.revisions}
    return asked[event.kind] and _passes(subscription.filter, event)


def _passes(wish: Filter, event: AlertEvent) -> bool:
    conference = event.conference
    if wish.kinds and conference.kind not in wish.kinds:
        return False
    if wish.levels and conference.level not in wish.levels:
        return False
    if wish.regions and not (conference.region_code or "").startswith(wish.regions):
        return False
    if wish.sources and not any(_is_from(event, source) for source in wish.sources):
        return False
    if wish.verdicts and event.verdict not in wish.verdicts:
        return False
    text = f"{event.title}\n{event.text_hans}".casefold()
    if wish.words and not any(_says(text, asked) for asked in wish.words):
        return False
    return not any(_simplified(word) in text for word in wish.without)


def _is_from(event: AlertEvent, source: str) -> bool:
    return source == event.site_id or _simplified(source) in _simplified(event.source)


def _says(text: str, asked: str) -> bool:
    """Whether every word of "a b -c" is where it should be: a and b in the text, c not."""
    words = _simplified(asked).split()
    return all((word[1:] not in text) if word.startswith("-") else (word in text) for word in words)


def _simplified(word: str) -> str:
    return to_hans(word).casefold()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

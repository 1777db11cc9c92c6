"""Writes out a letter: the alert itself where it holds one, a digest where it holds several. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from crawler.alerts.channel import Letter
from crawler.alerts.facts import PAYLOAD_VERSION, Facts, table, text
from crawler.alerts.message import (
    MAX_SUBJECT,
    Message,
    headline,
    render,
    template,
    webhook_body,
    words,
)
from crawler.alerts.plain import line, plain


def message_of(letter: Letter) -> Message:
    """What a person reads. A digest lists the alerts whose facts the letter has, and says how many more there are."""
    subscription, language = letter.subscription.name, letter.subscription.language
    if letter.count == 1:
        return render(letter.payloads[0], language=language, subscription=subscription)
    said = words(language)
    listed = [plain(payload) for payload in letter.payloads if isinstance(payload, Mapping)]
    unlisted = letter.count - len(listed)
    values = {
        "html_lang": said["html_lang"],
        "intro": said["intro"]["digest"].format(count=letter.count),
        "entries": [_entry(facts, said) for facts in listed],
        "unlisted": said["intro"]["unlisted"].format(count=unlisted) if unlisted else "",
        "footer": said["footer"].format(subscription=line(subscription)),
    }
    what = headline(listed[0], said) if listed else ""
    return Message(
        subject=line(said["subject"]["digest"].format(count=letter.count, what=what), MAX_SUBJECT),
        text=template("digest.txt.j2").render(values),
        html=template("digest.html.j2").render(values),
    )


def body_of(letter: Letter) -> bytes:
    """What a program gets: UTF-8 JSON. A digest holds the data of every alert as that alert's own message would."""
    subscription = letter.subscription.name
    bodies = [webhook_body(payload, subscription=subscription) for payload in letter.payloads]
    if letter.count == 1:
        return bodies[0]
    alerts = [json.loads(body) for body in bodies]
    digest = {
        "type": "digest",
        "timestamp": letter.created_at.isoformat(),
        "subscription": subscription,
        "data": {
            "version": PAYLOAD_VERSION,
            "event": "digest",
            "count": letter.count,
            "alerts": [{"type": alert["type"], "data": alert["data"]} for alert in alerts],
        },
    }
    return json.dumps(digest, ensure_ascii=False, separators=(",", ":")).encode()


def _entry(facts: Facts, said: Facts) -> dict[str, str]:
    report = table(facts, "report")
    published = text(report, "published").replace("T", " ")
    return {
        "headline": headline(facts, said),
        "title": text(report, "title"),
        "origin": " · ".join(part for part in (text(report, "source"), published) if part),
        "url": text(report, "url"),
    }

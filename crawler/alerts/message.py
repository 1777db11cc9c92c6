"""Turns the facts of an alert into what is sent: subject, plain text and HTML for people, JSON for programs.

Pure, and safe for any payload: what the crawl brought in passes through `plain` first and is escaped in HTML, so that
it can forge no header, no further line and no markup.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib import resources
from typing import Any, Literal

from attrs import frozen
from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from crawler.alerts.plain import line, plain

Language = Literal["zh", "en"]
Facts = Mapping[str, Any]

MAX_SUBJECT = 120  # characters
MAX_BODY = 32 * 1024  # bytes of a webhook's JSON
NAMES_SHOWN = 12  # people or units in one line of a message
BEIJING = timezone(timedelta(hours=8))  # all of China, no summer time since 1991; needs no time zone data
TYPES = {"conference": "conference.new", "report": "report.new", "revision": "report.revised", "test": "alert.test"}
_DATE = re.compile(r"(?:(\d{4})|-)-(\d\d)-(\d\d)")


@frozen(kw_only=True)
class Message:
    """What a person reads."""

    subject: str  # one line
    text: str
    html: str


@frozen(kw_only=True)
class Row:
    """One labelled fact of a message."""

    label: str
    value: str
    is_link: bool = False


def render(payload: Facts, *, language: Language, subscription: str) -> Message:
    """The message for a person. A fact that is missing or of another shape is left out."""
    facts = plain(payload)
    words = _words()[language]
    conference, event = _table(facts, "conference"), _event(facts)
    heading = _heading(conference)
    day = _text(conference, "held_on")
    what = f"{heading} · {_date(day, words)}" if _DATE.fullmatch(day) else heading
    intro = words["intro"][event] + (" " + words["intro"]["baseline"] if facts.get("baseline") is True else "")
    values = {
        **{name: words[name] for name in ("html_lang", "colon", "open")},
        "heading": heading,
        "intro": intro,
        "rows": list(_rows(facts, words)),
        "footer": words["footer"].format(subscription=line(subscription)),
    }
    return Message(
        subject=line(words["subject"][event].format(what=what), MAX_SUBJECT),
        text=_environment().get_template("alert.txt.j2").render(values),
        html=_environment().get_template("alert.html.j2").render(values),
    )


def webhook_body(payload: Facts, *, subscription: str) -> bytes:
    """The UTF-8 JSON of a webhook, at most MAX_BODY bytes: long lists and strings of a hostile page are cut short."""
    body = b""
    for items, chars in ((40, 300), (20, 100), (5, 50), (0, 50)):
        facts = plain(payload, items=items, chars=chars)
        message = {"type": TYPES[_event(facts)], "timestamp": facts.get("first_seen"), "subscription": subscription}
        body = json.dumps(message | {"data": facts}, ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) <= MAX_BODY:
            break
    return body


def sample(now: datetime) -> dict[str, Any]:
    """The payload of a test message, first seen now (aware)."""
    return tomllib.loads(_file("sample.toml")) | {"first_seen": now.isoformat()}


def _rows(facts: Facts, words: Facts) -> Iterable[Row]:
    conference, report = _table(facts, "conference"), _table(facts, "report")
    units = [
        _with_note(words, _text(unit, "name"), _named(words, "mode", unit))
        for unit in _tables(conference, "exchange_units")
    ]
    values = {
        "kind": _joined(" · ", _named(words, "kind", conference), _named(words, "level", conference)),
        "held_on": _held_on(conference, words),
        "venue": _with_note(words, _text(conference, "venue"), _named(words, "form", conference)),
        "host": _text(conference, "host_organ"),
        "chair": _people(conference, "chair", words),
        "speech": _people(conference, "speech", words),
        "units": words["units"].format(count=len(units), names=_list(units, words)) if units else "",
        "title": _text(report, "title"),
        "source": _with_note(words, _text(report, "source"), _named(words, "verdict", report)),
        "published": _text(report, "published").replace("T", " "),
        "first_seen": _moment(_text(facts, "first_seen"), words),
        "link": _text(report, "url"),
    }
    return (
        Row(label=words["label"][name], value=value, is_link=name == "link") for name, value in values.items() if value
    )


def _heading(conference: Facts) -> str:
    region, name = _text(conference, "region_name"), _text(conference, "name")
    return name if region and region in name else _joined(" · ", region, name) or "?"


def _held_on(conference: Facts, words: Facts) -> str:
    day = _date(_text(conference, "held_on"), words)
    if not day:
        return str(words["date_unknown"])
    return _with_note(words, day, _named(words, "basis", conference, key="held_on_basis"))


def _date(day: str, words: Facts) -> str:
    found = _DATE.fullmatch(day)
    if not found:
        return day
    year, month, date = found[1], int(found[2]), int(found[3])
    return str(words["date" if year else "date_without_year"].format(year=year, month=month, day=date))


def _moment(iso: str, words: Facts) -> str:
    try:
        moment = datetime.fromisoformat(iso).astimezone(BEIJING)
    except (ValueError, OverflowError):
        return ""
    return _with_note(words, f"{moment:%Y-%m-%d %H:%M}", words["time_zone"])


def _people(conference: Facts, role: str, words: Facts) -> str:
    """The names, with titles, of those who played a part."""
    named = [person for person in _tables(conference, "people") if role in _strings(person, "roles")]
    shown = [_with_note(words, _text(one, "name"), words["separator"].join(_strings(one, "titles"))) for one in named]
    return _list(shown, words)


def _list(names: Iterable[str], words: Facts) -> str:
    every = [name for name in names if name]
    shown = words["separator"].join(every[:NAMES_SHOWN])
    if len(every) <= NAMES_SHOWN:
        return str(shown)
    return f"{shown} {words['more'].format(count=len(every))}"


def _with_note(words: Facts, text: str, note: str) -> str:
    return str(words["with_note"].format(text=text, note=note)) if text and note else text or note


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)


def _named(words: Facts, what: str, table: Facts, key: str | None = None) -> str:
    """The word for a fixed value such as a level; empty for one that has no word."""
    return str(words[what].get(_text(table, key or what), ""))


def _event(facts: Facts) -> str:
    event = facts.get("event")
    return event if isinstance(event, str) and event in TYPES else "report"


def _text(table: Facts, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _table(table: Facts, key: str) -> Facts:
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}


def _tables(table: Facts, key: str) -> list[Facts]:
    value = table.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _strings(table: Facts, key: str) -> list[str]:
    value = table.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_file("words.toml"))


def _file(name: str) -> str:
    return (resources.files("crawler.alerts") / "templates" / name).read_text("utf-8")


@cache
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(
        loader=FunctionLoader(_file),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

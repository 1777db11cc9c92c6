"""Turns the facts of an alert into what is sent: subject, plain text and HTML for people, JSON for programs.

Pure, and safe for any payload: what the crawl brought in passes through `plain` first and is escaped in HTML, so that
it can forge no header, no further line and no markup.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Literal

from attrs import frozen
from jinja2 import FunctionLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from crawler.alerts.facts import TYPES, Facts, event, strings, table, tables, text
from crawler.alerts.plain import line, plain
from crawler.subscriptions import BEIJING

Language = Literal["zh", "en"]

MAX_SUBJECT = 120  # characters
MAX_BODY = 32 * 1024  # bytes of a webhook's JSON
NAMES_SHOWN = 12  # people or units in one line of a message
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
    facts, said = plain(payload), words(language)
    intro = said["intro"]["reprint" if is_reprint(facts) else event(facts)]
    if facts.get("baseline") is True:
        intro = f"{intro} {said['intro']['baseline']}"
    values = {
        **{name: said[name] for name in ("html_lang", "colon", "open")},
        "heading": _heading(facts, said),
        "intro": intro,
        "rows": list(_rows(facts, said)),
        "footer": said["footer"].format(subscription=line(subscription)),
    }
    return Message(
        subject=line(headline(facts, said), MAX_SUBJECT),
        text=template("alert.txt.j2").render(values),
        html=template("alert.html.j2").render(values),
    )


def headline(facts: Facts, said: Facts) -> str:
    """What happened, where, and on which day, in one line."""
    heading, day = _heading(facts, said), text(table(facts, "conference"), "held_on")
    what = f"{heading} · {_date(day, said)}" if _DATE.fullmatch(day) else heading
    return str(said["subject"]["reprint" if is_reprint(facts) else event(facts)].format(what=what))


def is_reprint(facts: Facts) -> bool:
    """Whether the report repeats the text of a known one."""
    return event(facts) == "report" and table(facts, "report").get("reprint") is True


def webhook_body(payload: Facts, *, subscription: str) -> bytes:
    """The UTF-8 JSON of a webhook, at most MAX_BODY bytes: long lists and strings of a hostile page are cut short."""
    body = b""
    for items, chars in ((40, 300), (20, 100), (5, 50), (0, 50)):
        facts = plain(payload, items=items, chars=chars)
        message = {"type": TYPES[event(facts)], "timestamp": facts.get("first_seen"), "subscription": subscription}
        body = json.dumps(message | {"data": facts}, ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) <= MAX_BODY:
            break
    return body


def sample(now: datetime) -> dict[str, Any]:
    """The payload of a test message, first seen now (aware)."""
    return tomllib.loads(_file("sample.toml")) | {"first_seen": now.isoformat()}


def _rows(facts: Facts, words: Facts) -> Iterable[Row]:
    if event(facts) == "note":
        return [_of_turn(turn, words) for turn in tables(table(facts, "note"), "turns")]
    values = _of_source(facts, words) if event(facts) == "source" else _of_report(facts, words)
    return (
        Row(label=words["label"][name], value=value, is_link=name == "link") for name, value in values.items() if value
    )


def _of_source(facts: Facts, words: Facts) -> dict[str, str]:
    source = table(facts, "source")
    return {
        "site": text(source, "id"),
        "state": _named(words, "state", source) or text(source, "state"),
        "reason": text(source, "reason"),
        "first_seen": _moment(text(facts, "first_seen"), words),
    }


def _of_turn(turn: Facts, words: Facts) -> Row:
    """One line of a daily note: which site, from what into what, why and when."""
    states = (_named(words, "state", turn, key="before"), _named(words, "state", turn))
    told = _joined(" · ", " → ".join(states), text(turn, "reason"), _moment(text(turn, "at"), words))
    recovered = turn.get("recovered") is True
    label = words["note"]["recovered" if recovered else "turned"]
    return Row(label=label, value=f"{_with_note(words, text(turn, 'name'), text(turn, 'id'))}{words['colon']}{told}")


def _of_report(facts: Facts, words: Facts) -> dict[str, str]:
    conference, report = table(facts, "conference"), table(facts, "report")
    units = [
        _with_note(words, text(unit, "name"), _named(words, "mode", unit))
        for unit in tables(conference, "exchange_units")
    ]
    return {
        "kind": _joined(" · ", _named(words, "kind", conference), _named(words, "level", conference)),
        "held_on": _held_on(conference, words),
        "venue": _with_note(words, text(conference, "venue"), _named(words, "form", conference)),
        "host": text(conference, "host_organ"),
        "chair": _people(conference, "chair", words),
        "speech": _people(conference, "speech", words),
        "units": words["units"].format(count=len(units), names=_list(units, words)) if units else "",
        "title": text(report, "title"),
        "source": _with_note(words, text(report, "source"), _named(words, "verdict", report)),
        "published": text(report, "published").replace("T", " "),
        "first_seen": _moment(text(facts, "first_seen"), words),
        "link": text(report, "url"),
    }


def _heading(facts: Facts, said: Facts) -> str:
    if event(facts) == "source":
        source = table(facts, "source")
        return _joined(" · ", text(source, "name") or text(source, "id"), _named(said, "state", source)) or "?"
    if event(facts) == "note":
        note = table(facts, "note")
        return str(said["note"]["heading"].format(day=_date(text(note, "day"), said), count=_count(note)))
    region, name = text(table(facts, "conference"), "region_name"), text(table(facts, "conference"), "name")
    return name if region and region in name else _joined(" · ", region, name) or "?"


def _count(note: Facts) -> int:
    """How many turns a note tells of, those that it does not list too."""
    count = note.get("count")
    return count if isinstance(count, int) else len(tables(note, "turns"))


def _held_on(conference: Facts, words: Facts) -> str:
    day = _date(text(conference, "held_on"), words)
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
    named = [person for person in tables(conference, "people") if role in strings(person, "roles")]
    shown = [_with_note(words, text(one, "name"), words["separator"].join(strings(one, "titles"))) for one in named]
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
    return str(words[what].get(text(table, key or what), ""))


def words(language: Language) -> Facts:
    """Every word of a message in a language."""
    return table(_words(), language)


def template(name: str) -> Template:
    """One of the templates; those that end in .html.j2 escape what they are given."""
    return _environment().get_template(name)


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

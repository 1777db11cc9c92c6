"""Reads the facts of an alert without trusting their shape: what is missing, or is something else, is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]

PAYLOAD_VERSION = 1
TYPES = {
    "conference": "conference.new",
    "report": "report.new",
    "revision": "report.revised",
    "test": "alert.test",
    "source": "source.turned",
    "note": "source.note",
}


def event(facts: Facts) -> str:
    """What happened: a key of TYPES. What has a source and no conference is the operator's news of that source."""
    name = facts.get("event")
    if isinstance(name, str) and name in TYPES:
        return name
    return "source" if "source" in facts and "conference" not in facts else "report"


def text(table_: Facts, key: str) -> str:
    """A string."""
    value = table_.get(key)
    return value if isinstance(value, str) else ""


def table(table_: Facts, key: str) -> Facts:
    """An inner table."""
    value = table_.get(key)
    return value if isinstance(value, Mapping) else {}


def tables(table_: Facts, key: str) -> list[Facts]:
    """The tables in a list."""
    value = table_.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def strings(table_: Facts, key: str) -> list[str]:
    """The strings in a list."""
    value = table_.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

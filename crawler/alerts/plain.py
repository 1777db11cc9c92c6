"""Makes crawled facts fit to be read by people and programs: on one line, bounded, nothing invisible.

Crawled text is hostile. Line breaks could forge mail headers or further lines of a message, bidirectional controls
turn a line around, zero-width characters hide words, and lone surrogates cannot be sent at all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

MAX_CHARS = 300  # of one string
MAX_ITEMS = 40  # of one list
MAX_DEPTH = 8  # of lists and tables in each other
MAX_LINK = 2000  # characters; longer addresses are refused by browsers and mail programs


def line(text: str, limit: int = MAX_CHARS) -> str:
    """The text on one line of at most `limit` characters, without control, format and surrogate characters.

    A longer text ends in "…". Doing it twice changes nothing.
    """
    shown = "".join(_shown(char) for char in text[: 8 * limit])
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def _shown(char: str) -> str:
    match unicodedata.category(char):
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cf" | "Cs":
            return ""
    return char


def link(url: object) -> str:
    """The address if it is plain http or https without a user name in it, else an empty string."""
    if not isinstance(url, str) or len(url) > MAX_LINK or " " in url or line(url, MAX_LINK) != url:
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return url if usable else ""


def plain(value: Any, *, chars: int = MAX_CHARS, items: int = MAX_ITEMS, depth: int = MAX_DEPTH) -> Any:
    """The same JSON value with every string passed through `line`, every list cut to `items`, every `url` checked.

    Values that JSON does not have become their text; what lies deeper than `depth` becomes None.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple) and depth == 0:
        return None
    if isinstance(value, Mapping):
        return {
            line(str(key), chars): link(inner)
            if key == "url"
            else plain(inner, chars=chars, items=items, depth=depth - 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [plain(inner, chars=chars, items=items, depth=depth - 1) for inner in value[:items]]
    return line(str(value), chars)

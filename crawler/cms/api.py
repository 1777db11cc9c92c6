"""Reads lists that a site hands to its own scripts as JSON: by what the values look like, with no selectors.

The answers of TRS search, gkmlpt, jpaas and many others differ only in names. What they share is an array of objects
with a headline, mostly an address and mostly a day. Where rows come as HTML inside a string, that HTML is handed on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from attrs import frozen

from crawler import dates, dom
from crawler.cms.links import Links
from crawler.items import Entry
from crawler.workdays import CHINA

_CALL = re.compile(r"^[\w$.]{1,80}\s*\(")
_TITLES = ("title", "doctitle", "headline", "subject", "name", "bt", "biaoti")
_ADDRESSES = ("url", "link", "href", "docpuburl", "chnldocurl", "puburl", "linkurl", "articleurl", "path")
_DAYS = ("date", "time", "day", "rq", "fbsj")  # anywhere in the name
_FIRST = ("pub", "release", "rel", "display", "fb")  # of several days, the one of publication
_LOOKS_LIKE = re.compile(r"^(?:https?:/)?/{1,2}[^\s/]|^\.{1,2}/|\.s?html?(?:\?|$)")
_HAN = re.compile("[\u3400-\u9fff]")
_FIELD = re.compile(r"\{(\w{1,60})\}")
_ROWS_OF_HTML = re.compile(r"<(?:li|tr|dl|p|div)\b", re.IGNORECASE)
_PAGE = re.compile(
    r"(?P<name>(?:[?&]|%22|%7B)(?:page(?:_?(?:no|num|number|index))?|cur(?:r(?:ent)?)?_?page|pn)(?:=|%22(?::|%3A)))"
    r"(?P<number>\d{1,5})(?!\d)",
    re.IGNORECASE,
)
_MAX_NODES = 200_000
_MAX_ROWS = 1000
_MIN_TITLE = 4


@frozen
class _Rows:
    """An array of objects, and under which names its rows hold what a list shows."""

    rows: list[dict[str, Any]]
    title: str
    address: str | None
    day: str | None


def parse(text: str) -> Any:
    """The value of a JSON or JSONP text; None where it is none, or nests deeper than any honest one."""
    text = text.strip().removeprefix("\ufeff")
    if call := _CALL.match(text[:100]):
        text = text[call.end() :].rstrip("; \r\n\t").removesuffix(")")
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def entries(value: Any, links: Links, listing_url: str, article_url: str | None = None) -> tuple[Entry, ...]:
    """The rows of the best array of objects, each address once, in the order they stand.

    ``article_url``: where an article stands, with names of the row's fields in braces: https://…/art/{id}.html
    """
    found = max((rows for array in _arrays(value) if (rows := _rows(array, article_url))), key=_worth, default=None)
    if found is None:
        return ()
    read: dict[str, Entry] = {}
    for row in found.rows[:_MAX_ROWS]:
        title = plain(row.get(found.title))
        address = _filled(article_url, row) if article_url else row.get(found.address or "")
        url = links.address(address) if isinstance(address, str) else None
        if url and title:
            listed_on = day_of(row.get(found.day or ""))
            read.setdefault(url, Entry(url=url, title=title, listed_on=listed_on, listing_url=listing_url))
    return tuple(read.values())


def html_of(value: Any) -> str:
    """The longest piece of HTML with links in it; "" where there is none."""
    pieces = (node for node in _nodes(value) if isinstance(node, str) and "<a" in node and _ROWS_OF_HTML.search(node))
    return max(pieces, key=len, default="")


def next_url(url: str) -> str | None:
    """The address with its page number counted up by one, in the query or in JSON inside it; None without a number."""
    head, sign, query = url.partition("?")
    further = _PAGE.sub(lambda found: f"{found['name']}{int(found['number']) + 1}", sign + query, count=1)
    return head + further if further != sign + query else None


def day_of(value: Any) -> str | None:
    """YYYY-MM-DD in China: of a text, or of seconds or milliseconds since 1970."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) in (10, 13):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value / 1000 if value > 10**11 else value
        is_recent = 6 * 10**8 < seconds < 5 * 10**9  # 1989 to 2128
        return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA).date().isoformat() if is_recent else None
    if not isinstance(value, str):
        return None
    found = dates.first(value[:100])
    return found[:10] if found else None


def plain(value: Any) -> str:
    """A headline without the markup that searches put around their words."""
    text = value[:1000] if isinstance(value, str) else ""
    return dom.text_of(dom.parse(text)) if "<" in text or "&" in text else " ".join(text.split())


def _nodes(value: Any) -> Iterator[Any]:
    stack, count = [value], 0
    while stack and count < _MAX_NODES:
        node = stack.pop()
        count += 1
        yield node
        if isinstance(node, dict):
            stack.extend(reversed(node.values()))
        elif isinstance(node, list):
            stack.extend(reversed(node))


def _arrays(value: Any) -> Iterator[list[dict[str, Any]]]:
    for node in _nodes(value):
        if isinstance(node, list) and node and all(isinstance(row, dict) for row in node[:_MAX_ROWS]):
            yield node[:_MAX_ROWS]


def _rows(array: list[dict[str, Any]], article_url: str | None) -> _Rows | None:
    """Which fields are the headline, the address and the day; None where the array is no list of articles."""
    fields: dict[str, list[Any]] = {}
    for row in array:
        for name, value in row.items():
            fields.setdefault(name, []).append(value)
    needed = len(array) / 2
    common = {name: values for name, values in fields.items() if len(values) >= needed}
    title = _best(common, _TITLES, _is_title)
    address = None if article_url else _best(common, _ADDRESSES, _is_address)
    if title is None or (address is None and article_url is None):
        return None
    return _Rows(array, title, address, _day_field(common))


def _best(fields: dict[str, list[Any]], usual: tuple[str, ...], fits: Callable[[Any], bool]) -> str | None:
    """The field whose values fit: by the most usual name, then by a part of one, then the one that fits most often."""
    shares = {name: sum(map(fits, values)) / len(values) for name, values in fields.items()}

    def rank(name: str) -> tuple[int, float]:
        lower = name.lower()
        places = [at if lower == known else at + len(usual) for at, known in enumerate(usual) if known in lower]
        return min(places, default=2 * len(usual)), -shares[name]

    return min((name for name, share in shares.items() if share >= 0.5), key=rank, default=None)


def _day_field(fields: dict[str, list[Any]]) -> str | None:
    def rank(name: str) -> tuple[bool, bool]:
        return not any(part in name.lower() for part in _FIRST), not any(part in name.lower() for part in _DAYS)

    dated = [
        name for name, values in fields.items() if sum(day_of(value) is not None for value in values) * 2 >= len(values)
    ]
    named = [name for name in dated if not all(rank(name))]
    return min(named or dated, key=rank, default=None)


def _is_title(value: Any) -> bool:
    text = plain(value) if isinstance(value, str) and len(value) < 1000 else ""
    return len(text) >= _MIN_TITLE and bool(_HAN.search(text)) and not _LOOKS_LIKE.search(text)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and len(value) < 2048 and bool(_LOOKS_LIKE.search(value))


def _worth(found: _Rows) -> tuple[int, int]:
    return (found.day is not None) * len(found.rows), len(found.rows)


def _filled(template: str, row: dict[str, Any]) -> str | None:
    """The address of a row; None where the row lacks one of the fields."""
    names = _FIELD.findall(template)
    if not all(isinstance(row.get(name), str | int) for name in names):
        return None
    return _FIELD.sub(lambda found: quote(str(row[found[1]]), safe=""), template)

"""Decides among what lines, metadata and the text say: source, author and publisher, kept apart."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from crawler.extract import bylines
from crawler.extract.facts import Facts, authors

_META_SOURCES = ("contentsource", "source", "mediaid", "article:source")
_META_AUTHORS = ("author", "article:author", "authors")
_NOBODY = re.compile(
    r"^(?:admin\w*|administrator|root|管理员|佚名|未知|不详|无|本站|原创|null|none|undefined|-+)$", re.IGNORECASE
)
_MARKUP = re.compile(r"[<>{}]|https?:")
_MAX = 60


@frozen
class Credits:
    """Who published an article first, who wrote it, who put it on the site; "" where the page does not say."""

    source: str
    author: str
    publisher: str
    raw: Mapping[str, str]


def decide(facts: Facts, meta: Mapping[str, str], byline: bylines.Byline | None) -> Credits:
    """The line under the headline counts most, then the byline in the text, then the metadata."""
    raw: dict[str, str] = {}
    source = author = publisher = ""
    if facts.source:
        source, raw["source"] = facts.source.value, facts.source.raw
    elif named := _first(meta, _META_SOURCES):
        source, raw["source"] = named, named
    elif byline and byline.organ:
        source, raw["source"] = byline.organ, byline.raw
    if facts.author and (names := authors(facts.author.value)) and not _NOBODY.match(names):
        author, raw["author"] = names, facts.author.raw
    elif byline and byline.authors:
        author, raw["author"] = byline.authors, byline.raw
    elif named := _first(meta, _META_AUTHORS):
        author, raw["author"] = authors(named), named
    if facts.publisher:
        publisher, raw["publisher"] = facts.publisher.value, facts.publisher.raw
    return Credits(source, author, publisher, raw)


def _first(meta: Mapping[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        value = " ".join(meta.get(name, "").split())
        if value and len(value) <= _MAX and not _MARKUP.search(value) and not _NOBODY.match(value):
            return value
    return ""

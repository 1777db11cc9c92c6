"""Decides among what lines, metadata and the text say: source, author and publisher, kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from crawler.extract import bylines
from crawler.extract.facts import Fact, Facts
from crawler.extract.names import authors

_OFFICIAL = ("contentsource",)  # 《政府网站发展指引》 (国办发〔2017〕47号) asks for it on every page of content
_META_SOURCES = (*_OFFICIAL, "source", "mediaid", "article:source", "og:article:source")
_META_AUTHORS = ("author", "article:author", "og:article:author", "authors", "dc.creator", "creator")
_NOTHING = re.compile(r"^(?:未知|不详|无|null|none|undefined|-+)$", re.IGNORECASE)
_NOBODY = re.compile(
    r"^(?:admin\w*|administrator|root|管理员|佚名|未知|不详|无|本站|原创|null|none|undefined|-+)$", re.IGNORECASE
)
_MARKUP = re.compile(r"[<>{}]|https?:")
# What pages put into metadata in the place of a writer: addresses, numbers of accounts, a whole sentence.
_NO_NAME = re.compile(
    r"www\.|\.(?:com|cn|net|org)\b|^[A-Za-z]{0,3}_?\d+$|提供|服务|服務|[^,，、;；\s]{21}", re.IGNORECASE
)
_MAX = 60
Said = tuple[str, str]  # a value and the text it was read from


@frozen
class Credits:
    """Who published an article first, who wrote it, who put it on the site; "" where the page does not say."""

    source: str
    author: str
    publisher: str
    raw: Mapping[str, str]


def decide(facts: Facts, meta: Mapping[str, str], byline: bylines.Byline | None) -> Credits:
    """The first that says anything counts, of each kind; its raw text is kept under the kind's name."""
    said = {
        "source": next((one for one in _sources(facts, meta, byline) if one[0] and not _NOTHING.match(one[0])), None),
        "author": next((one for one in _writers(facts, meta, byline) if one[0] and not _NOBODY.match(one[0])), None),
        "publisher": next(_of(facts.publisher), None),
    }
    value = {kind: one[0] if one else "" for kind, one in said.items()}
    return Credits(
        value["source"], value["author"], value["publisher"], {kind: one[1] for kind, one in said.items() if one}
    )


def _sources(facts: Facts, meta: Mapping[str, str], byline: bylines.Byline | None) -> Iterator[Said]:
    """The official label of government pages says it best, unless it names nobody or only repeats the site's own name;
    then the line under the headline, other metadata, the organ that the byline names."""
    official = _first(meta, _OFFICIAL)
    if official != meta.get("sitename") and not _NOBODY.match(official):
        yield official, facts.source.raw if facts.source else official
    yield from _of(facts.source)
    named = _first(meta, _META_SOURCES)
    yield named, named
    if byline:
        yield byline.organ, byline.raw


def _writers(facts: Facts, meta: Mapping[str, str], byline: bylines.Byline | None) -> Iterator[Said]:
    """The line under the headline, the byline in the text, a line below it, who posted it, the metadata (which often
    name the web editor: never before a byline), the organ that issued a document."""
    for value, raw in _of(facts.author):
        yield authors(value), raw
    if byline:
        yield byline.authors, byline.raw
    for value, raw in _of(facts.signed):
        yield authors(value), raw
    yield from _of(facts.poster)
    named = _first(meta, _META_AUTHORS)
    if not _NO_NAME.search(named):
        yield authors(named), named
    yield from _of(facts.issuer)


def _of(fact: Fact | None) -> Iterator[Said]:
    if fact:
        yield fact.value, fact.raw


def _first(meta: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The first value that some name has; markup and addresses are none."""
    for name in names:
        value = " ".join(meta.get(name, "").split())
        if value and len(value) <= _MAX and not _MARKUP.search(value):
            return value
    return ""

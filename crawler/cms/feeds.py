"""Reads what sites publish for programs: RSS, RDF and Atom feeds, sitemaps and indexes of sitemaps.

One reader by local names serves them all. It takes days as they are written: a feed that states no time zone means
China's, which readers made for the whole world take for UTC, and 2025年3月1日 is no date to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

from lxml import etree

from crawler import dates, dom
from crawler.cms.base import ListingRead
from crawler.cms.links import Links
from crawler.items import Document, Entry
from crawler.workdays import CHINA

MAX_ENTRIES = 10_000  # of one sitemap, the latest changed first
MAX_PARTS = 5  # sitemaps of an index that are read, the latest changed first
_HEAD = 4096  # characters in which a file says what it is
_PROLOGUE = re.compile(
    r"(?:\s|<\?[^>]{0,500}>|<!--(?:[^-]|-(?!->)){0,2000}-->|<!DOCTYPE[^>]{0,500}>)*<([A-Za-z:]{1,20})"
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\w{1,8});)")
_FEEDS = frozenset({"rss", "rdf:rdf", "feed"})
_SITEMAPS = frozenset({"urlset", "sitemapindex"})
_ITEMS = frozenset({"item", "entry", "url", "sitemap"})
_ADDRESSES = ("link", "loc", "guid", "id")  # the one that stands first counts
_DAYS = ("pubDate", "published", "publication_date", "date", "issued", "lastmod", "updated", "modified")
_MAX_TITLE = 500


def kind(text: str) -> str | None:
    """`feed`, `sitemap` or None, by the first element of the text."""
    start = _PROLOGUE.match(text.lstrip("\ufeff")[:_HEAD])
    name = start[1].lower() if start else ""
    return "feed" if name in _FEEDS else "sitemap" if name in _SITEMAPS else None


def read(document: Document) -> ListingRead:
    """The entries of a feed or sitemap; of an index no entries, but the sitemaps to read. Never raises."""
    root = _parse(document.html)
    via = kind(document.html) or "feed"
    if root is None:
        return ListingRead(entries=(), next_url=None, via=via)
    links = Links(document.page.url, document.charset)
    rows = [_Row(item) for item in _items(root)]
    if via == "sitemap":
        rows.sort(key=lambda row: row.day or "", reverse=True)
    if _name(root).lower() == "sitemapindex":
        parts = dict.fromkeys(url for row in rows if (url := row.address(links)))
        is_whole = bool(rows) and all(row.day for row in rows)
        return ListingRead(entries=(), next_url=None, via=via, parts=tuple(parts)[:MAX_PARTS], is_whole=is_whole)
    entries: dict[str, Entry] = {}
    for row in rows[:MAX_ENTRIES]:
        url = row.address(links)
        if url and (row.title or via == "sitemap"):
            listed = Entry(url=url, title=row.title, listed_on=row.day, listing_url=document.page.url)
            entries.setdefault(url, listed)
    return ListingRead(entries=tuple(entries.values()), next_url=_next(root, links), via=via)


class _Row:
    """One item, by the local names of what stands in it."""

    def __init__(self, item: etree._Element) -> None:
        self._found: dict[str, str] = {}
        for element in _two_levels(item):
            name = _name(element)
            value = "".join(map(str, element.itertext())).strip()
            if name == "link" and element.get("href"):
                if element.get("rel", "alternate") != "alternate":
                    continue
                value = element.get("href", "")
            if name in ("guid", "id") and element.get("isPermaLink") == "false":
                continue
            if value:
                self._found.setdefault(name, value)

    @cached_property
    def title(self) -> str:
        """The headline without markup, "" where a sitemap gives none."""
        text = self._found.get("title", "")[:_MAX_TITLE]
        return dom.text_of(dom.parse(text)) if "<" in text or "&" in text else " ".join(text.split())

    @cached_property
    def day(self) -> str | None:
        """YYYY-MM-DD in China."""
        return next((found for name in _DAYS if (found := day_of(self._found.get(name, "")))), None)

    def address(self, links: Links) -> str | None:
        """Where it leads: the first of link, loc, guid and id that is an address."""
        return next((found for name in _ADDRESSES if (found := _address(name, self._found.get(name), links))), None)


def _address(name: str, value: str | None, links: Links) -> str | None:
    if name in ("guid", "id") and not (value or "").startswith(("http://", "https://", "/")):
        return None
    return links.address((value or "").replace("&amp;", "&"))


def day_of(text: str) -> str | None:
    """The day of a moment as machines write it (RFC 822, ISO 8601), in China; else the first day that stands there."""
    text = text.strip()[:100]
    for reader in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = reader(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        try:
            return (moment.astimezone(CHINA) if moment.tzinfo else moment).date().isoformat()
        except OverflowError:
            continue
    found = dates.first(text)
    return found[:10] if found else None


def _parse(text: str) -> etree._Element | None:
    """Nothing outside is loaded and no entity is filled in; what is not well-formed is read as far as it goes."""
    plain = dom.drop_giant_tags(dom.xml_safe(_DECLARATION.sub("", text.lstrip("\ufeff"), count=1)))
    plain = _BARE.sub("&amp;", plain)  # in CDATA too: addresses and titles are unescaped once more
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True, encoding="utf-8"
    )
    try:
        return etree.fromstring(plain.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """Items stand below the root or below its channel; what hostile files nest in them is not one."""
    for child in _two_levels(root):
        if _name(child) in _ITEMS:
            yield child


def _two_levels(element: etree._Element) -> Iterator[etree._Element]:
    for child in element.iterchildren("*"):
        yield child
        yield from child.iterchildren("*")


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _next(root: etree._Element, links: Links) -> str | None:
    """The older part of a feed (RFC 5005 §3)."""
    for element in root.iter("{http://www.w3.org/2005/Atom}link"):
        if element.get("rel") == "next":
            return links.address(element.get("href"))
    return None

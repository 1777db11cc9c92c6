"""What is known of one publishing system: how to recognise it, where it puts things, how it pages through its lists.

A family is data first; a function is given only where a system pages by script or wraps its rows in something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import cast

from attrs import frozen
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from crawler.cms.links import Links
from crawler.items import Document, Entry

NextPage = Callable[[Document, Links], str | None]
ExtraRows = Callable[[Document], list[HtmlElement]]
_WANTED = re.compile(r"[.#]([\w-]+)")


@frozen(kw_only=True)
class Family:
    """One publishing system. Selectors are CSS, tried in order; the first that finds something counts."""

    name: str
    names: tuple[str, ...] = ()  # classes and ids that only this system writes, a number at their end left out
    tags: tuple[str, ...] = ()  # elements of its own make
    marks: tuple[str, ...] = ()  # other pieces of HTML that only this system writes
    addresses: tuple[str, ...] = ()  # regular expressions of its article and list addresses: a weaker sign
    body: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    date_line: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()  # inside the body, never text of the article
    rows: tuple[str, ...] = ()  # one element for each entry of a list
    row_date: tuple[str, ...] = ()  # inside a row
    meta_dates: tuple[str, ...] = ()  # names of metadata besides those that every system writes, in lower case
    next_page: NextPage | None = None  # None: a link that says 下一页
    extra_rows: ExtraRows | None = None  # rows that stand in scripts or CDATA


@frozen(kw_only=True)
class ListingRead:
    """What a list page gave: its entries in page order, the page after it, and by which rules."""

    entries: tuple[Entry, ...]
    next_url: str | None
    via: str
    parts: tuple[str, ...] = ()  # further pages of the same list, each to be read: the sitemaps of an index
    is_whole: bool = True  # False: the same bytes again do not say that the list has not changed


@cache
def compiled(css: str) -> CSSSelector | None:
    """A compiled selector; None where it is no CSS, as a hand-written catalogue may hold."""
    try:
        return CSSSelector(css, translator="html")
    except (etree.XPathError, SyntaxError):
        return None


@cache
def _wanted(css: str) -> frozenset[str]:
    """The classes and ids without which a selector finds nothing, as far as that is plain."""
    return frozenset() if set(css) & set(",[:") else frozenset(_WANTED.findall(css))


def among(selectors: tuple[str, ...], names: frozenset[str]) -> tuple[str, ...]:
    """The selectors that may find something in a page with these classes and ids; it saves a search for each other."""
    return tuple(css for css in selectors if _wanted(css) <= names)


def select(root: HtmlElement, selectors: tuple[str, ...]) -> list[HtmlElement]:
    """The elements that the first fruitful selector finds, in document order."""
    for css in selectors:
        chosen = compiled(css)
        if chosen is not None and (found := cast("list[HtmlElement]", chosen(root))):
            return found
    return []


@cache
def address_pattern(family: Family) -> re.Pattern[str] | None:
    """The addresses of a family as one pattern."""
    return re.compile("|".join(family.addresses)) if family.addresses else None

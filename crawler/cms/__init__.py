"""Publishing systems: recognises the one behind a page, and reads lists with a system's rules or without any."""

from __future__ import annotations

import re
from typing import cast

from attrs import evolve
from lxml import etree
from lxml.html import HtmlElement

from crawler import dom
from crawler.catalog import Site
from crawler.cms import (
    api,
    chongqing,
    columns,
    easysite,
    empire,
    epoint,
    feeds,
    fujian,
    guangdong,
    guizhou,
    hanweb,
    hebei,
    hexmonth,
    ifeng,
    jyb,
    listing,
    lonsun,
    moe,
    paper,
    shaanxi,
    sudy,
    trs,
    ucap,
    vsb,
    yunnan,
)
from crawler.cms.base import Family, ListingRead, address_pattern, among, select
from crawler.cms.links import Links, links_of
from crawler.items import Document

__all__ = [
    "FAMILIES",
    "Family",
    "Links",
    "ListingRead",
    "among",
    "links_of",
    "names_of",
    "read_listing",
    "recognise",
    "select",
]

# Where two families fit equally well, the one that stands first counts: special templates before the systems they use.
FAMILIES: tuple[Family, ...] = (
    moe.FAMILY,
    chongqing.FAMILY,
    guizhou.FAMILY,
    jyb.FAMILY,
    ifeng.FAMILY,
    paper.FAMILY,
    ucap.FAMILY,
    hanweb.FAMILY,
    vsb.FAMILY,
    sudy.FAMILY,
    lonsun.FAMILY,
    easysite.FAMILY,
    guangdong.FAMILY,
    epoint.FAMILY,
    shaanxi.FAMILY,
    fujian.FAMILY,
    columns.FAMILY,
    hexmonth.FAMILY,
    yunnan.FAMILY,
    hebei.FAMILY,
    empire.FAMILY,
    trs.FAMILY,
)
_BY_TAG = {tag: family for family in FAMILIES for tag in family.tags}
# Two steps down are faster than one union: libxml2 would sort that.
_CLASSES = etree.XPath("/descendant::*/@class", smart_strings=False)
_IDS = etree.XPath("/descendant::*/@id", smart_strings=False)
_NUMBER = re.compile(r"[_-]?\d+$")
_NAME = 2
_ADDRESS = 3


def recognise(document: Document, names: frozenset[str] | None = None) -> Family | None:
    """The publishing system behind a page: by its address, by the classes and ids that only it writes, else by other
    pieces of its HTML. None where nothing tells.

    ``names``: what ``names_of`` says of the page, where the caller knows it.
    """
    names = names_of(document.tree) if names is None else names
    best, most = None, 0
    for family in FAMILIES:
        pattern = address_pattern(family)
        value = _NAME * len(names.intersection(family.names))
        value += _ADDRESS if pattern is not None and pattern.search(document.page.url) else 0
        if value > most:
            best, most = family, value
    if best is None and (own := next(document.tree.iter(*_BY_TAG), None)) is not None:
        return _BY_TAG[own.tag]
    if best is None:
        # A search through the whole page for each piece: worth its time only where the cheaper signs are silent.
        return next((family for family in FAMILIES if any(mark in document.html for mark in family.marks)), None)
    return best


def names_of(tree: HtmlElement) -> frozenset[str]:
    """All classes and ids of a page, as they are and without a number at their end."""
    values = {*cast("list[str]", _CLASSES(tree)), *cast("list[str]", _IDS(tree))}
    names = {name for value in values for name in value.split()}
    return frozenset(names | {_NUMBER.sub("", name) for name in names if name[-1].isdigit()})


def named(name: str | None) -> Family | None:
    """The family of a name, as a catalogue writes it."""
    return next((family for family in FAMILIES if family.name == name), None)


def read_listing(document: Document, site: Site | None = None, article_url: str | None = None) -> ListingRead:
    """The entries of a list and the address of the page after it, None at the end.

    What it is, is found out from the text: a page, a feed, a sitemap, or JSON (``article_url``: see api.entries).
    """
    if feeds.kind(document.html):
        return feeds.read(document)
    value = api.parse(document.html)
    if value is None:
        return _read_page(document, site)
    links = links_of(document)
    next_url = api.next_url(document.page.url)
    if found := api.entries(value, links, document.page.url, article_url):
        return ListingRead(entries=found, next_url=next_url, via="json")
    html = api.html_of(value)
    page = _read_page(evolve(document, html=html, tree=dom.parse(html)), site)
    return evolve(page, next_url=next_url)


def _read_page(document: Document, site: Site | None) -> ListingRead:
    family = (named(site.family) if site else None) or recognise(document)
    return listing.read(document, site, family)

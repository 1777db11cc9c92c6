"""Publishing systems: recognises the one behind a page, and reads lists with a system's rules or without any."""

from __future__ import annotations

import re
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from crawler.catalog import Site
from crawler.cms import (
    chongqing,
    columns,
    easysite,
    empire,
    epoint,
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
from crawler.cms.base import Family, ListingRead, address_pattern, select
from crawler.cms.links import Links, links_of
from crawler.items import Document

__all__ = ["FAMILIES", "Family", "Links", "ListingRead", "links_of", "read_listing", "recognise", "select"]

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
_NAMES = etree.XPath("//@class | //@id", smart_strings=False)
_NUMBER = re.compile(r"[_-]?\d+$")
_NAME = 2
_ADDRESS = 3


def recognise(document: Document) -> Family | None:
    """The publishing system behind a page: by its address, by the classes and ids that only it writes, else by other
    pieces of its HTML. None where nothing tells."""
    names = _names(document.tree)
    best, most = None, 0
    for family in FAMILIES:
        pattern = address_pattern(family)
        value = _NAME * len(names.intersection(family.names))
        value += _ADDRESS if pattern is not None and pattern.search(document.page.url) else 0
        if value > most:
            best, most = family, value
    if best is None:
        # A search through the whole page for each piece: worth its time only where the cheaper signs are silent.
        return next((family for family in FAMILIES if any(mark in document.html for mark in family.marks)), None)
    return best


def _names(tree: HtmlElement) -> set[str]:
    """All classes and ids of a page, as they are and without a number at their end."""
    names = {name for value in set(cast("list[str]", _NAMES(tree))) for name in value.split()}
    return names | {_NUMBER.sub("", name) for name in names if name[-1].isdigit()}


def named(name: str | None) -> Family | None:
    """The family of a name, as a catalogue writes it."""
    return next((family for family in FAMILIES if family.name == name), None)


def read_listing(document: Document, site: Site | None = None) -> ListingRead:
    """The entries of a list page and the address of the page after it, None at the end."""
    family = (named(site.family) if site else None) or recognise(document)
    return listing.read(document, site, family)

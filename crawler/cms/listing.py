"""Reads a list page: its entries and the page after it, by the site's selectors, its family's, or with none."""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.catalog import Selectors, Site
from crawler.cms import generic, paging
from crawler.cms.base import Family, ListingRead, select
from crawler.cms.links import Links, links_of
from crawler.cms.rows import RowRules, read_row
from crawler.items import Document, Entry

_MAX_ROWS = 1000
_ENOUGH = 3


def read(document: Document, site: Site | None, family: Family | None) -> ListingRead:
    """Entries in page order, each address once. The site's own selectors stand above all other rules."""
    links = links_of(document)
    selectors = site.selectors if site else Selectors()
    entries, via = _entries(document, links, selectors, family)
    follow = family.next_page if family and family.next_page else paging.by_link
    next_url = follow(document, links)
    return ListingRead(
        entries=entries, next_url=None if next_url == links.address(document.page.url) else next_url, via=via
    )


def _entries(
    document: Document, links: Links, selectors: Selectors, family: Family | None
) -> tuple[tuple[Entry, ...], str]:
    if selectors.list_item:
        own = _read(select(document.tree, (selectors.list_item,)), document, links, selectors, None)
        if own:
            return own, "site"
    name = family.name if family else "generic"
    if family and family.extra_rows and (rows := family.extra_rows(document)):
        found = _read(rows, document, links, selectors, family)
        if found:
            return found, name
    named = _read(select(document.tree, family.rows), document, links, selectors, family) if family else ()
    if len(named) >= _ENOUGH and _dated(named) * 2 >= len(named):
        return named, name
    plain = _read(generic.rows(document.tree, links), document, links, selectors, None)
    if (_dated(plain), len(plain)) > (_dated(named), len(named)) or not named:
        return plain, "generic"
    return named, name


def _dated(entries: tuple[Entry, ...]) -> int:
    return sum(entry.listed_on is not None for entry in entries)


def _read(
    rows: list[HtmlElement], document: Document, links: Links, selectors: Selectors, family: Family | None
) -> tuple[Entry, ...]:
    fetched = document.page.fetched_at
    rules = RowRules(
        links=links,
        title_css=(selectors.list_title,) if selectors.list_title else (),
        day_css=(selectors.list_date,) if selectors.list_date else (family.row_date if family else ()),
        seen_on=fetched.date() if fetched else None,
    )
    found: dict[str, Entry] = {}
    for row in rows[:_MAX_ROWS]:
        entry = read_row(row, rules, document.page.url)
        if entry is None:
            continue
        known = found.get(entry.url)
        if known is None or (known.listed_on is None and entry.listed_on):
            found[entry.url] = entry
    return tuple(found.values())

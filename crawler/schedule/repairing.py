"""Looks at a known website that is no longer read well, and proposes other addresses and selectors beside the old."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from attrs import evolve, frozen

from crawler import cms
from crawler.catalog import Catalog, Listing, Selectors, Site
from crawler.cms import select
from crawler.discover import Listed, candidates, column_name, family_of, listed, own_host, steady
from crawler.items import Document, Entry
from crawler.schedule.discovering import Read, proofs_of, read_articles, to_prove
from crawler.schedule.exploring import DiscoverError, Explorer, Fetch
from crawler.topics import Topics

_GONE = ("gone", "soft 404", "moved")  # see crawler.answers
_TRIED = 6  # columns tried in the place of lists that are lost
_WORSE = 0.8  # of the days that can be read; fewer is a trouble
_OF_LISTS = ("list_item", "list_title", "list_date")
_OF_ARTICLES = ("title", "date_line", "body")


@frozen(kw_only=True)
class Compared:
    """One list as the row reads it now, and as the proposed row would."""

    old_url: str
    old: tuple[Entry, ...]
    trouble: str  # why the old reading is no good; "" where it is
    was_read: bool  # False: no page came
    new: Listed | None  # None where nothing better was found

    @property
    def is_lost(self) -> bool:
        """True where another list has to take its place; a site that only refuses us has lost nothing."""
        return self.new is None and (self.was_read or self.trouble.startswith(_GONE))


@frozen(kw_only=True)
class Repair:
    """A row as it stands and as it is proposed, with what both read. The same row twice: nothing is to be done."""

    old: Site
    new: Site
    lists: tuple[Compared, ...]
    old_articles: tuple[Read, ...]
    new_articles: tuple[Read, ...]
    notes: tuple[str, ...]


def repair(site: Site, fetch: Fetch, *, catalog: Catalog, topics: Topics, today: date) -> Repair:
    """What would make a site readable again. Raises DiscoverError where its pages cannot be had."""
    explorer = Explorer(fetch, catalog, topics, rendered=site.needs_js)
    lists = _compared_all(site, explorer, today)
    found = tuple(one.new for one in lists if one.new)
    entries = to_prove(found[0])
    documents = explorer.get(entry.url for entry in entries)
    lost = _lost(site.selectors, list(documents.values()))
    fitting: dict[str, str | None] = dict.fromkeys(lost)
    family = site.family
    if any(one.trouble and one.new for one in lists):
        selectors = steady(found, proofs_of(entries, documents, explorer))
        fitting |= {name: getattr(selectors, name) for name in _OF_LISTS}
        family = family and family_of(found, list(documents.values()))
    new = _proposed(site, lists, fitting, family)
    if new != site:
        new = new.model_copy(update={"checked": today.isoformat()})
    notes = [f"selectors.{name} finds nothing in an article any more; it is left out" for name in lost]
    notes += [f"{one.old_url}: {one.trouble}; nothing better was found" for one in lists if one.trouble and not one.new]
    return Repair(
        old=site,
        new=new,
        lists=tuple(_reread(one, new) for one in lists),
        old_articles=read_articles(entries, explorer, site),
        new_articles=read_articles(entries, explorer, new),
        notes=tuple(notes),
    )


def _compared_all(site: Site, explorer: Explorer, today: date) -> list[Compared]:
    """Every list of a site, others in the place of those that are lost. Raises DiscoverError where there is none."""
    if not site.listings:
        raise DiscoverError(f"{site.id} names no listings; docs/add-a-site.md says how to give it some")
    pages = explorer.get(listing.url for listing in site.listings)
    lists = [_compared(site, listing, pages.get(listing.url), explorer) for listing in site.listings]
    if not any(one.was_read or one.is_lost for one in lists):
        raise DiscoverError(f"{site.id} cannot be tried: {lists[0].trouble}")
    lists = _with_others(site, lists, explorer, today)
    if not any(one.new for one in lists):
        raise DiscoverError(f"{site.id}: {lists[0].trouble}, and no other list was found on {site.homepage}")
    return lists


def _reread(one: Compared, site: Site) -> Compared:
    """The same with its new list read by the proposed row."""
    if one.new is None or not one.trouble:
        return one
    return evolve(one, new=evolve(one.new, read=cms.read_listing(one.new.document, site)))


def _compared(site: Site, listing: Listing, page: Document | None, explorer: Explorer) -> Compared:
    if page is None:
        reason = explorer.reasons.get(listing.url, "not fetched")
        return Compared(old_url=listing.url, old=(), trouble=reason, was_read=False, new=None)
    host = own_host(page.page.url)
    if not site.owns(host):
        return Compared(old_url=listing.url, old=(), trouble=f"leads to {host}", was_read=True, new=None)
    old = Listed(
        document=page,
        url=listing.url,
        column=listing.column,
        weight=1,
        read=cms.read_listing(page, site, listing.article_url),
    )
    free = listed(page, _unselected(site), url=listing.url, column=listing.column, weight=1)
    trouble = _trouble(site, old, free)
    new = free or (None if trouble else old)
    return Compared(old_url=listing.url, old=old.read.entries, trouble=trouble, was_read=True, new=new)


def _trouble(site: Site, old: Listed, free: Listed | None) -> str:
    """What is wrong with a reading, seen beside one that uses no selectors."""
    if not old.read.entries:
        return "nothing is read in it"
    mine = _dated(old.read.entries)
    if free is None:
        return "" if mine else "it is no list any more"
    is_page = next(old.document.tree.iter("a"), None) is not None  # selectors are not for feeds and JSON
    if site.selectors.list_item and old.read.via != "site" and is_page:
        return "selectors.list_item finds nothing"
    theirs = _dated(free.read.entries)
    return f"{mine} rows with a day are read where {theirs} can be" if mine < theirs * _WORSE else ""


def _with_others(site: Site, lists: list[Compared], explorer: Explorer, today: date) -> list[Compared]:
    """For lists that are lost, those that the first page leads to now: one of the same name, else the likeliest."""
    if not any(one.is_lost for one in lists):
        return lists
    names = {listing.url: listing.column for listing in site.listings}
    spare = _spare(site, explorer, wanted={names[one.old_url] for one in lists if one.is_lost}, today=today)
    spare = [one for one in spare if one.url not in names]
    made = []
    for one in lists:
        if one.is_lost and spare:
            new = next((each for each in spare if each.column == names[one.old_url]), spare[0])
            spare.remove(new)
            made.append(evolve(one, new=new))
        else:
            made.append(one)
    return made


def _spare(site: Site, explorer: Explorer, *, wanted: set[str], today: date) -> list[Listed]:
    """The lists that the first page of a site leads to, those with a wanted name before others."""
    found = []
    for home in explorer.get([site.homepage]).values():
        links = sorted(candidates(home), key=lambda link: (link.name not in wanted, -link.weight))[:_TRIED]
        if not site.owns(own_host(home.page.url)):
            continue
        pages = explorer.get(link.url for link in links)
        for link in links:
            page = pages.get(link.url)
            if page is None or not site.owns(own_host(page.page.url)):
                continue
            column = column_name(page, link.name)
            one = listed(page, _unselected(site), url=page.page.url, column=column, weight=link.weight)
            if one and not one.is_stale(today):
                found.append(one)
    return found


def _lost(selectors: Selectors, articles: list[Document]) -> tuple[str, ...]:
    """The article selectors that match nothing in any of these articles."""
    return tuple(
        name
        for name in _OF_ARTICLES
        if (css := getattr(selectors, name)) and articles and not any(select(page.tree, (css,)) for page in articles)
    )


def _proposed(site: Site, lists: list[Compared], fitting: Mapping[str, str | None], family: str | None) -> Site:
    """The row with the new lists and what reads them; other facts stay as people wrote them."""
    listings = [
        Listing(url=one.new.url, column=one.new.column) if one.new and one.trouble else listing
        for one, listing in zip(lists, site.listings, strict=True)
    ]
    selectors = site.selectors.model_copy(update=fitting)
    return site.model_copy(update={"listings": tuple(listings), "selectors": selectors, "family": family})


def _unselected(site: Site) -> Site:
    """The site without what its row says of its lists: the pages speak for themselves."""
    kept = site.selectors.model_copy(update=dict.fromkeys(_OF_LISTS))
    return site.model_copy(update={"selectors": kept, "family": None})


def _dated(entries: tuple[Entry, ...]) -> int:
    return sum(entry.listed_on is not None for entry in entries)

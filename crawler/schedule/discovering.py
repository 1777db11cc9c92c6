"""Explores a website step by step: its homepage, a few likely columns, two articles, one further page.

It fetches by a function that it is given and decides by `crawler.discover`; nothing is written.
"""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from attrs import evolve, frozen

from crawler import cms
from crawler.catalog import Catalog, Site
from crawler.discover import (
    Asked,
    Listed,
    Proof,
    Seen,
    Undecided,
    article_of,
    candidates,
    chosen,
    column_name,
    crumbs,
    family_of,
    is_article,
    is_own,
    listed,
    own_host,
    owner_of,
    proof_of,
    site_of,
    weight,
)
from crawler.items import Article, Document, Entry
from crawler.schedule.exploring import DiscoverError, Explorer, Fetch, open_first
from crawler.topics import Topics

_ROUNDS = (4, 2)  # columns tried, first of the homepage, then of what those pages name besides
_ENOUGH = 2  # lists after which no second round is needed
_MOST = 4  # lists in a row
_ABOVE = 3  # columns tried above an article
_ARTICLES = 2


@frozen(kw_only=True)
class Read:
    """An entry and its article, or the reason why there is none."""

    entry: Entry
    article: Article | str


@frozen(kw_only=True)
class Found:
    """A row for the catalogue, with what was seen on the way."""

    site: Site
    lists: tuple[Listed, ...]
    articles: tuple[Read, ...]
    further: int | None  # entries that the second page of the first list adds; None: no second page was found
    notes: tuple[str, ...]


def discover(
    url: str, fetch: Fetch, *, catalog: Catalog, topics: Topics, today: date, asked: Asked | None = None
) -> Found:
    """A row for the website of an address: of a homepage, a list, an article or a feed. Raises DiscoverError."""
    asked = asked or Asked()
    explorer = Explorer(fetch, catalog, topics)
    first, http_only = open_first(url, explorer)
    lists = lists_from(first, explorer, today)
    if not lists and not explorer.rendered and "<script" in first.html.lower():
        explorer.with_browser()
        for page in explorer.get([first.page.url]).values():
            lists = lists_from(page, explorer, today)
    if not lists:
        tried = "".join(f"; {address}: {reason}" for address, reason in explorer.reasons.items())
        raise DiscoverError(
            f"no list of news was found from {url}{tried}; open the site, go to its news and give that list's address"
        )
    site, further = _row(lists, http_only, explorer, today, asked)
    lists = tuple(evolve(one, read=cms.read_listing(one.document, site)) for one in lists)
    notes = [f"{address}: {reason}" for address, reason in explorer.reasons.items() if not reason.startswith("gone")]
    notes += [f"{one.url} has nothing new since {one.newest}" for one in lists if one.is_stale(today)]
    if site.confidence != "high":
        notes.append("name, 网站标识码 and ICP number do not name one place: look whether the region is right")
    return Found(
        site=site,
        lists=lists,
        articles=read_articles(to_prove(lists[0]), explorer, site),
        further=further,
        notes=tuple(notes),
    )


def _row(
    lists: tuple[Listed, ...], http_only: bool, explorer: Explorer, today: date, asked: Asked
) -> tuple[Site, int | None]:
    """The row for these lists, and how many entries the second page of the first adds. Raises DiscoverError."""
    homepage = _root(lists[0].document.page.url)
    entries = to_prove(lists[0])
    pages = explorer.get([homepage, *(entry.url for entry in entries), *filter(None, [lists[0].read.next_url])])
    fronts = [*(one.document for one in lists), *(page for address, page in pages.items() if address == homepage)]
    articles = [pages[entry.url] for entry in entries if entry.url in pages]
    seen = Seen(
        homepage=homepage,
        lists=lists,
        owner=owner_of(fronts, articles, name=asked.name, kind=asked.kind),
        family=family_of(lists, articles),
        proofs=proofs_of(entries, pages, explorer),
        needs_js=any(one.document.page.rendered for one in lists),
        http_only=http_only,
    )
    try:
        site = site_of(seen, asked, explorer.catalog, today)
    except Undecided as error:
        raise DiscoverError(str(error)) from None
    return site, _further(lists[0], pages, site)


def lists_from(first: Document, explorer: Explorer, today: date) -> tuple[Listed, ...]:
    """The lists that a page leads to: itself, the column above it where it is an article, else what it links to."""
    asked = first.page.requested_url or first.page.url
    if urlsplit(asked).path not in ("", "/"):
        above = is_article(article_of(first.page, explorer.catalog, explorer.topics), first)
        itself = None if above else _listed(first, first.page.url)
        if itself:
            return (itself,)
        for crumb in crumbs(first)[:_ABOVE] if above else ():
            for page in explorer.get([crumb.url]).values():
                if one := _listed(page, first.page.url, crumb.name):
                    return (one,)
    itself = _listed(first, first.page.url)
    is_front = urlsplit(first.page.url).path in ("", "/")
    found = _linked(first, explorer, today, [itself] if itself and not is_front else [])
    if not found and itself:
        found = [itself]
    return chosen(found, today, _MOST)


def _linked(first: Document, explorer: Explorer, today: date, found: list[Listed]) -> list[Listed]:
    """These lists and those that a page links to, or that the pages behind its links do."""
    pool = {one.url: one for one in candidates(first)}
    tried: set[str] = set()
    for most in _ROUNDS:
        batch = sorted((one for one in pool.values() if one.url not in tried), key=lambda one: -one.weight)[:most]
        tried |= {one.url for one in batch}
        for address, page in explorer.get(one.url for one in batch).items():
            if one := _listed(page, first.page.url, pool[address].name):
                found = [*found, one]
            pool = {one.url: one for one in candidates(page)} | pool
        if sum(not one.is_stale(today) for one in found) >= _ENOUGH:
            break
    return found


def to_prove(one: Listed) -> list[Entry]:
    """The entries whose articles are read to see whether they can be."""
    own = own_host(one.document.page.url)
    return [entry for entry in one.read.entries if is_own(entry.url, own)][:_ARTICLES]


def proofs_of(entries: list[Entry], pages: dict[str, Document], explorer: Explorer) -> dict[str, Proof]:
    """What the articles of entries say of themselves, by address."""
    found = {}
    for url in (entry.url for entry in entries if entry.url in pages):
        if proof := proof_of(article_of(pages[url].page, explorer.catalog, explorer.topics)):
            found[url] = proof
    return found


def read_articles(entries: list[Entry], explorer: Explorer, site: Site) -> tuple[Read, ...]:
    """The articles of entries by the rules of a site, which need not stand in the catalogue yet."""
    catalog = Catalog([site, *(one for one in explorer.catalog.sites if one.id != site.id)])
    pages = explorer.get(entry.url for entry in entries)
    found = []
    for entry in entries:
        if entry.url in pages:
            page = evolve(pages[entry.url].page, site_id=site.id, entry=entry)
            made = article_of(page, catalog, explorer.topics)
            found.append(Read(entry=entry, article=made if isinstance(made, Article) else made.reason))
        else:
            reason = explorer.reasons.get(entry.url, "not fetched: enough pages were")
            found.append(Read(entry=entry, article=reason))
    return tuple(found)


def _listed(document: Document, start: str, said: str = "") -> Listed | None:
    """The list of a page, if it is one and still stands on the site."""
    url = document.page.url
    if not is_own(url, own_host(start)):
        return None
    column = column_name(document, said)
    return listed(document, None, url=url, column=column, weight=max(weight(column, url), 1))


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _further(one: Listed, pages: dict[str, Document], site: Site) -> int | None:
    """How many entries the next page has that the first has not."""
    if one.read.next_url not in pages:
        return None
    known = {entry.url for entry in one.read.entries}
    return sum(entry.url not in known for entry in cms.read_listing(pages[one.read.next_url], site).entries)

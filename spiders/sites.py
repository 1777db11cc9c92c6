"""Looks at the listings of catalogue sites and fetches what may matter: `scrapy crawl sites -a site=… -a region=45`.

A listing is recorded only when its whole chain of pages has been read, so that a crawl killed half-way finds the same
new entries again; what is still to fetch stands in the store and is taken up by the next look.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import attrs
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import cms, health
from crawler.answers import judge
from crawler.catalog import Catalog, Listing, Site
from crawler.clean import declared_encoding
from crawler.decode import decode
from crawler.filing.hijack import sign_of_listing
from crawler.health import Answer, FaultKind
from crawler.items import Entry, Rejected
from crawler.store import entries, listings, sources
from crawler.store.entries import KnownPage
from crawler.store.listings import Validators
from spiders.base import ANSWERS, HuixunSpider, address
from spiders.fetched import page_of, refusal_of
from spiders.looks import Looks

MAX_LISTING_PAGES = 5  # of one listing in one look; a back-fill with `since` goes deeper
MAX_BACKFILL_PAGES = 200
MAX_ORIGINALS = 20  # of mirrors' pages, for one site in one look


@attrs.frozen(kw_only=True)
class Look:
    """How far the reading of one listing has come."""

    site: Site
    listing: Listing
    read: tuple[Entry, ...] = ()
    pages: tuple[str, ...] = ()  # the addresses of its pages so far
    validators: Validators | None = None  # of its first page
    via: str = ""  # the rules that read it
    next_url: str | None = None  # the page after the first


class SitesSpider(HuixunSpider):
    """Every enabled site, or the ones named by `site` (several apart by commas) or by `region` (a GB/T 2260 prefix)."""

    name = "sites"
    only = ""  # set by the loader where a site is a spider name of its own
    site = ""
    region = ""
    since = ""  # YYYY-MM-DD: follow the paging back to this day
    report = ""  # a file for how the listings answered; no article is fetched then
    asked: set[str]
    looks: Looks

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.asked = set()  # pages already asked for in this run
        spider.looks = Looks(spider.run)
        for problem in spider.run.catalog.problems:
            spider.logger.error("catalogue problem: %s", problem)
        crawler.signals.connect(spider.ask_originals, signals.spider_idle)
        crawler.signals.connect(spider.finish_looks, signals.spider_closed)
        return spider

    @classmethod
    def choose(cls, catalog: Catalog, site: str = "", region: str = "", **others: str) -> Sequence[Site]:
        for name in others.keys() - {"since", "report"}:
            message = f"`-a {name}=…` is not known; the arguments are site, region and since"
            raise UsageError(message, print_help=False)
        wanted = [name.strip() for name in (cls.only or site).split(",") if name.strip()]
        for name in wanted:
            if name not in catalog.by_id:
                message = f"there is no site {name} in the catalogue; `scrapy list` names them all"
                raise UsageError(message, print_help=False)
        chosen = [catalog.by_id[name] for name in wanted] or [one for one in catalog.sites if one.enabled]
        prefix = region.rstrip("0") or region[:1]
        there = [one for one in chosen if one.region.startswith(prefix)]
        if region and not there:
            raise UsageError(f"no site of the catalogue is in region {region}", print_help=False)
        return there

    async def start(self) -> AsyncIterator[Request]:
        for site in self.chosen:
            with self.run.store.begin() as conn:
                sources.begin_look(conn, site_id=site.id, now=self.run.now())
            for listing in site.listings:
                yield self.ask_listing(Look(site=site, listing=listing), listing.url)
            for request in (*self.ask_pending(site), *self.ask_again(site)):
                yield request

    def ask_again(self, site: Site) -> Iterator[Request]:
        """Ask whether the reports of the last days were edited since."""
        with self.run.store.read() as conn:
            pages = entries.due_again(conn, site_id=site.id, now=self.run.now())
        for page in pages:
            self.asked.add(page.url)
            request = self.ask_page(Entry(url=page.url, title=page.title), site)
            # A browser takes "not modified" for a failure: its pages are read whole.
            yield request.replace(headers={} if site.needs_js else _conditions(page), priority=-10)

    def ask_listing(self, look: Look, url: str) -> Request:
        """The request for one page of a listing; its first page is asked for only if it has changed."""
        headers = {}
        # Where a script fetches the rows, the shell's validators say nothing of them.
        if not look.pages and not self.since and not look.site.needs_js:
            with self.run.store.read() as conn:
                headers = _conditions(listings.validators(conn, url))
        return Request(
            address(look.site, url),
            callback=self.got_listing,
            errback=self.no_listing,
            cb_kwargs={"look": look},
            headers=headers,
            meta={"handle_httpstatus_list": ANSWERS, "render": look.site.needs_js},
            priority=10,
            dont_filter=True,
        )

    def got_listing(self, response: Response, look: Look) -> Iterator[Request]:
        """Read one page of a listing; go on to the next while everything on it is new."""
        site = look.site
        if response.status == 304:
            self.looks.answered(site, Answer(url=look.listing.url))
            return
        page = judge(page_of(response, now=self.run.now(), site_id=site.id))
        document = page if isinstance(page, Rejected) else decode(page, declared_encoding(page, self.run.catalog))
        if isinstance(document, Rejected):
            if look.pages:  # a page further back; what was read before it counts
                yield from self.record(look)
            else:
                self.listing_failed(look, document.reason, self.looks.fault_of(look.listing.url, document))
            return
        digest = sha256(document.page.body).hexdigest()
        if not look.pages:
            look = attrs.evolve(look, validators=_validators(response, digest))
            if self.is_unchanged(look, digest):
                self.looks.answered(site, Answer(url=look.listing.url))
                return
            sign = sign_of_listing(document, site, self.run.catalog)
            if sign is not None and self.run.turn(site, sign):
                self.listing_failed(look, str(sign))
                return
        found = cms.read_listing(document, site)
        seen_before = {entry.url for entry in look.read}
        fresh = [entry for entry in found.entries if entry.url not in seen_before]
        if not look.pages:
            look = attrs.evolve(look, via=found.via, next_url=found.next_url)
        look = attrs.evolve(look, read=(*look.read, *fresh), pages=(*look.pages, response.url))
        if found.next_url and self.goes_on(look, fresh, found.next_url):
            yield self.ask_listing(look, found.next_url)
        else:
            yield from self.record(look)

    def is_unchanged(self, look: Look, digest: str) -> bool:
        """True where the listing has the very bytes of the last look, whatever its validators say."""
        if self.since:
            return False
        with self.run.store.read() as conn:
            known = listings.validators(conn, look.listing.url)
        return known is not None and known.body_sha256 == digest

    def goes_on(self, look: Look, fresh: list[Entry], next_url: str) -> bool:
        """Follow the paging while a whole page is unknown (a burst between two looks), or back to `since`."""
        if not fresh or next_url in look.pages:
            return False
        if self.since:
            dates = [entry.listed_on for entry in fresh if entry.listed_on]
            return len(look.pages) < MAX_BACKFILL_PAGES and (not dates or max(dates) >= self.since)
        with self.run.store.read() as conn:
            is_first_look = listings.validators(conn, look.listing.url) is None
            known = entries.known(conn, [entry.url for entry in fresh])
        return not is_first_look and not known and len(look.pages) < MAX_LISTING_PAGES

    def record(self, look: Look) -> Iterator[Request]:
        """File the listing's entries and validators in one transaction, then ask for what may matter."""
        site = look.site
        wanted = {
            entry.url
            for entry in look.read
            if (site.follow == "all" or self.run.topics.may_matter(entry.title))
            and (not self.since or not entry.listed_on or entry.listed_on >= self.since)
        }
        self.looks.answered(site, self.answer_of(look))
        with self.run.store.begin() as conn:
            listings.record_look(
                conn,
                site_id=site.id,
                listing_url=look.listing.url,
                entries=look.read,
                wanted=wanted,
                validators=look.validators if look.read else None,
                now=self.run.now(),
                # What a listing held when it was first read is old news.
                baseline=listings.validators(conn, look.listing.url) is None,
            )
        self.crawler.stats.inc_value("entries/seen", len(look.read))
        yield from self.ask_pending(site)

    def answer_of(self, look: Look) -> Answer:
        """What a listing that was read gave."""
        url = look.listing.url
        if not look.read:
            fault = health.no_entries(gave_entries=self.looks.gave_entries(url))
            return Answer(url=url, fault=fault, reason="no entries in it", entries=0, via=look.via)
        newest = max((entry.listed_on for entry in look.read if entry.listed_on), default=None)
        return Answer(url=url, entries=len(look.read), newest=newest, next_url=look.next_url, via=look.via)

    def ask_pending(self, site: Site) -> Iterator[Request]:
        """Ask for the articles of a site that are still to fetch, up to the budget of one look."""
        if self.report:
            return
        with self.run.store.read() as conn:
            rows = entries.pending(
                conn, site_id=site.id, now=self.run.now(), limit=self.run.config.crawl.pages_per_site
            )
        for row in rows:
            if row.entry.url not in self.asked:
                self.asked.add(row.entry.url)
                yield self.ask_page(row.entry, site)

    def ask_originals(self) -> None:
        """Fetch the originals of the mirrors that were met, before the crawl ends. Raises DontCloseSpider to go on."""
        rows = []
        with self.run.store.read() as conn:
            for site in self.chosen:
                found = entries.pending(conn, site_id=site.id, now=self.run.now(), limit=MAX_ORIGINALS, unlisted=True)
                rows += [(row.entry, site) for row in found if row.entry.url not in self.asked]
        for entry, site in rows:
            self.asked.add(entry.url)
            self.crawler.engine.crawl(self.ask_page(entry, site))  # type: ignore[union-attr]  # it runs
        if rows:
            raise DontCloseSpider

    def no_listing(self, failure: Failure) -> Iterator[Request]:
        """A listing that cannot be fetched is noted; what was read of it before counts."""
        look: Look = failure.request.cb_kwargs["look"]  # type: ignore[attr-defined]
        if look.pages:
            yield from self.record(look)
        else:
            refused = refusal_of(failure, now=self.run.now(), site_id=look.site.id)
            self.listing_failed(look, refused.reason, self.looks.fault_of(look.listing.url, refused))

    def listing_failed(self, look: Look, reason: str, fault: FaultKind = "changed") -> None:
        """Note why a listing could not be read."""
        self.looks.answered(look.site, Answer(url=look.listing.url, fault=fault, reason=reason))
        self.crawler.stats.inc_value("listings/failed")
        self.logger.warning("listing failed site=%s url=%s reason=%s", look.site.id, look.listing.url, reason)

    def finish_looks(self, reason: str) -> None:
        """File what the looks gave: the next ones, the rhythms, the states."""
        self.looks.finish(self.chosen, stopped=reason != "finished")
        if self.report:
            self.looks.report(Path(self.report))


def _conditions(known: Validators | KnownPage | None) -> dict[str, str]:
    """The headers that ask for a page only if it has changed (RFC 9110 §13.1)."""
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified} if known else {}
    return {name: value for name, value in asked.items() if value}


def _validators(response: Response, digest: str) -> Validators:
    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1") if value else None

    return Validators(etag=header("ETag"), last_modified=header("Last-Modified"), body_sha256=digest)

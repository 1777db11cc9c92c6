"""Reads listings: asks for a page of one only if it changed, follows its paging as far as is needed, files its entries.

A listing is recorded only when its whole chain of pages has been read, so that a crawl killed half-way finds the same
new entries again.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from hashlib import sha256

import attrs
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import cms, health
from crawler.answers import judge
from crawler.catalog import Listing, Site
from crawler.clean import declared_encoding
from crawler.cms import ListingRead
from crawler.decode import decode
from crawler.filing.hijack import sign_of_listing
from crawler.health import Answer
from crawler.items import Document, Entry, Outcome, Page, Rejected
from crawler.store import entries, listings
from crawler.store.entries import KnownPage
from crawler.store.listings import Validators
from spiders.base import ANSWERS, HuixunSpider, address, once_more
from spiders.fetched import page_of, refusal_of, unpacked
from spiders.looks import Looks

MAX_LISTING_PAGES = 5  # of one listing in one look; a back-fill with `since` goes deeper
MAX_BACKFILL_PAGES = 200
_HOME = re.compile(r"https?://[^/?]+/?(?:(?:index|default|main)\.\w{1,6})?(?:\?.*)?", re.IGNORECASE)
_LAST_ROWS = 3  # of a page; the first ones may be pinned there for years


@attrs.frozen(kw_only=True)
class Look:
    """How far the reading of one listing has come."""

    site: Site
    listing: Listing
    read: tuple[Entry, ...] = ()
    pages: tuple[str, ...] = ()  # the addresses of its pages so far
    parts: tuple[str, ...] = ()  # still to be read: the sitemaps of an index
    validators: Validators | None = None  # of its first page
    via: str = ""  # the rules that read it
    next_url: str | None = None  # the page after the first


class ListingSpider(HuixunSpider):
    """What a look at a listing does; SitesSpider says at which, and what is fetched of the entries."""

    since = ""  # YYYY-MM-DD: follow the paging back to this day
    looks: Looks

    def ask_listing(self, look: Look, url: str) -> Request:
        """The request for one page of a listing; its first page is asked for only if it has changed."""
        headers = {}
        render = self.renders.wanted(look.site, look.listing.url)
        # Where a script fetches the rows, the shell's validators say nothing of them.
        if not look.pages and not self.since and not render and not self.renders.is_open(look.listing.url):
            with self.run.store.read() as conn:
                headers = conditions(listings.to_ask_with(conn, url, now=self.run.now()))
        return Request(
            address(look.site, url),
            callback=self.got_listing,
            errback=self.no_listing,
            cb_kwargs={"look": look},
            headers=headers,
            meta={"handle_httpstatus_list": ANSWERS, "render": render},
            priority=10,
            dont_filter=True,
        )

    def got_listing(self, response: Response, look: Look) -> Iterator[Request]:
        """Read one page of a listing; go on to the next while everything on it is new."""
        if response.status == 304:
            self.looks.answered(look.site, Answer(url=look.listing.url))
            return
        page = unpacked(page_of(response, now=self.run.now(), site_id=look.site.id))
        if again := self.another_way(page, response, look.listing.url):
            yield again
            return
        judged = judge(page)
        document = judged if isinstance(judged, Rejected) else decode(page, declared_encoding(page, self.run.catalog))
        if isinstance(document, Rejected):
            if page.rendered and not look.site.needs_js and not response.meta.get("tried"):
                # A browser believes what a page says of its charset; the plain one may have rows again.
                yield once_more(response, render=False)
            else:
                yield from self.not_read(look, document)
            return
        if not look.pages:
            look = attrs.evolve(look, validators=_validators(response))
            if self.is_settled(look, document):
                return
        found = cms.read_listing(document, look.site, look.listing.article_url)
        if self.is_empty_but_may_not_be(look, found, page):
            yield once_more(response, render=True, tried=True)
            return
        self.learn(look, found, page, tried=response.meta.get("tried", False))
        yield from self.go_on(look, found, response.url)

    def is_settled(self, look: Look, document: Document) -> bool:
        """True where a first page says all there is to say: it has not changed, it is a stranger's, it has moved."""
        with self.run.store.read() as conn:
            known = listings.validators(conn, look.listing.url)
        # The very bytes of the last look have not changed, whatever the validators say.
        if known and look.validators and known.body_sha256 == look.validators.body_sha256 and not self.since:
            if known.etag or known.last_modified:  # it was asked for plainly
                with self.run.store.begin() as conn:
                    listings.had(conn, look.listing.url, now=self.run.now())
            self.looks.answered(look.site, Answer(url=look.listing.url))
            return True
        sign = sign_of_listing(document, look.site, self.run.catalog)
        if sign is not None and self.run.turn(look.site, sign):
            self.fault(look, Rejected(outcome=Outcome.MIRROR, reason=str(sign), stage="answer", last=document))
            return True
        page = document.page
        if page.requested_url and is_home(page.url) and not is_home(look.listing.url):
            reason = f"moved: it leads to {page.url}"
            self.fault(look, Rejected(outcome=Outcome.FAILED, reason=reason, stage="answer", last=document))
            return True
        return False

    def is_empty_but_may_not_be(self, look: Look, found: ListingRead, page: Page) -> bool:
        """True for a first page with scripts and no rows, where a browser may make more of it."""
        has_rows = bool(found.entries or found.parts or look.pages)
        return not has_rows and not page.rendered and b"<script" in page.body and self.renders.may_try(look.listing.url)

    def learn(self, look: Look, found: ListingRead, page: Page, *, tried: bool) -> None:
        """Remember whether it takes a browser to read this listing."""
        if tried:
            self.renders.tried(look.listing.url, helped=bool(found.entries))
        elif found.entries and not page.rendered:
            self.renders.plain_does(look.listing.url)

    def go_on(self, look: Look, found: ListingRead, url: str) -> Iterator[Request]:
        """Ask for the next page where one is needed, else record what was read."""
        seen_before = {entry.url for entry in look.read}
        fresh = [entry for entry in found.entries if entry.url not in seen_before]
        if not look.pages:
            whole = look.validators if found.is_whole else Validators()
            look = attrs.evolve(look, via=found.via, next_url=found.next_url, parts=found.parts, validators=whole)
        look = attrs.evolve(look, read=(*look.read, *fresh), pages=(*look.pages, url))
        if look.parts:
            yield self.ask_listing(attrs.evolve(look, parts=look.parts[1:]), look.parts[0])
        elif found.next_url and self.needs_more(look, fresh, found.next_url):
            yield self.ask_listing(look, found.next_url)
        else:
            yield from self.record(look)

    def needs_more(self, look: Look, fresh: list[Entry], next_url: str) -> bool:
        """Follow the paging while a page ends with unknown rows (a burst between two looks), or back to `since`."""
        if not fresh or next_url in look.pages:
            return False
        if self.since:
            dates = [entry.listed_on for entry in fresh if entry.listed_on]
            return len(look.pages) < MAX_BACKFILL_PAGES and (not dates or max(dates) >= self.since)
        with self.run.store.read() as conn:
            is_first_look = listings.validators(conn, look.listing.url) is None
            last = fresh[-_LAST_ROWS:]
            known = entries.known(conn, [entry.url for entry in last]) or entries.moved(conn, look.site.id, last)
        return not is_first_look and not known and len(look.pages) < MAX_LISTING_PAGES

    def record(self, look: Look) -> Iterator[Request]:
        """File the listing's entries and validators in one transaction, then ask for what may matter."""
        self.looks.answered(look.site, self.answer_of(look))
        with self.run.store.begin() as conn:
            # What a listing held when it was first read is old news.
            known = listings.validators(conn, look.listing.url)
            baseline = known is None
            untitled = [entry.url for entry in look.read if not entry.title]  # in sitemaps: what is new is wanted
            seen = set(untitled) if baseline else entries.known(conn, untitled)
            listings.record_look(
                conn,
                site_id=look.site.id,
                listing_url=look.listing.url,
                entries=look.read,
                wanted={entry.url for entry in look.read if self.is_wanted(entry, look.site, seen)},
                validators=listings.believable(look.validators, known) if look.read and look.validators else None,
                now=self.run.now(),
                baseline=baseline,
            )
        self.crawler.stats.inc_value("entries/seen", len(look.read))
        yield from self.ask_pending(look.site)

    def is_wanted(self, entry: Entry, site: Site, seen: set[str]) -> bool:
        """True where an entry is worth fetching: by its title, or where it has none, by not being among the seen."""
        if self.since and entry.listed_on and entry.listed_on < self.since:
            return False
        if not entry.title:
            return bool(self.since and entry.listed_on) or entry.url not in seen
        return site.follow == "all" or self.run.topics.may_matter(entry.title)

    @abstractmethod
    def ask_pending(self, site: Site) -> Iterator[Request]:
        """Ask for the articles of a site that are still to fetch."""

    def answer_of(self, look: Look) -> Answer:
        """What a listing that was read gave."""
        url = look.listing.url
        if not look.read:
            fault = health.no_entries(gave_entries=self.looks.gave_entries(url))
            return Answer(url=url, fault=fault, reason="no entries in it", entries=0, via=look.via)
        newest = max((entry.listed_on for entry in look.read if entry.listed_on), default=None)
        return Answer(url=url, entries=len(look.read), newest=newest, next_url=look.next_url, via=look.via)

    def no_listing(self, failure: Failure) -> Iterator[Request]:
        """A listing that cannot be fetched is noted; what was read of it before counts."""
        look: Look = failure.request.cb_kwargs["look"]  # type: ignore[attr-defined]
        yield from self.not_read(look, refusal_of(failure, now=self.run.now(), site_id=look.site.id))

    def not_read(self, look: Look, refused: Rejected) -> Iterator[Request]:
        """Note why a page of a listing could not be read; of a page further back, what was read before it counts."""
        if look.parts:
            yield self.ask_listing(attrs.evolve(look, parts=look.parts[1:]), look.parts[0])
        elif look.pages:
            yield from self.record(look)
        else:
            self.fault(look, refused)

    def fault(self, look: Look, refused: Rejected) -> None:
        """Note why a listing gave nothing."""
        self.looks.refused(look.site, look.listing.url, refused)
        self.crawler.stats.inc_value("listings/failed")
        reason = refused.reason
        self.logger.warning("listing failed site=%s url=%s reason=%s", look.site.id, look.listing.url, reason)


def conditions(known: Validators | KnownPage | None) -> dict[str, str]:
    """The headers that ask for a page only if it has changed (RFC 9110 §13.1)."""
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified} if known else {}
    return {name: value for name, value in asked.items() if value}


def is_home(url: str) -> bool:
    """True for the first page of a website."""
    return bool(_HOME.fullmatch(url))


def _validators(response: Response) -> Validators:
    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1") if value else None

    digest = sha256(response.body).hexdigest()
    return Validators(etag=header("ETag"), last_modified=header("Last-Modified"), body_sha256=digest)

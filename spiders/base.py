"""What both spiders share: the run that they work for, the browser where one is needed, and how a page is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import attrs
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import config
from crawler.answers import is_shell, judge, kind_of, lasts, moved_to
from crawler.catalog import Catalog, Site
from crawler.clean import declared_encoding
from crawler.cms import parts
from crawler.config import ConfigError
from crawler.decode import decode
from crawler.items import Document, Entry, Page, Rejected
from crawler.run import Run, knowledge
from crawler.store import StoreError, entries, reports
from spiders.browser import browser_settings
from spiders.fetched import page_of, refusal_of
from spiders.rendering import Renders

# What our own code reads; redirects are left to Scrapy, which follows them within bounds.
ANSWERS = [304, *range(400, 600)]
MOST_MOVES = 2  # pages in a row that hold nothing but the way to another


class HuixunSpider(Spider, ABC):
    """A spider with a run. It yields Page values (and Rejected ones for what could not be fetched)."""

    run: Run

    chosen: Sequence[Site]

    renders: Renders

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, run: Run | None = None, **kwargs: Any) -> Self:
        """`run`: one that is open already; it is made here otherwise."""
        spider: Self = super().from_crawler(crawler, *args, **kwargs)
        spider.run = run or cls.open_run(**kwargs)
        sites = spider.chosen = cls.choose(spider.run.catalog, **kwargs)
        slots = {host: {"delay": site.delay, "concurrency": 1} for site in sites for host in _slots(site)}
        crawler.settings.set("DOWNLOAD_SLOTS", slots, priority="spider")
        browser = browser_settings(spider.run.config)
        for name, value in browser.items():
            crawler.settings.set(name, value, priority="spider")
        spider.renders = Renders(spider.run, has_browser=bool(browser))
        return spider

    @classmethod
    def open_run(cls, **arguments: str) -> Run:
        """A run for these arguments. Raises UsageError, in one sentence, where they or the settings cannot be used."""
        try:
            settings = config.load()
            known = knowledge(settings)
            sites = tuple(site.id for site in cls.choose(known[0], **arguments))
            return Run(settings, kind=cls.name, sites=sites, known=known)
        except (ConfigError, StoreError) as error:
            raise UsageError(str(error), print_help=False) from None

    @classmethod
    @abstractmethod
    def choose(cls, catalog: Catalog, **arguments: str) -> Sequence[Site]:
        """The sites that these arguments of the spider ask for. Raises UsageError."""

    def ask_page(self, entry: Entry, site: Site | None) -> Request:
        """The request for one article."""
        url = address(site, entry.url)
        return Request(
            url,
            callback=self.got_page,
            errback=self.no_page,
            cb_kwargs={"entry": entry, "site_id": site.id if site else None},
            meta={"handle_httpstatus_list": ANSWERS, "render": self.renders.wanted(site, host_of(url))},
            dont_filter=True,  # the store knows what was fetched
        )

    def got_page(self, response: Response, entry: Entry, site_id: str | None) -> Iterator[Page | Request]:
        """Whatever the server answered goes down the pipelines; "not modified" is noted, there is no page in it."""
        if response.status == 304:
            with self.run.store.begin() as conn:
                entries.checked(conn, url=entry.url, now=self.run.now())
                reports.came_back(conn, [entry.url, response.url])
            self.crawler.stats.inc_value("pages/not_modified")
            return
        page = page_of(response, now=self.run.now(), site_id=site_id, entry=entry)
        place = host_of(response.url)
        if again := self.another_way(page, response, place):
            yield again
            return
        if response.meta.get("tried"):
            self.renders.tried(place, helped=not is_shell(page))
        elif self.renders.is_open(place) and not page.rendered and not is_shell(page):
            self.renders.plain_does(place)
        yield self.whole((page,))

    def whole(self, pages: tuple[Page, ...]) -> Page | Request:
        """The request for the next part of an article that goes on elsewhere, else the article with all its parts."""
        last = pages[-1]
        if len(pages) == parts.MOST or not parts.may_go_on(last) or isinstance(judge(last), Rejected):
            return parts.assembled(pages)
        document = decode(last, declared_encoding(last, self.run.catalog))
        address = parts.next_part(document) if isinstance(document, Document) else None
        if address is None or address in {page.url for page in pages}:
            return parts.assembled(pages)
        return Request(
            address,
            callback=self.got_part,
            errback=self.no_part,
            cb_kwargs={"pages": pages},
            meta={"handle_httpstatus_list": ANSWERS, "render": last.rendered},
            priority=5,
            dont_filter=True,
        )

    def got_part(self, response: Response, pages: tuple[Page, ...]) -> Iterator[Page | Rejected | Request]:
        """A further part of an article."""
        part = page_of(response, now=self.run.now(), site_id=pages[0].site_id, entry=pages[0].entry)
        judged = judge(part)
        yield self.without(pages, judged) if isinstance(judged, Rejected) else self.whole((*pages, part))

    def no_part(self, failure: Failure) -> Iterator[Page | Rejected]:
        """A part that cannot be had."""
        pages = failure.request.cb_kwargs["pages"]  # type: ignore[attr-defined]
        yield self.without(pages, refusal_of(failure, now=self.run.now(), site_id=pages[0].site_id))

    def without(self, pages: tuple[Page, ...], refused: Rejected) -> Page | Rejected:
        """The article up to a part that is not there; none yet where that may be had in an hour.

        An article that is now whole and now cut would be told as revised each time.
        """
        return attrs.evolve(refused, last=pages[0]) if lasts(refused) == "temporary" else parts.assembled(pages)

    def another_way(self, page: Page, response: Response, place: str) -> Request | None:
        """The same once more: from where an empty page leads on to, or by the browser where only scripts fill it."""
        refused = judge(page)
        if not isinstance(refused, Rejected):
            return None
        moves = response.meta.get("moves", 0)
        if (target := moved_to(refused)) and moves < MOST_MOVES:
            site = self.run.catalog.owner_of_host(host_of(target))
            passed = [*(response.meta.get("redirect_urls") or ()), response.url]
            return once_more(response, url=address(site, target), moves=moves + 1, redirect_urls=passed)
        if kind_of(refused) == "empty shell" and self.renders.may_try(place):
            return once_more(response, render=True, tried=True)
        return None

    def no_page(self, failure: Failure) -> Iterator[Rejected]:
        """No answer is an outcome as well."""
        known = failure.request.cb_kwargs  # type: ignore[attr-defined]
        yield refusal_of(failure, now=self.run.now(), site_id=known.get("site_id"), entry=known.get("entry"))


def address(site: Site | None, url: str) -> str:
    """Where a page is asked for: by plain http where the catalogue says that its site has no other."""
    return url.replace("https://", "http://", 1) if site and site.http_only and url.startswith("https://") else url


def host_of(url: str) -> str:
    """The host of an address; for articles, the place that a browser is or is not needed at."""
    return urlsplit(url).hostname or ""


def once_more(response: Response, *, url: str | None = None, **meta: Any) -> Request:
    """The request of a response once more, here or elsewhere, with nothing that was true of its first answer only."""
    request = response.request
    assert request is not None, "each response of ours has its request"
    kept = {"handle_httpstatus_list": ANSWERS, "render": request.meta.get("render", False)}
    return request.replace(url=url or request.url, headers={}, meta=kept | meta)


def _slots(site: Site) -> Iterable[str]:
    if site.delay is None:
        return ()
    return {name for own in site.own_hosts for name in (own, f"www.{own}")}

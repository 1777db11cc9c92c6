"""What both spiders share: the run that they work for, the browser where one is needed, and how a page is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import config
from crawler.catalog import Catalog, Site
from crawler.config import ConfigError
from crawler.items import Entry, Page, Rejected
from crawler.run import Run, knowledge
from crawler.store import StoreError, entries, reports
from spiders.browser import browser_settings
from spiders.fetched import page_of, refusal_of

# What our own code reads; redirects are left to Scrapy, which follows them within bounds.
ANSWERS = [304, *range(400, 600)]


class HuixunSpider(Spider, ABC):
    """A spider with a run. It yields Page values (and Rejected ones for what could not be fetched)."""

    run: Run

    chosen: Sequence[Site]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, run: Run | None = None, **kwargs: Any) -> Self:
        """`run`: one that is open already; it is made here otherwise."""
        spider: Self = super().from_crawler(crawler, *args, **kwargs)
        spider.run = run or cls.open_run(**kwargs)
        sites = spider.chosen = cls.choose(spider.run.catalog, **kwargs)
        slots = {host: {"delay": site.delay, "concurrency": 1} for site in sites for host in _slots(site)}
        crawler.settings.set("DOWNLOAD_SLOTS", slots, priority="spider")
        if spider.wants_browser(sites):
            for name, value in browser_settings(spider.run.config).items():
                crawler.settings.set(name, value, priority="spider")
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

    def wants_browser(self, sites: Iterable[Site]) -> bool:
        """True where one of the sites says that it needs JavaScript."""
        return any(site.needs_js for site in sites)

    def ask_page(self, entry: Entry, site: Site | None) -> Request:
        """The request for one article."""
        return Request(
            address(site, entry.url),
            callback=self.got_page,
            errback=self.no_page,
            cb_kwargs={"entry": entry, "site_id": site.id if site else None},
            meta={"handle_httpstatus_list": ANSWERS, "render": bool(site and site.needs_js)},
            dont_filter=True,  # the store knows what was fetched
        )

    def got_page(self, response: Response, entry: Entry, site_id: str | None) -> Iterator[Page]:
        """Whatever the server answered goes down the pipelines; "not modified" is noted, there is no page in it."""
        if response.status == 304:
            with self.run.store.begin() as conn:
                entries.checked(conn, url=entry.url, now=self.run.now())
                reports.came_back(conn, [entry.url, response.url])
            self.crawler.stats.inc_value("pages/not_modified")
            return
        yield page_of(response, now=self.run.now(), site_id=site_id, entry=entry)

    def no_page(self, failure: Failure) -> Iterator[Rejected]:
        """No answer is an outcome as well."""
        known = failure.request.cb_kwargs  # type: ignore[attr-defined]
        yield refusal_of(failure, now=self.run.now(), site_id=known.get("site_id"), entry=known.get("entry"))


def address(site: Site | None, url: str) -> str:
    """Where a page is asked for: by plain http where the catalogue says that its site has no other."""
    return url.replace("https://", "http://", 1) if site and site.http_only and url.startswith("https://") else url


def _slots(site: Site) -> Iterable[str]:
    if site.delay is None:
        return ()
    return {name for own in site.own_hosts for name in (own, f"www.{own}")}

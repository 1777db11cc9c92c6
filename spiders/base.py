"""What both spiders share: the run that they work for, the browser where one is needed, and how a page is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import config
from crawler.catalog import Site
from crawler.config import ConfigError
from crawler.items import Entry, Page, Rejected
from crawler.run import Run
from crawler.store import StoreError, entries
from spiders.browser import browser_settings
from spiders.fetched import page_of, refusal_of

# What our own code reads; redirects are left to Scrapy, which follows them within bounds.
ANSWERS = [304, *range(400, 600)]


class HuixunSpider(Spider):
    """A spider with a run. It yields Page values (and Rejected ones for what could not be fetched)."""

    run: Run

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider: Self = super().from_crawler(crawler, *args, **kwargs)
        try:
            spider.run = Run(config.load(), kind=spider.name)
        except (ConfigError, StoreError) as error:
            raise UsageError(str(error)) from None
        sites = spider.prepare()
        slots = {host: {"delay": site.delay, "concurrency": 1} for site in sites for host in _slots(site)}
        crawler.settings.set("DOWNLOAD_SLOTS", slots, priority="spider")
        if spider.wants_browser(sites):
            for name, value in browser_settings(spider.run.config).items():
                crawler.settings.set(name, value, priority="spider")
        return spider

    def prepare(self) -> Iterable[Site]:
        """Work out the arguments; give the sites that will be asked. Raises UsageError."""
        return ()

    def wants_browser(self, sites: Iterable[Site]) -> bool:
        """True where one of the sites says that it needs JavaScript."""
        return any(site.needs_js for site in sites)

    def ask_page(self, entry: Entry, site: Site | None) -> Request:
        """The request for one article."""
        return Request(
            entry.url,
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
            self.crawler.stats.inc_value("pages/not_modified")
            return
        yield page_of(response, now=self.run.now(), site_id=site_id, entry=entry)

    def no_page(self, failure: Failure) -> Iterator[Rejected]:
        """No answer is an outcome as well."""
        known = failure.request.cb_kwargs  # type: ignore[attr-defined]
        yield refusal_of(failure, now=self.run.now(), site_id=known.get("site_id"), entry=known.get("entry"))


def _slots(site: Site) -> Iterable[str]:
    if site.delay is None:
        return ()
    return {name for own in site.own_hosts for name in (own, f"www.{own}")}

"""Looks at the listings of catalogue sites and fetches what may matter: `scrapy crawl sites -a site=… -a region=45`.

What is still to fetch stands in the store and is taken up by the next look.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, UsageError

from crawler import regions
from crawler.catalog import Catalog, Site
from crawler.items import Entry
from crawler.store import entries, sources
from spiders.listings import ListingSpider, Look, conditions
from spiders.looks import Looks

MAX_ORIGINALS = 20  # of mirrors' pages, for one site in one look


class SitesSpider(ListingSpider):
    """Every enabled site, or those named by `site` (several apart by commas) or `region` (GB/T 2260 or a name)."""

    name = "sites"
    only = ""  # set by the loader where a site is a spider name of its own
    site = ""
    region = ""
    report = ""  # a file for how the listings answered; no article is fetched then
    asked: set[str]

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
        if not region:
            return chosen
        try:
            prefix = regions.prefix(region)
        except ValueError as error:
            raise UsageError(f"-a region={region} {error}", print_help=False) from None
        there = [one for one in chosen if one.region.startswith(prefix)]
        if not there:
            raise UsageError(f"no site of the catalogue is in region {region}", print_help=False)
        return there

    async def start(self) -> AsyncIterator[Request]:
        with self.run.store.begin() as conn:
            for site in self.chosen:
                sources.begin_look(conn, site_id=site.id, now=self.run.now())
            busy = entries.sites_with_work(conn)
        for site in self.chosen:
            for listing in site.listings:
                yield self.ask_listing(Look(site=site, listing=listing), listing.url)
            if site.id in busy:
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
            yield request.replace(headers={} if request.meta["render"] else conditions(page), priority=-10)

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

    def finish_looks(self, reason: str) -> None:
        """File what the looks gave: the next ones, the rhythms, the states."""
        self.looks.finish(self.chosen, stopped=reason != "finished")
        if self.report:
            self.looks.report(Path(self.report))

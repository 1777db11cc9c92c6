"""Fetches any one address, ad hoc: `scrapy crawl page -a url=https://…`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import UsageError

from crawler.catalog import Site
from crawler.items import Entry
from spiders.base import HuixunSpider


class PageSpider(HuixunSpider):
    """One page (or several, apart by spaces) through the pipelines; `-a render=1` uses a browser."""

    name = "page"
    url = ""
    render = ""

    def prepare(self) -> Iterable[Site]:
        self.urls = self.url.split()
        if not self.urls:
            raise UsageError("say which page: scrapy crawl page -a url=https://…")
        for url in self.urls:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise UsageError(f"{url} is no http or https address")
        owners = [self.run.catalog.owner_of_host(urlsplit(url).hostname or "") for url in self.urls]
        return [site for site in owners if site]

    def wants_browser(self, sites: Iterable[Site]) -> bool:
        return bool(self.render) or super().wants_browser(sites)

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            site = self.run.catalog.owner_of_host(urlsplit(url).hostname or "")
            request = self.ask_page(Entry(url=url, title=""), site)
            request.meta["render"] = request.meta["render"] or bool(self.render)
            yield request

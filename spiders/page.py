"""Fetches any one address, ad hoc: `scrapy crawl page -a url=https://…`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import UsageError

from crawler.catalog import Catalog, Site
from crawler.items import Entry
from spiders.base import HuixunSpider


class PageSpider(HuixunSpider):
    """One page (or several, apart by spaces) through the pipelines; `-a render=1` uses a browser."""

    name = "page"
    url = ""
    render = ""

    @classmethod
    def choose(cls, catalog: Catalog, url: str = "", **others: str) -> Sequence[Site]:
        for name in others.keys() - {"render"}:
            raise UsageError(f"`-a {name}=…` is not known; the arguments are url and render", print_help=False)
        if not url.split():
            raise UsageError("say which page: scrapy crawl page -a url=https://…", print_help=False)
        for one in url.split():
            if urlsplit(one).scheme not in ("http", "https") or not urlsplit(one).hostname:
                raise UsageError(f"{one} is no http or https address", print_help=False)
        owners = [catalog.owner_of_host(urlsplit(one).hostname or "") for one in url.split()]
        return [site for site in owners if site]

    async def start(self) -> AsyncIterator[Request]:
        for url in self.url.split():
            site = self.run.catalog.owner_of_host(urlsplit(url).hostname or "")
            request = self.ask_page(Entry(url=url, title=""), site)
            request.meta["render"] = request.meta["render"] or bool(self.render)
            yield request

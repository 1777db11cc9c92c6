"""Makes every site of the catalogue a spider name of its own, so that `scrapy crawl liuzhou-jyj` works."""

from __future__ import annotations

from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader

from crawler import catalog, config
from crawler.catalog import Catalog
from spiders.sites import SitesSpider


class CatalogSpiderLoader(SpiderLoader):
    """Scrapy's own loader, with the sites of the catalogue added."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        folder = config.load().sites
        self._catalog = catalog.load(folder) if folder.is_dir() else Catalog()

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        return cls(settings)

    def load(self, spider_name: str) -> type[Spider]:
        """The spider of this name. Raises KeyError where neither spiders/ nor the catalogue has it."""
        if spider_name in self._catalog.by_id:
            return type("SiteSpider", (SitesSpider,), {"name": spider_name, "only": spider_name})
        return super().load(spider_name)

    def list(self) -> list[str]:
        """Every name that `scrapy crawl` takes."""
        return sorted({*super().list(), *self._catalog.by_id})

    def find_by_request(self, request: Request) -> list[str]:
        """The site that owns the request's host, if any."""
        host = request.url.split("/")[2] if "://" in request.url else ""
        site = self._catalog.owner_of_host(host)
        return [site.id] if site else []

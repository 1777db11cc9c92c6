"""Writes the run's record to the store when a crawl ends: `scrapy crawl` exits 0 even where everything failed."""

from __future__ import annotations

from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from spiders.base import HuixunSpider


class Heartbeat:
    """Why the crawl ended, and what it counted."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """The counts that matter, as plain numbers."""
        if isinstance(spider, HuixunSpider):
            spider.run.finish(reason, _counts(self._crawler.stats.get_stats()))

    def engine_stopped(self) -> None:
        """Nothing is filed after this."""
        spider = self._crawler.spider
        if isinstance(spider, HuixunSpider):
            spider.run.close()


def _counts(stats: dict[str, Any]) -> dict[str, int]:
    wanted = (
        "outcome/",
        "entries/",
        "listings/",
        "politeness/",
        "downloader/request_count",
        "downloader/response_count",
        "downloader/exception_count",
        "log_count/ERROR",
        "spider_exceptions/",
    )
    return {name: value for name, value in stats.items() if name.startswith(wanted) and isinstance(value, int)}

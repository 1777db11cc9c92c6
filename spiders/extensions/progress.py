"""Shows a live bar of the crawl while a person looks; nothing where the output is piped."""

from __future__ import annotations

from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured


class Progress:
    """Pages asked for and pages done, with the last host."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("crawl", total=0)
        self._asked = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not Console(stderr=True).is_terminal:
            raise NotConfigured
        extension = cls()
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.request_scheduled, signals.request_scheduled)
        crawler.signals.connect(extension.response_received, signals.response_received)
        crawler.signals.connect(extension.request_dropped, signals.request_dropped)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    def spider_opened(self, spider: Spider) -> None:
        """The bar begins."""
        self._bar.update(self._task, description=spider.name)
        self._bar.start()

    def request_scheduled(self, request: Request, spider: Any) -> None:
        """One more to do."""
        self._asked += 1
        self._bar.update(self._task, total=self._asked)

    def response_received(self, response: Any, request: Request, spider: Any) -> None:
        """One done."""
        host = request.url.split("/")[2]
        self._bar.update(self._task, advance=1, description=f"{spider.name} · {host}")

    def request_dropped(self, request: Request, spider: Any) -> None:
        """One done without an answer."""
        self._bar.update(self._task, advance=1)

    def spider_closed(self) -> None:
        """The bar ends."""
        self._bar.stop()

"""What all pipelines share: the run they file in, and the one place where a refusal becomes a dropped item."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Self, TypeVar

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.clean import attempt
from crawler.items import Outcome, Rejected, Value
from crawler.run import Run

Before = TypeVar("Before", bound=Value)
After = TypeVar("After", bound=Value)
logger = logging.getLogger("huixun.page")


class Stage:
    """A pipeline; its subclasses say which pure function it runs."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def run(self) -> Run:
        """The run of the spider."""
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        return run

    def passed(self, name: str, stage: Callable[[Before], After | Rejected], value: Before) -> After:
        """The stage's result. Raises DropItem where it refused, after the refusal was filed."""
        result = attempt(name, stage, value)
        if isinstance(result, Rejected):
            self.drop(result)
        return result

    def drop(self, rejected: Rejected) -> None:
        """File a refusal and take the item out of the flow. Raises DropItem, always."""
        outcome = self.run.file(rejected)
        self.count(outcome, rejected.page.url, rejected.reason)
        raise DropItem(f"outcome={outcome} url={rejected.page.url} reason={rejected.reason}")

    def count(self, outcome: Outcome, url: str, reason: str = "") -> None:
        """The page's one outcome: counted, and logged in one line."""
        self._crawler.stats.inc_value(f"outcome/{outcome}")
        logger.info("page outcome=%s url=%s%s", outcome, url, f" reason={reason}" if reason else "")

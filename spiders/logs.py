"""Logs one line a page at INFO, with fixed words; the page itself never enters the log."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.logformatter import LogFormatter as ScrapyLogFormatter
from scrapy.logformatter import LogFormatterResult
from twisted.python.failure import Failure

from crawler.items import Report


class LogFormatter(ScrapyLogFormatter):
    """Scrapy's, quieter: requests at DEBUG, and refused items by their outcome instead of their contents."""

    def crawled(self, request: Request, response: Response, spider: Any) -> LogFormatterResult:
        return {**super().crawled(request, response, spider), "level": logging.DEBUG}

    def scraped(self, item: Any, response: Response | Failure | None, spider: Any) -> LogFormatterResult:
        url = item.article.document.page.url if isinstance(item, Report) else ""
        return {"level": logging.DEBUG, "msg": "page filed url=%(url)s", "args": {"url": url}}

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Any
    ) -> LogFormatterResult:
        return {"level": logging.DEBUG, "msg": "page dropped %(why)s", "args": {"why": str(exception)}}

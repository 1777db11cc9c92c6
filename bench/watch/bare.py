"""Scrapy that fetches the addresses of a file and keeps nothing: `python bench/watch/bare.py PROXY FILE`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response


class Bare(Spider):
    """One request for each address."""

    name = "bare"

    async def start(self) -> AsyncIterator[Request]:
        for url in Path(sys.argv[2]).read_text("utf-8").splitlines():
            yield Request(url, meta={"proxy": sys.argv[1]}, dont_filter=True)

    def parse(self, response: Response, **kwargs: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    process = CrawlerProcess(
        settings={
            "CONCURRENT_REQUESTS": 32,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": True,
            "LOG_LEVEL": "WARNING",
        }
    )
    process.crawl(Bare)
    process.start()

"""Sends a request through the browser where its site needs one, and refuses it plainly where there is none."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy_playwright.page import PageMethod

from spiders.fetched import NotNow


class RenderMiddleware:
    """Reads `request.meta["render"]`; everything else goes the plain way."""

    def __init__(self, has_browser: bool) -> None:
        self._has_browser = has_browser

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(bool(crawler.settings.get("PLAYWRIGHT_LAUNCH_OPTIONS")))

    def process_request(self, request: Request) -> None:
        """Raises NotNow where a browser is needed and none was found."""
        if not request.meta.get("render"):
            return
        if not self._has_browser:
            raise NotNow("this page needs a browser and none was found: run `make browser`")
        request.meta["playwright"] = True
        request.meta["playwright_page_methods"] = [PageMethod("wait_for_load_state", "networkidle")]

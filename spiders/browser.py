"""Says how scrapy-playwright is to use the browser: headless, guarded, without pictures."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from playwright.async_api import Request as BrowserRequest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.browser import find_browser
from crawler.config import Config
from spiders.tls import HostPolicy

_SWITCHES = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_SKIPPED = frozenset({"image", "media", "font", "stylesheet", "websocket", "eventsource", "manifest"})


class Handler(ScrapyPlaywrightDownloadHandler):
    """scrapy-playwright's, which starts no browser before a page needs one; plain requests go as in tls.Handler."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory = HostPolicy(crawler)
        self._starting: asyncio.Task[None] | None = None

    async def _launch(self) -> None:
        """Asked for when the engine starts; most crawls need no browser."""

    async def download_request(self, request: Request) -> Response:
        if request.meta.get("playwright"):
            if self._starting is None:
                self._starting = asyncio.ensure_future(super()._launch())
            await self._starting
        return await super().download_request(request)


def browser_settings(config: Config) -> dict[str, Any]:
    """Scrapy settings that turn the browser on; empty where none was found."""
    executable = find_browser(config.crawl.browser)
    if executable is None:
        return {}
    handler = "spiders.browser.Handler"
    closed = dict.fromkeys(("file", "data", "ftp", "s3"))
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler, **closed},
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": str(executable),
            "headless": True,
            "args": list(_SWITCHES) + (["--no-sandbox"] if os.geteuid() == 0 else []),
        },
        "PLAYWRIGHT_BROWSER_PROVIDER": "spiders.browser_proxy.GuardedBrowser",
        "PLAYWRIGHT_ABORT_REQUEST": "spiders.browser.is_needless",
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": config.crawl.timeout * 1000,
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 4,
    }


def is_needless(request: BrowserRequest) -> bool:
    """True for what no text ever needs: pictures, fonts, styles, sockets."""
    return request.resource_type in _SKIPPED

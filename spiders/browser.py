"""Says how scrapy-playwright is to use the browser: headless, guarded, without pictures."""

from __future__ import annotations

import os
from typing import Any

from playwright.async_api import Request as BrowserRequest

from crawler.browser import find_browser
from crawler.config import Config

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


def browser_settings(config: Config) -> dict[str, Any]:
    """Scrapy settings that turn the browser on; empty where none was found."""
    executable = find_browser(config.crawl.browser)
    if executable is None:
        return {}
    handler = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler, "file": None, "data": None, "ftp": None, "s3": None},
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

"""Finds a Chromium and says how scrapy-playwright is to use it: headless, guarded, without pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Request as BrowserRequest

from crawler.config import Config

# Playwright's own first, then Debian's packages chromium-headless-shell and chromium.
_OWN = (
    "chromium_headless_shell-*/chrome*/headless_shell",
    "chromium_headless_shell-*/chrome*/chrome-headless-shell",
    "chromium-*/chrome*/chrome",
)
_DEBIAN = (Path("/usr/lib/chromium/chromium-headless-shell"), Path("/usr/lib/chromium/chromium"))
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


def find_browser(named: Path | None = None) -> Path | None:
    """The executable to use, or None where there is none."""
    if named is not None:
        return named if named.is_file() else None
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    own = [path for pattern in _OWN for path in sorted(cache.glob(pattern), reverse=True)]
    return next((path for path in [*own, *_DEBIAN] if path.is_file()), None)


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

"""Keeps what a host asks of robots: its Crawl-delay, and the rest that 429 and 503 answers ask for."""

from __future__ import annotations

from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from crawler import config
from crawler.answers import retry_after
from spiders.fetched import HostFailed, NotNow

LONGEST_CRAWL_DELAY = 60.0  # seconds; some robots.txt ask for a day


class PolitenessMiddleware:
    """After a 429 or 503 nothing more is asked of that host in this crawl; the next look takes the rest up."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._resting: dict[str, str] = {}
        self._failed: dict[str, tuple[int, dict[str, str]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.robots_parsed, signals.robots_parsed)
        return middleware

    def process_request(self, request: Request) -> None:
        """Raises NotNow while the host rests."""
        host = urlparse_cached(request).hostname or ""
        if host in self._failed and not request.url.endswith("/robots.txt"):
            raise HostFailed(*self._failed[host])
        if host in self._resting and not request.url.endswith("/robots.txt"):
            raise NotNow(f"resting: {host} answered {self._resting[host]}")

    def process_response(self, request: Request, response: Response) -> Response:
        """Notes that the host asks for rest, or that its robots.txt cannot be had (RFC 9309 §2.3.1.4: ask nothing)."""
        host = urlparse_cached(request).hostname or ""
        asked = {"retry-after": (response.headers.get("Retry-After") or b"").decode("latin-1")}
        if request.url.endswith("/robots.txt"):
            if response.status >= 500:
                self._failed[host] = response.status, asked
        elif response.status in (429, 503):
            wait = retry_after(asked, config.now(config.load()))
            self._resting[host] = f"{response.status}, retry after {wait:.0f} s" if wait else str(response.status)
            self._crawler.stats.inc_value("politeness/resting")
        return response

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Slow the host's queue down to the Crawl-delay that it names; queues come later than a file that was kept, and
        again after a minute without requests."""
        engine = self._crawler.engine
        parser = getattr(robotparser, "rp", None)  # Protego; Scrapy's wrapper does not hand the delay on
        asked = parser.crawl_delay(self._crawler.settings["USER_AGENT"]) if parser else None
        if engine is None or not asked:
            return
        host = urlparse_cached(request).hostname or ""
        settings = engine.downloader.per_slot_settings.setdefault(host, {})
        delay = settings.get("delay") or self._crawler.settings.getfloat("DOWNLOAD_DELAY")
        settings["delay"] = max(delay, min(float(asked), LONGEST_CRAWL_DELAY))
        if slot := engine.downloader.slots.get(host):
            slot.delay = settings["delay"]

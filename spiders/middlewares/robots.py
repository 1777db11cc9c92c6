"""Answers for robots.txt out of the store, for a day, so that a look without news costs a site one request."""

from __future__ import annotations

import re
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from crawler.run import Run
from crawler.store import robots
from crawler.store.robots import Robots

_RULES = re.compile(rb"disallow|crawl-delay|request-rate", re.IGNORECASE)  # many servers answer with their homepage
_TOO_MANY = 429  # says nothing of the file


class KeptRobotsMiddleware:
    """Stands before Scrapy's RobotsTxtMiddleware, whose requests go through all middlewares like any other.

    Only a file that lets in what it was asked for is kept: who shuts us out by mistake is heard at the next look.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._fetched: dict[str, Robots] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.robots_parsed, signals.robots_parsed)
        return middleware

    @property
    def _run(self) -> Run:
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        return run

    def process_request(self, request: Request) -> Response | None:
        """The file as it was kept."""
        if not _asks_for_robots(request):
            return None
        with self._run.store.read() as conn:
            known = robots.kept(conn, request.url, now=self._run.now())
        return known and Response(request.url, status=known.status, body=known.body, flags=["kept"])

    def process_response(self, request: Request, response: Response) -> Response:
        """Holds a new file until it is known what it says. A 4xx answer stands for an empty one (RFC 9309 §2.3.1.3)."""
        if _asks_for_robots(request) and "kept" not in response.flags:
            url = (request.meta.get("redirect_urls") or [request.url])[0]
            body = response.body if response.status < 300 and _RULES.search(response.body) else b""
            if response.status < 500 and response.status != _TOO_MANY and len(body) <= robots.MOST:
                now = self._run.now()
                self._fetched[url] = Robots(url=url, status=response.status, body=body, fetched_at=now)
        return response

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Keep the file that was read for this request, if it lets it in."""
        place = urlparse_cached(request)
        fetched = self._fetched.pop(f"{place.scheme}://{place.netloc}/robots.txt", None)
        if fetched and robotparser.allowed(request.url, self._crawler.settings["USER_AGENT"]):
            with self._run.store.begin() as conn:
                robots.keep(conn, fetched)


def _asks_for_robots(request: Request) -> bool:
    """True for the requests of Scrapy's RobotsTxtMiddleware."""
    return bool(request.meta.get("dont_obey_robotstxt"))

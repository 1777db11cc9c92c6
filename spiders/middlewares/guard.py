"""Lets requests go to public http and https addresses only, whatever a page, a redirect or a DNS answer says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from crawler import config
from crawler.addresses import AddressRefused, check_ip, check_url


class GuardMiddleware:
    """First in line: checks the address of every request, redirected ones and robots.txt too, and sets the proxy."""

    def __init__(self, proxy: str | None, allowed: Sequence[str]) -> None:
        self._proxy = proxy
        self._allowed = frozenset(allowed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = config.load()
        return cls(settings.proxy, settings.crawl.allow_private)

    def process_request(self, request: Request) -> None:
        """Raises IgnoreRequest where the address is refused."""
        try:
            check_url(request.url, allowed=self._allowed)
        except AddressRefused as error:
            raise IgnoreRequest(f"refused: {error}") from None
        if self._proxy:
            request.meta["proxy"] = self._proxy


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, which refuses answers that are not public: a name may point anywhere (DNS rebinding)."""

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float) -> None:
        super().__init__(reactor, cache_size, timeout)
        settings = config.load()
        own_proxy = urlsplit(settings.proxy).hostname if settings.proxy else None
        self._allowed = frozenset({*settings.crawl.allow_private, *([own_proxy] if own_proxy else [])})

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """As Twisted asks; the Deferred fails with AddressRefused where the answer is private."""
        answer = super().getHostByName(name, timeout)
        if name not in self._allowed:
            answer.addCallback(self._checked)
        return answer

    @staticmethod
    def _checked(address: str) -> str:
        check_ip(address)
        return address

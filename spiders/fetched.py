"""Turns Scrapy's responses and failures into our values: a Page, or a Rejected that says why there is none."""

from __future__ import annotations

from datetime import datetime

from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.items import Entry, Outcome, Page, Rejected


class NotNow(IgnoreRequest):
    """Not fetched in this crawl, but worth another try: the host rests, or no browser was found."""


class HostFailed(NotNow):
    """The host does not work: its robots.txt answers with a server error, so nothing else is asked of it."""


def page_of(response: Response, *, now: datetime, site_id: str | None, entry: Entry | None = None) -> Page:
    """The page as it was fetched: bytes, status, headers (last value of each name)."""
    headers = {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    rendered = "playwright" in response.flags
    if rendered:
        headers["content-type"] = "text/html; charset=utf-8"  # the browser hands over text, which Scrapy encodes again
    asked = response.meta.get("redirect_urls") or [None]
    return Page(
        url=response.url,
        body=response.body,
        headers=headers,
        status=response.status,
        fetched_at=now,
        requested_url=asked[0],
        rendered=rendered,
        site_id=site_id,
        entry=entry,
    )


def refusal_of(failure: Failure, *, now: datetime, site_id: str | None, entry: Entry | None = None) -> Rejected:
    """Why there is no page: we would not fetch it, it was too large, or the network failed."""
    url = entry.url if entry else failure.request.url  # type: ignore[attr-defined]  # set by Scrapy on every failure
    page = Page(url=url, body=b"", status=0, fetched_at=now, site_id=site_id, entry=entry)
    outcome, reason = _reason(failure)
    temporary = outcome is Outcome.FAILED or failure.check(NotNow) is not None
    return Rejected(outcome=outcome, reason=reason, stage="fetch", last=page, temporary=temporary)


def _reason(failure: Failure) -> tuple[Outcome, str]:
    message = failure.getErrorMessage()[:200]
    if failure.check(HostFailed):
        return Outcome.FAILED, message
    if failure.check(IgnoreRequest):
        return Outcome.REFUSED, message
    if failure.check(DownloadCancelledError):
        return Outcome.REFUSED, f"too large: {message}"
    if failure.check(DownloadTimeoutError, TimeoutError):
        return Outcome.FAILED, "time-out"
    return Outcome.FAILED, f"network: {failure.type.__name__ if failure.type else 'error'}: {message}"

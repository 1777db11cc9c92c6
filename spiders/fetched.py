"""Turns Scrapy's responses and failures into our values: a Page, or a Rejected that says why there is none."""

from __future__ import annotations

import gzip
import io
import zlib
from datetime import datetime

from attrs import evolve
from OpenSSL import SSL
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from service_identity import VerificationError
from twisted.python.failure import Failure

from crawler.answers import judge
from crawler.items import Entry, Outcome, Page, Rejected

MAX_UNPACKED = 16 * 2**20  # bytes


class NotNow(IgnoreRequest):
    """Not fetched in this crawl, but worth another try: the host rests, or no browser was found."""


class HostFailed(NotNow):
    """The host does not work: its robots.txt answers with a server error, so nothing else is asked of it."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        super().__init__(f"http {status} for robots.txt")
        self.status = status
        self.headers = headers


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


def unpacked(page: Page) -> Page:
    """A sitemap that is packed as a file (.xml.gz), unpacked as far as a page may be long; all others as they are."""
    if not page.body.startswith(b"\x1f\x8b"):
        return page
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(page.body)) as file:
            return evolve(page, body=file.read(MAX_UNPACKED))
    except (OSError, EOFError, zlib.error):
        return page


def refusal_of(failure: Failure, *, now: datetime, site_id: str | None, entry: Entry | None = None) -> Rejected:
    """Why there is no page: we would not fetch it, it was too large, or the network failed."""
    url = entry.url if entry else failure.request.url  # type: ignore[attr-defined]  # set by Scrapy on every failure
    page = Page(url=url, body=b"", status=0, fetched_at=now, site_id=site_id, entry=entry)
    if isinstance(failed := failure.value, HostFailed):
        judged = judge(evolve(page, status=failed.status, headers=failed.headers))
        if isinstance(judged, Rejected):
            return evolve(judged, reason=f"{judged.reason} for robots.txt", stage="fetch")
    outcome, reason = _reason(failure)
    temporary = outcome is Outcome.FAILED or failure.check(NotNow) is not None
    return Rejected(outcome=outcome, reason=reason, stage="fetch", last=page, temporary=temporary)


def _reason(failure: Failure) -> tuple[Outcome, str]:
    message = failure.getErrorMessage()[:200]
    if failure.check(IgnoreRequest):
        return Outcome.REFUSED, message
    if failure.check(DownloadCancelledError):
        return Outcome.REFUSED, f"too large: {message}"
    if failure.check(DownloadTimeoutError, TimeoutError):
        return Outcome.FAILED, "time-out"
    if failure.check(CannotResolveHostError):
        return Outcome.FAILED, f"no such host: {message}"
    if tls := _tls_reason(failure):
        return Outcome.FAILED, f"TLS: {tls}"
    return Outcome.FAILED, f"network: {failure.type.__name__ if failure.type else 'error'}: {message}"


def _tls_reason(failure: Failure) -> str | None:
    """What was wrong with the connection's encryption, in OpenSSL's words; None where it was something else."""
    causes = [failure.value, failure.value.__cause__]
    for cause in causes:
        causes += [reason.value for reason in getattr(cause, "reasons", None) or ()]
        if isinstance(cause, VerificationError):
            return "the certificate is another host's"
        if isinstance(cause, SSL.Error):
            words = cause.args[0] if cause.args else None
            return str(words[0][-1]) if isinstance(words, list) and words else type(cause).__name__
    return None

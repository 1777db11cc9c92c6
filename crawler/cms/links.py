"""Turns the links of a page into addresses that can be asked for: absolute, in the page's encoding, no fragment."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from attrs import frozen
from w3lib.url import safe_url_string

from crawler.items import Document

_SESSION = re.compile(r";jsessionid=[^?#/]*", re.IGNORECASE)
_MAX_ADDRESS = 2048


@frozen
class Links:
    """What the links of one page start from."""

    base: str
    charset: str

    def address(self, href: str | None) -> str | None:
        """The absolute address of a link; None for scripts, mail, anchors within the page and hopeless ones."""
        href = (href or "").strip()
        if not href or len(href) > _MAX_ADDRESS or href.startswith("#"):
            return None
        try:
            parts = urlsplit(urljoin(self.base, href))
            if parts.scheme not in ("http", "https") or not parts.hostname:
                return None
            plain = urlunsplit(
                (parts.scheme, parts.netloc.lower(), _SESSION.sub("", parts.path) or "/", parts.query, "")
            )
            return str(safe_url_string(plain, encoding=self.charset, path_encoding="utf-8"))
        except (ValueError, LookupError):
            return None


def links_of(document: Document) -> Links:
    """Where the links of a document start: its <base>, else its own address."""
    base = document.page.url
    for element in document.tree.iter("base"):
        if href := (element.get("href") or "").strip():
            base = urljoin(base, href)
            break
    return Links(base, document.charset)


def query_with(url: str, name: str, value: str | int) -> str:
    """An address with one parameter of its query set."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] != name]
    return urlunsplit(parts._replace(query="&".join([*kept, f"{name}={value}"])))

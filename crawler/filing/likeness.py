"""Says by which marks a refused page is known again: outcome, place, words of the reason, text. Pure."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

from crawler.catalog import Catalog, Site
from crawler.dedup import normalise
from crawler.dom import text_of
from crawler.items import Article, Document, Outcome, Rejected, Report
from crawler.store.choices import Marks

_FIXED_WORDS = re.compile(r"[^:：(（%\d]{1,80}")
_LONGEST_HOST = 253  # characters, RFC 1035


def is_refused(value: Report | Rejected) -> bool:
    """True for what is kept out on account of the page itself, so that a person may want to overrule it."""
    if isinstance(value, Rejected):
        return not value.temporary and value.outcome not in (Outcome.GONE, Outcome.REFUSED, Outcome.CHALLENGED)
    return value.provenance.verdict == "mirror"


def marks_of(value: Report | Rejected, catalog: Catalog) -> Marks:
    """The marks of a refused page; a mirror is known by its host, whoever linked to it."""
    if isinstance(value, Report):
        host = host_of(value.article.document.page.url)
        return Marks(
            outcome=Outcome.MIRROR,
            place=place_of(host, catalog),
            reason_kind="mirror",
            body_sha256=value.body_sha256,
        )
    words = _FIXED_WORDS.match(value.reason)
    return Marks(
        outcome=value.outcome,
        place=place_of(host_of(value.page.url), catalog),
        reason_kind=words[0].strip() if words else "",
        body_sha256=_body(value),
    )


def place_of(host: str, catalog: Catalog) -> str:
    """The id of the catalogue site that owns a host, else the host."""
    owner = owner_of(host, catalog)
    return owner.id if owner else host[:_LONGEST_HOST]


def owner_of(host: str, catalog: Catalog) -> Site | None:
    """The catalogue site that owns a host."""
    return catalog.owner_of_host(host) if host else None


def host_of(url: str) -> str:
    """The host of an address; empty where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _body(rejected: Rejected) -> str:
    """The hash of the normalised body where the page came so far as to have one, else of its text; or empty."""
    last = rejected.last
    if isinstance(last, Report):
        return last.body_sha256
    if isinstance(last, Article):
        text = normalise(last.text_hans, simplified=True)
    elif isinstance(last, Document):
        text = normalise(text_of(last.tree))
    else:
        return hashlib.sha256(last.body).hexdigest() if last.body.strip() else ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""

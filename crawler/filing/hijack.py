"""Tells when a catalogue site's own host has been lost to a stranger, and tells the operator once.

A listing is judged at once: it is the page of a site that its owner looks after most. Of other pages two within a week
have to be full of planted text, since one may be planted on an honest host.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import evolve, frozen
from sqlalchemy import Connection

from crawler.catalog import Catalog, Site
from crawler.config import Subscription
from crawler.despam import despam
from crawler.despam.hosts import host_of, is_stranger
from crawler.filing.operator import tell_turn
from crawler.items import Article, Document, Outcome, Provenance, Rejected, Report
from crawler.repair import repair
from crawler.store import entries, sources

_NATIONAL = ("00", "bm")  # what a site code and a region of the whole country begin with


@frozen(kw_only=True)
class Sign:
    """What speaks against a site's own host."""

    kind: Literal["spam", "redirect", "identity"]
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def sign_of_listing(document: Document, site: Site, catalog: Catalog) -> Sign | None:
    """What a site's own listing, decoded, says against its host. Pure."""
    landed = host_of(document.page.url)
    if not site.owns(landed) and is_stranger(landed, host_of(site.homepage), catalog):
        return Sign(kind="redirect", what=f"its list leads to {landed}")
    judged = despam(repair(document), catalog)
    if isinstance(judged, Rejected):
        return Sign(kind="spam", what="its list is full of planted text")
    found = judged.provenance
    if found is None or not site.owns(landed):
        return None
    if "hijacked" in found.marks:
        return Sign(kind="spam", what="its list is full of planted text")
    return _contradiction(found, site)


def _contradiction(found: Provenance, site: Site) -> Sign | None:
    """The site code that the page shows is of another owner, or of another province than the catalogue says."""
    code = found.site_code
    if code is None or code == site.site_code:
        return None
    elsewhere = not code.startswith(_NATIONAL) and not site.region.startswith(_NATIONAL) and code[:2] != site.region[:2]
    if site.site_code is None and not elsewhere:
        return None
    return Sign(
        kind="identity", what=f"it shows the site code {code}, the catalogue says {site.site_code or site.region}"
    )


def is_planted(value: Report | Rejected, site: Site) -> bool:
    """True for a page on the site's own host that is planted text and nothing else, or for a good part."""
    if isinstance(value, Rejected):
        page, last = value.page, value.last
        found = last.provenance if isinstance(last, Document) else None
        found = last.document.provenance if isinstance(last, Article) else found
    else:
        page, found = value.article.document.page, value.provenance
    full = isinstance(value, Rejected) and value.outcome is Outcome.SPAM
    return site.owns(host_of(page.url)) and (full or (found is not None and "hijacked" in found.marks))


def turn(conn: Connection, site: Site, sign: Sign, *, operator: Subscription | None, now: datetime) -> bool:
    """Take the site's host for a stranger's and put a message to the operator into the outbox, in one transaction.

    False where a person said to overlook this sign. A host that was lost before is told of no more.
    """
    if not sources.turn(conn, site_id=site.id, why=str(sign), now=now):
        return sources.hijacked(conn, [site.id])
    if operator is not None:
        state, reason = sources.HIJACKED, str(sign)
        tell_turn(conn, operator, site_id=site.id, name=site.name, state=state, reason=reason, now=now)
    return True


def trust(conn: Connection, site_id: str, *, now: datetime) -> bool:
    """A person says that the host is its owner's: what was filed as a mirror meanwhile is fetched again.

    A redirect or another identity is overlooked from now on; planted text never is. False where nothing was held
    against the site.
    """
    state = next((one for one in sources.all_states(conn) if one.site_id == site_id), None)
    overlook = state is not None and not (state.turned_why or "").startswith("spam")
    if not sources.trust(conn, site_id=site_id, overlook=overlook, now=now):
        return False
    entries.ask_again(conn, site_id=site_id, outcome=Outcome.MIRROR)
    return True


def doubt(
    conn: Connection, value: Report | Rejected, catalog: Catalog, *, operator: Subscription | None, now: datetime
) -> None:
    """Count a page of planted text against the catalogue site on whose host it is; the second one turns the site."""
    url = (value.page if isinstance(value, Rejected) else value.article.document.page).url
    site = catalog.owner_of_host(host_of(url))
    if site is not None and is_planted(value, site) and sources.doubt(conn, site_id=site.id, url=url, now=now):
        turn(conn, site, Sign(kind="spam", what="its pages are full of planted text"), operator=operator, now=now)


def distrusted(conn: Connection, report: Report, catalog: Catalog, *, at: datetime | None = None) -> Report:
    """The report as a mirror's where its host, or the site that led to nobody's host, is taken for a stranger's.

    ``at``: when the page was fetched, for one that lies here since; what came before the host was lost is its owner's.
    """
    page = report.article.document.page
    owner = catalog.owner_of_host(host_of(page.url))
    site_id = owner.id if owner else page.site_id
    if site_id is None or report.provenance.verdict == "mirror" or not sources.hijacked(conn, [site_id], at=at):
        return report
    found = report.provenance
    marks = (*found.marks, "hijacked site")
    return evolve(report, provenance=evolve(found, verdict="mirror", original_url=None, marks=marks))

"""Puts what was found out of a website together into a row of the catalogue."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from attrs import evolve, frozen
from pydantic import ValidationError

from crawler import regions
from crawler.catalog import Catalog, Listing, Selectors, Site, SiteKind
from crawler.clean import steps
from crawler.cms import read_listing
from crawler.discover.columns import own_host
from crawler.discover.lists import Listed, blank
from crawler.discover.owner import NATIONAL, Owner, site_id
from crawler.discover.selectors import Proof, covers, propose
from crawler.items import Article, Document, Page, Rejected
from crawler.topics import Topics

_MIN_TEXT = 120  # characters of an article
_MAX_LISTED = 0.3  # share of its text that may be names of links


class Undecided(Exception):
    """The pages do not tell enough for a row; the message says what a person has to say."""


@frozen(kw_only=True)
class Asked:
    """What a person says of a site beforehand; it stands above what its pages say."""

    id: str = ""
    name: str = ""
    region: str = ""  # GB/T 2260, six digits
    kind: SiteKind | None = None


@frozen(kw_only=True)
class Seen:
    """What was met on the way to a site's lists."""

    homepage: str
    lists: Sequence[Listed]
    owner: Owner
    family: str | None
    proofs: Mapping[str, Proof]
    needs_js: bool
    http_only: bool


def site_of(seen: Seen, asked: Asked, catalog: Catalog, today: date) -> Site:
    """The row. Raises Undecided where name, kind or region are not known."""
    owner = seen.owner
    if asked.region:
        owner = evolve(owner, region=regions.get(asked.region), national=asked.region == NATIONAL)
    region = owner.region_code
    if region is None or owner.kind is None or len(owner.name) < 2:
        raise Undecided(_question(owner, seen.homepage))
    try:
        return Site(
            id=asked.id or _free(site_id(owner, own_host(seen.homepage), prefix(region)), catalog),
            name=owner.name,
            region=region,
            level=owner.level,  # type: ignore[arg-type]  # pydantic refuses what is none
            kind=owner.kind,
            homepage=seen.homepage,
            listings=tuple(Listing(url=one.url, column=one.column) for one in seen.lists),
            family=seen.family,
            selectors=steady(seen.lists, seen.proofs),
            site_code=owner.site_code,
            icp=owner.icp,
            encoding=_encoding(seen.lists),
            needs_js=seen.needs_js,
            http_only=seen.http_only,
            checked=today.isoformat(),
            confidence="high" if owner.agreed else "medium",
            evidence=(f"read by `huixun sources add` on {today}",),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise Undecided(f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}") from None


def _question(owner: Owner, homepage: str) -> str:
    """What a person has to say, in one sentence."""
    if len(owner.name) < 2:
        return f"the pages do not say whose {homepage} is; say it with --name"
    if owner.kind is None:
        return f"it is not clear what kind of site {owner.name} has; say --kind education, portal, school or media"
    near = ", ".join(f"{one.code} {one.name}" for one in owner.near)
    wanted = "say --region with its name or its six digits of GB/T 2260"
    return f"the pages do not say where {owner.name} is; {wanted}" + (f", perhaps {near}" if near else "")


def steady(lists: Sequence[Listed], proofs: Mapping[str, Proof]) -> Selectors:
    """Selectors that read every one of these lists as well as it was read without them, or better; else none."""
    unread = blank(lists[0].document.page.url)
    for one in lists:
        selectors = propose(one.document, unread, one.read, proofs)
        site = unread.model_copy(update={"selectors": selectors})
        if selectors.list_item and all(_holds(other, site) for other in lists):
            return selectors
    return Selectors()


def _holds(one: Listed, site: Site) -> bool:
    """True where the site's selectors read the list, or leave it alone."""
    read = read_listing(one.document, site)
    return read.via != "site" or covers(read, one.read)


def article_of(page: Page, catalog: Catalog, topics: Topics) -> Article | Rejected:
    """The article of a page by all rules up to extraction; the refusal of the stage that found none."""
    done = [step.value for step in steps(page, catalog=catalog, topics=topics)]
    articles = [value for value in done if isinstance(value, Article)]
    last = done[-1]
    return articles[-1] if articles or not isinstance(last, Rejected) else last


def proof_of(made: Article | Rejected) -> Proof | None:
    """What an article says of itself; None where it says no title."""
    if isinstance(made, Rejected) or not made.title:
        return None
    return Proof(made.title, made.date[:10] if made.date else None)


def is_article(made: Article | Rejected, document: Document) -> bool:
    """True for a page with a dated text that is more than the names of links."""
    if isinstance(made, Rejected) or not made.date or len(made.text) < _MIN_TEXT:
        return False
    listed = sum(len(entry.title) for entry in read_listing(document).entries if entry.title in made.text)
    return listed < _MAX_LISTED * len(made.text)


def prefix(region: str) -> str:
    """gx for 450200: how the ids of a province begin."""
    return _prefixes().get(region[:2], region[:2])


@cache
def _prefixes() -> dict[str, str]:
    return tomllib.loads((files("crawler.discover") / "provinces.toml").read_text("utf-8"))


def _free(wanted: str, catalog: Catalog) -> str:
    """The id itself, or with the first number behind it that no other site has."""
    number, name = 1, wanted
    while name in catalog.by_id:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _encoding(lists: Sequence[Listed]) -> str | None:
    """The charset that the lists agree on; pages of plain ASCII say nothing."""
    charsets = {one.document.charset for one in lists if one.document.charset_basis != "ascii"}
    return charsets.pop() if len(charsets) == 1 else None

"""Judges whether a page is a list worth watching, by what the systems' own reading of it gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from attrs import frozen

from crawler.catalog import Site
from crawler.cms import ListingRead, read_listing, recognise
from crawler.discover.columns import is_own, own_host
from crawler.items import Document

_DATED = 5  # entries with a day
_DATED_PAGED = 3  # where the list goes on
_UNDATED = 8
_MIN_MEAN = 10.0  # characters in a title, where no days are printed
_OWN = 0.8  # share of entries on the site itself, where no days are printed
_STALE = timedelta(days=730)
_SAME = 0.8  # share of a list's entries


@frozen(kw_only=True)
class Listed:
    """A list that was found on a site, read by the rules that hold for it."""

    document: Document
    url: str  # where it was asked for
    column: str
    weight: float  # see Candidate
    read: ListingRead

    @property
    def newest(self) -> str | None:
        """The latest day that it prints."""
        return max((entry.listed_on for entry in self.read.entries if entry.listed_on), default=None)

    def is_stale(self, today: date) -> bool:
        """True where nothing was added for two years."""
        return self.newest is not None and self.newest < (today - _STALE).isoformat()


def listed(document: Document, site: Site | None, *, url: str, column: str, weight: float) -> Listed | None:
    """The list of a page; None where it is none: too few rows, or undated links that lead elsewhere."""
    read = read_listing(document, site)
    if not _is_list(document, read):
        return None
    return Listed(document=document, url=url, column=column, weight=weight, read=read)


def _is_list(document: Document, read: ListingRead) -> bool:
    entries = read.entries
    dated = sum(entry.listed_on is not None for entry in entries)
    if dated >= (_DATED_PAGED if read.next_url else _DATED) and dated * 2 >= len(entries):
        return True
    if len(entries) < _UNDATED or sum(len(entry.title) for entry in entries) < _MIN_MEAN * len(entries):
        return False
    own = own_host(document.page.url)
    return sum(is_own(entry.url, own) for entry in entries) >= _OWN * len(entries)


def chosen(found: list[Listed], today: date, most: int) -> tuple[Listed, ...]:
    """The lists to watch: likeliest columns first, those that go on before others; none that is stale unless all are,
    none whose entries the others have already: pages above several columns show the news of each."""
    fresh = [one for one in found if not one.is_stale(today)] or found
    kept: list[Listed] = []
    known: set[str] = set()
    for one in sorted(fresh, key=lambda one: (-one.weight, one.read.next_url is None)):
        mine = {entry.url for entry in one.read.entries}
        if len(kept) < most and len(mine & known) < _SAME * len(mine):
            kept.append(one)
            known |= mine
    return tuple(kept)


def family_of(lists: Sequence[Listed], articles: Sequence[Document] = ()) -> str | None:
    """The publishing system that the lists agree on, else that of the articles where it pages as was found."""
    names = {_family(one.document) for one in lists}
    if names == {None}:
        names = {_family(document) for document in articles}
        name = next(iter(names), None)
        site = blank(lists[0].url).model_copy(update={"family": name})
        if any(read_listing(one.document, site).next_url != one.read.next_url for one in lists):
            return None
    return names.pop() if len(names) == 1 else None


def blank(url: str) -> Site:
    """A site of which nothing is known but where it stands, to read with."""
    return Site(id="new", name="new site", region="000000", level="national", kind="portal", homepage=url)


def _family(document: Document) -> str | None:
    family = recognise(document)
    return family.name if family else None

"""Proposes CSS selectors for a list that can be read already: general, short, and proved by reading with them.

A selector is taken only if the page read with it gives the entries that it gave without, or better ones. Names that
a build tool made, that number things or that tell a state are left out: they change with the next publication.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from attrs import evolve, frozen
from lxml.html import HtmlElement

from crawler import cms, dates, dom
from crawler.catalog import Selectors, Site
from crawler.cms import ListingRead, links_of, select
from crawler.items import Document, Entry

_MAX_TRIES = 40  # selectors tried for one list
_MAX_CLIMB = 10
_ENOUGH = 0.8  # share of the entries that one make of rows must hold
_MAX_INNER = 200  # elements of one row
_MAX_HTML = 1_000_000  # characters; a longer page is read too slowly for so many tries
_MIN_TITLE = 4  # characters
_SHORT_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}[0-9]{0,2}")
_BUILT = re.compile(r"([A-Za-z][A-Za-z_-]{2,30}[_-]{1,2})(?=[A-Za-z]{0,8}[0-9])[A-Za-z0-9]{4,8}")
_STATES = (
    "active animated bg cf clear clearfix cur current even first fl fr hidden hover last left no-border nobg odd on "
    "right selected show wow"
)
_STATE = frozenset(_STATES.split())
_Test = Callable[[dict[str, Entry]], bool]


@frozen
class Proof:
    """What an article says of itself, to judge its row by."""

    title: str
    day: str | None  # YYYY-MM-DD


def propose(document: Document, site: Site, known: ListingRead, proofs: Mapping[str, Proof]) -> Selectors:
    """Selectors that read a list as it was read without any, or better; none where no short and stable one fits.

    ``known`` is what the page gave, ``proofs`` what some of its articles say, by address. Better is a title without the
    date or summary that stood in the same link, and a day where none was found. Rows in scripts or feeds have none.
    """
    entries = {entry.url: entry for entry in known.entries}
    wanted = {url: _corrected(entry, proofs.get(url)) for url, entry in entries.items()}
    rows = _rows(document, entries) if len(document.html) <= _MAX_HTML else {}

    def chosen(selectors: Selectors, name: str, tries: Iterable[str], fits: _Test) -> Selectors:
        """The selectors with the first of these that fits."""
        for css in _bounded(tries):
            more = selectors.model_copy(update={name: css})
            read = cms.read_listing(document, site.model_copy(update={"selectors": more}))
            got = {entry.url: entry for entry in read.entries}
            if read.via == "site" and got.keys() == entries.keys() and fits(got):
                return more
        return selectors

    found = chosen(Selectors(), "list_item", _row_css(list(rows.values())), lambda got: got == entries)
    if not found.list_item:
        return found
    days = [css for css in _date_css(rows, wanted) if _hits(css, rows)]
    titles = [css for css in _title_css(rows, entries, wanted) if _hits(css, rows)]
    found = chosen(found, "list_date", days, lambda got: _same_days(got, wanted))
    return chosen(found, "list_title", titles, lambda got: _same_titles(got, wanted, proofs))


def covers(read: ListingRead, known: ListingRead) -> bool:
    """True where a reading by selectors has every entry of another, its title or the essence of it, and its day."""
    got = {entry.url: entry for entry in read.entries}
    return got.keys() == {entry.url for entry in known.entries} and all(
        got[entry.url].title in entry.title and entry.listed_on in (got[entry.url].listed_on, None)
        for entry in known.entries
    )


def _corrected(entry: Entry, proof: Proof | None) -> Entry:
    if proof is None:
        return entry
    title = proof.title if len(proof.title) >= _MIN_TITLE and proof.title in entry.title else entry.title
    return evolve(entry, title=title, listed_on=entry.listed_on or proof.day)


def _same_days(got: Mapping[str, Entry], wanted: Mapping[str, Entry]) -> bool:
    return all(entry.listed_on in (got[url].listed_on, None) for url, entry in wanted.items())


def _same_titles(got: Mapping[str, Entry], wanted: Mapping[str, Entry], proofs: Mapping[str, Proof]) -> bool:
    return all(
        got[url].title == entry.title
        if url in proofs
        else len(got[url].title) >= _MIN_TITLE and got[url].title in entry.title
        for url, entry in wanted.items()
    )


def _hits(css: str, rows: Mapping[str, HtmlElement]) -> bool:
    return sum(bool(select(row, (css,))) for row in rows.values()) >= len(rows) * _ENOUGH


def _bounded(tries: Iterable[str]) -> list[str]:
    """The first few, each once."""
    return list(islice(dict.fromkeys(islice(tries, 4 * _MAX_TRIES)), _MAX_TRIES))


def _rows(document: Document, entries: Mapping[str, Entry]) -> dict[str, HtmlElement]:
    """By address, the highest element around each entry's link that holds no other entry; of the commonest make."""
    links = links_of(document)
    anchors = [(one, links.address(one.get("href")) or "") for one in document.tree.iter("a")]
    anchors = [(one, url) for one, url in anchors if url in entries]
    below: dict[HtmlElement, set[str]] = defaultdict(set)
    for anchor, url in anchors:
        for node in _above(anchor):
            below[node].add(url)
    makes: dict[tuple[str, str], dict[str, HtmlElement]] = defaultdict(dict)
    for anchor, url in anchors:
        row = anchor
        for node in _above(anchor):
            if len(below[node]) > 1 or node.tag in ("body", "html"):
                break
            row = node
            if row.tag in ("li", "tr", "dl"):
                break
        parent = row.getparent()
        make = (str(row.tag), " ".join(_tokens(parent)) if parent is not None else "")
        makes[make].setdefault(url, row)
    best = max(makes.values(), key=len, default={})
    return best if len(best) >= len(entries) * _ENOUGH else {}


def _above(node: HtmlElement) -> Iterator[HtmlElement]:
    for _ in range(_MAX_CLIMB):
        parent = node.getparent()
        if parent is None:
            return
        yield parent
        node = parent


def _row_css(rows: Sequence[HtmlElement]) -> Iterator[str]:
    """Selectors for the rows: by their own class, else by what holds them, the nearest first; not by tags alone."""
    if not rows:
        return
    tag = str(rows[0].tag)
    child = "> " if tag != "tr" else ""  # a browser puts a tbody between
    own = [token for token in _shared(rows) if token != tag]
    yield from own
    for level, holder in enumerate(_holders(rows)):
        named = [token for token in _tokens(holder) if token != holder.tag]
        for token in sorted(named, key=len):
            yield from (f"{token} {child if level == 0 else ''}{row}" for row in (tag, *own))


def _holders(rows: Sequence[HtmlElement]) -> list[HtmlElement]:
    """The parent that most rows share and what lies around it, up to four levels."""
    parents = Counter(parent for row in rows if (parent := row.getparent()) is not None)
    if not parents:
        return []
    nearest = parents.most_common(1)[0][0]
    return [node for node in (nearest, *list(_above(nearest))[:3]) if node.tag not in ("body", "html")]


def _shared(elements: Sequence[HtmlElement]) -> list[str]:
    """The tokens that all elements have."""
    common = set(_tokens(elements[0]))
    for element in elements[1:]:
        common &= set(_tokens(element))
    return [token for token in _tokens(elements[0]) if token in common]


def _tokens(element: HtmlElement) -> list[str]:
    """How an element may be named: by its tag with each stable class, by a stable id, by its tag alone, last."""
    tag, found = str(element.tag), []
    for name in (element.get("class") or "").split()[:8]:
        if name.lower() in _STATE:
            continue
        if _NAME.fullmatch(name):
            found.append(f"{tag}.{name}")
        elif built := _BUILT.fullmatch(name):
            found.append(f'{tag}[class*="{built[1]}"]')
    name = element.get("id") or ""
    if _NAME.fullmatch(name):
        found.append(f"#{name}")
    return [*found, tag]


def _date_css(rows: Mapping[str, HtmlElement], wanted: Mapping[str, Entry]) -> list[str]:
    """The smallest elements inside rows that hold the row's day."""
    return _inner_css({url: row for url, row in rows.items() if wanted[url].listed_on}, wanted, _holds_day)


def _title_css(rows: Mapping[str, HtmlElement], entries: Mapping[str, Entry], wanted: Mapping[str, Entry]) -> list[str]:
    """The smallest elements that hold the title, where no link is named so itself."""
    wrong = {url: row for url, row in rows.items() if wanted[url].title != entries[url].title}
    named = [any(dom.text_of(link) == wanted[url].title for link in row.iter("a")) for url, row in rows.items()]
    if not wrong and sum(named) > len(rows) * (1 - _ENOUGH):
        return []
    return _inner_css(wrong or rows, wanted, lambda element, entry: dom.text_of(element) == entry.title)


def _holds_day(element: HtmlElement, entry: Entry) -> bool:
    """True for 2024-05-20, for 05-20, and for 20 with 2024-05 beside it."""
    text = dom.text_of(element)
    day = entry.listed_on or ""
    if found := dates.first(text):
        return found[:10] == day
    year, month, number = (int(part) for part in day.split("-"))
    if dates.month_day(text) == (month, number):
        return True
    return dates.year_month(text) == (year, month) and number in {int(piece) for piece in _SHORT_NUMBER.findall(text)}


def _inner_css(
    rows: Mapping[str, HtmlElement], wanted: Mapping[str, Entry], holds: Callable[[HtmlElement, Entry], bool]
) -> list[str]:
    """How the smallest element that holds a thing is named in nearly all rows; a class says more than a tag."""
    counts = Counter[str]()
    for url, row in rows.items():
        inner = [
            one
            for one in islice(row.iter(), _MAX_INNER)
            if isinstance(one.tag, str) and one is not row and one.tag != "a"
        ]
        fitting = [one for one in inner if holds(one, wanted[url])]
        counts.update(_tokens(fitting[-1]) if fitting else ())
    common = [token for token, count in counts.most_common(_MAX_TRIES) if count >= len(rows) * _ENOUGH]
    return sorted(common, key=str.isalnum)

"""Says what one report's text is to another's: its reprint, an excerpt of it, a corrected version, or nothing.

Candidates come from the fingerprints in the store; here each is verified by containment of short and of long runs of
letters, by the facts guard, and by the days of publication. The limits were measured on 2,500 reprints and 2,054
look-alikes (next year, other city, serial notices).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Literal

from attrs import field, frozen

from crawler.dedup import facts
from crawler.dedup.grams import Grams, containment
from crawler.dedup.normal import normalise

Kind = Literal["reprint_of", "excerpt_of", "revision_of", "repeat_later"]

LATER_DAYS = 60  # published further apart, the same words tell of another event (a yearly ceremony)
_REVISION_DAYS = 7
_SHORT = 200  # letters: such notices differ in one word, which only the title may show
_LEAST = 20  # letters: less than this says nothing
_SHORT_RUNS = 0.6  # least share of 4-letter runs in common
_LONG_RUNS = 0.5  # least share of 24-letter runs in common …
_NEARLY_ALL = 0.85  # … unless so many 4-letter runs are: short paragraphs in another order
_ALMOST_EQUAL = 0.9  # above, names that changed stand inside the shared core, where they are seen, or in the lead
_LEAD = 120  # letters
_WHOLE = 0.55  # a text shorter than this share of the other is an excerpt of it
_TITLES = 0.6


@frozen(kw_only=True)
class Fingerprinted:
    """What of a stored report is compared. Texts are Simplified; days may carry a time behind them."""

    title_hans: str
    text_hans: str = field(repr=False)
    published: str | None  # YYYY-MM-DD…
    held_on: str | None  # YYYY-MM-DD, or --MM-DD
    body_sha256: str


@frozen(kw_only=True)
class Relation:
    """What the first text is to the second. Only a reprint hides a report from those who know the other one.

    ``repeat_later``: the same words and facts more than 60 days apart, a yearly notice or an old report brought up
    again. It is shown beside the other and alerts as a new one.
    """

    kind: Kind
    score: float  # the share of the shorter text that both have, 0..1
    inverse: bool = False  # True: it is the second that is an excerpt of the first, a round-up

    @property
    def hides(self) -> bool:
        """Whether people who were told of the other report need not hear of this one."""
        return self.kind == "reprint_of"


def compare(a: Fingerprinted, b: Fingerprinted) -> Relation | None:
    """What ``a``, the newcomer, is to ``b``, which is known already; None: two texts of their own."""
    pair = _Pair.of(a, b)
    size = len(pair.shorter.text)
    if size < _LEAST or (pair.short and not _titles_agree(*pair.titles)):
        return None
    same = bool(a.body_sha256) and a.body_sha256 == b.body_sha256
    score = 1.0 if same else containment(pair.shorter.short, pair.longer.short)
    if score < _SHORT_RUNS:
        return None
    if score < _NEARLY_ALL and containment(pair.shorter.long, pair.longer.long) < _LONG_RUNS:
        return None
    kind = _kind(a, b, pair, score)
    return kind and Relation(kind=kind, score=round(score, 3), inverse=kind == "excerpt_of" and pair.turned)


@frozen(kw_only=True)
class _Pair:
    """Two texts, the shorter one first."""

    shorter: Grams
    longer: Grams
    titles: tuple[str, str]
    turned: bool  # the newcomer is the longer one

    @classmethod
    def of(cls, a: Fingerprinted, b: Fingerprinted) -> _Pair:
        grams = grams_of(a.text_hans), grams_of(b.text_hans)
        titles = normalise(a.title_hans, simplified=True), normalise(b.title_hans, simplified=True)
        turned = len(grams[0].text) > len(grams[1].text)
        if turned:
            grams, titles = grams[::-1], titles[::-1]
        return cls(shorter=grams[0], longer=grams[1], titles=titles, turned=turned)

    @property
    def short(self) -> bool:
        """The shorter one is a mere notice."""
        return len(self.shorter.text) < _SHORT

    @property
    def whole(self) -> bool:
        """Neither is a mere part of the other."""
        return len(self.shorter.text) >= _WHOLE * len(self.longer.text)


def _kind(a: Fingerprinted, b: Fingerprinted, pair: _Pair, score: float) -> Kind | None:
    apart = _days_apart(a, b)
    later = apart is not None and apart > LATER_DAYS
    shared = facts.core(pair.shorter, pair.longer)
    if not _clash(pair, score) and facts.agree(shared, pair.titles, whole=pair.whole, short=pair.short):
        if not pair.whole:
            return "excerpt_of"
        return "repeat_later" if later else "reprint_of"
    return "revision_of" if pair.whole and _is_revision(a, b, pair, shared) else None


def _clash(pair: _Pair, score: float) -> bool:
    """The titles' years and places count by themselves: 2024年…会议 and 2025年…会议 may have the same body."""
    years = facts.years_of(pair.titles[0]), facts.years_of(pair.titles[1])
    return (
        (all(years) and not years[0] & years[1])
        or facts.times_clash(pair.shorter.text, pair.longer.text, whole=pair.whole)
        or facts.places_clash(*pair.titles)
        or _places_clash(pair.shorter.text, pair.longer.text, score)
    )


def _places_clash(shorter: str, longer: str, score: float) -> bool:
    """Reading two whole texts for places costs as much as all the rest: nearly equal ones only if their leads clash."""
    suspect = score < _ALMOST_EQUAL or facts.places_clash(shorter[:_LEAD], longer[:_LEAD])
    return suspect and facts.places_clash(shorter, longer)


def _is_revision(a: Fingerprinted, b: Fingerprinted, pair: _Pair, shared: facts.Core) -> bool:
    """Numbers were corrected: the same headline within a week, the same names and years."""
    published = _gap(a.published, b.published)
    return (
        published is not None
        and published <= _REVISION_DAYS
        and bool(pair.titles[0])
        and pair.titles[0] == pair.titles[1]
        and facts.same_years(shared, whole=True)
        and facts.same_names(shared, pair.titles)
        and not facts.places_clash(pair.shorter.text, pair.longer.text)
    )


def _days_apart(a: Fingerprinted, b: Fingerprinted) -> int | None:
    """Days between the publications, or between the meetings where a page does not say when it was published."""
    published = _gap(a.published, b.published)
    return published if published is not None else _gap(a.held_on, b.held_on)


def _gap(left: str | None, right: str | None) -> int | None:
    try:
        return abs((date.fromisoformat((left or "")[:10]) - date.fromisoformat((right or "")[:10])).days)
    except ValueError:
        return None


def _titles_agree(left: str, right: str) -> bool:
    pairs = [{title[at : at + 2] for at in range(len(title) - 1)} for title in (left, right)]
    smaller = min(len(side) for side in pairs)
    return smaller > 0 and len(pairs[0] & pairs[1]) / smaller >= _TITLES


@lru_cache(maxsize=64)
def grams_of(text_hans: str) -> Grams:
    """Of the normalised text. Kept for a while: a text is fingerprinted first and then meets several candidates."""
    return Grams(normalise(text_hans, simplified=True))

"""The facts guard: do two texts that share most of their words also share their numbers, years, days and names?

Next year's meeting is reported in last year's sentences, and the next city borrows them too; likeness of words alone
merged 42 % of such pairs. What tells them from a reprint is what changed inside the sentences that they share.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from crawler.dedup.grams import Grams

_ANCHOR = 6  # letters that have to agree for a place to count as shared
_GAP = 12  # letters between two shared places that still belong to the shared core
_MOST_CHANGES = 400
_FEW_NUMBERS = 3  # with fewer, each of them has to agree
_NUMBERS_AGREE = 0.85
_NAMES_CHANGED = 2
_SAME_WORD_CHANGED = 2

_HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_NUMBER = re.compile(
    r"\d+[\u4e00-\u9fff]?|第[一二三四五六七八九十百]{1,5}[届次期批号]|[〇零一二三四五六七八九十]{1,4}[年月日]"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?=年)|二[〇零][〇零一二三四五六七八九]{2}(?=年)")
_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")

Mask = NDArray[np.bool_]


@frozen(kw_only=True)
class Change:
    """One word of the shared core that the other text has another word for."""

    before: str
    after: str
    left: str  # what stands in front of it in both, up to 6 letters
    right: str  # what stands behind it in both


@frozen(kw_only=True)
class Core:
    """What a shorter text shares with a longer one: the numbers on each side, and the words that differ inside."""

    shorter: frozenset[str]  # numbers with their units
    longer: frozenset[str]
    changes: tuple[Change, ...]


def core(shorter: Grams, longer: Grams) -> Core:
    """Lay two texts side by side; their paragraphs may stand in another order."""
    place = _places(shorter, longer)
    covered = _covered(place >= 0, len(shorter.text))
    return Core(
        shorter=_numbers(shorter.text, covered),
        longer=_numbers(longer.text, _covered(_places(longer, shorter) >= 0, len(longer.text))),
        changes=_changes(shorter.text, longer.text, place, covered),
    )


def agree(shared: Core, titles: tuple[str, str], *, whole: bool) -> bool:
    """True where the shared core tells of the same event.

    ``titles``: of the shorter and of the longer, normalised. ``whole``: both are whole reports; the longer of an
    excerpt's pair may have numbers of its own, because a round-up says things twice.
    """
    return same_years(shared, whole=whole) and _numbers_agree(shared, whole) and same_names(shared, titles)


def same_years(shared: Core, *, whole: bool) -> bool:
    """True where the years inside the shared core are the same ones."""
    shorter, longer = years_of(" ".join(shared.shorter)), years_of(" ".join(shared.longer))
    return shorter == longer if whole else shorter <= longer


def same_names(shared: Core, titles: tuple[str, str]) -> bool:
    """True where the words that differ are no other city's and no other people's."""
    return sum(_is_name(change) for change in shared.changes) < _NAMES_CHANGED and not _renamed(shared.changes, titles)


def times_clash(shorter: str, longer: str, *, whole: bool) -> bool:
    """True where the years or days that two texts name cannot be those of one event.

    Where both are whole reports, the first day each names is the day of the meeting; an excerpt may begin anywhere,
    in the midst of a day too.
    """
    years, others = years_of(shorter), years_of(longer)
    if not (years <= others or (whole and others <= years)):
        return True
    days, known = days_of(shorter if whole else shorter.lstrip("0123456789")), days_of(longer)
    if not days or not known:
        return False
    if not set(days) & set(known):
        return True
    return whole and days[0] not in known and known[0] not in days


def years_of(text: str) -> frozenset[str]:
    """The years that a normalised text names, in digits."""
    return frozenset(year.translate(_HAN_DIGITS) for year in _YEAR.findall(text))


def days_of(text: str) -> list[tuple[str, str]]:
    """The days (month, day) that a normalised text names, in order."""
    return [(month.lstrip("0"), day.lstrip("0")) for month, day in _DAY.findall(text)]


def _places(left: Grams, right: Grams) -> NDArray[np.int64]:
    """Where each run of letters of the left text stands first in the right one; -1: nowhere."""
    wanted, offered = left.hashes(_ANCHOR), right.hashes(_ANCHOR)
    if not len(wanted) or not len(offered):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(offered, kind="stable")
    ranks = np.minimum(np.searchsorted(offered, wanted, sorter=order), len(order) - 1)
    found = order[ranks]
    return np.where(offered[found] == wanted, found, -1)


def _covered(hits: Mask, letters: int) -> Mask:
    """Which letters stand in a shared run."""
    steps = np.zeros(letters + _ANCHOR, dtype=np.int64)
    steps[: len(hits)] += hits
    steps[_ANCHOR : _ANCHOR + len(hits)] -= hits
    return np.cumsum(steps)[:letters] > 0


def _gaps(covered: Mask) -> list[tuple[int, int]]:
    """The short runs of letters between two shared places, as (start, end)."""
    edges = np.flatnonzero(np.diff(covered.astype(np.int8)))
    starts, ends = edges[:-1] + 1, edges[1:] + 1
    short = ~covered[starts] & (ends - starts <= _GAP)
    return list(zip(starts[short].tolist(), ends[short].tolist(), strict=True))


def _numbers(text: str, covered: Mask) -> frozenset[str]:
    """The numbers, with the unit behind them, that stand inside the shared core and not at an edge of it."""
    filled = covered.copy()
    for start, end in _gaps(covered):
        filled[start:end] = True
    inside = filled.tolist()
    return frozenset(
        found[0]
        for found in _NUMBER.finditer(text, 1)
        if all(inside[found.start() - 1 : found.end()]) and inside[found.end() : found.end() + 1] == [True]
    )


def _numbers_agree(shared: Core, whole: bool) -> bool:
    most = max(len(shared.shorter), len(shared.longer)) if whole else len(shared.shorter)
    both = len(shared.shorter & shared.longer)
    return both == most if most < _FEW_NUMBERS else both / most >= _NUMBERS_AGREE


def _changes(left: str, right: str, place: NDArray[np.int64], covered: Mask) -> tuple[Change, ...]:
    found = []
    for start, end in _gaps(covered)[:_MOST_CHANGES]:
        begins, ends = int(place[start - _ANCHOR]) + _ANCHOR, int(place[end])
        if begins < ends <= begins + _GAP:
            found.append(
                Change(
                    before=left[start:end],
                    after=right[begins:ends],
                    left=left[start - _ANCHOR : start],
                    right=left[end : end + _ANCHOR],
                )
            )
    return tuple(found)


def _renamed(changes: tuple[Change, ...], titles: tuple[str, str]) -> bool:
    """True where one word stands for another again and again, in the titles too: 英文版 for 法文版."""
    counts = Counter((change.before, change.after) for change in changes)
    return any(
        count >= _SAME_WORD_CHANGED
        and before in titles[0]
        and before not in titles[1]
        and after in titles[1]
        and after not in titles[0]
        for (before, after), count in counts.items()
    )


def _is_name(change: Change) -> bool:
    return _is_person(change) or _is_place(change)


def _is_person(change: Change) -> bool:
    words = _words()
    if not (_looks_like_person(change.before) and _looks_like_person(change.after)):
        return False
    return change.left.endswith(words["titles"]) or change.right.startswith(words["deeds"])


def _looks_like_person(word: str) -> bool:
    return 2 <= len(word) <= 4 and word[0] in _words()["surnames"]


def _is_place(change: Change) -> bool:
    """柳 for 永 before 州市; 涪陵 for 长寿 before 区; not 全 for 永州 before 市."""
    words = _words()
    for word in (change.before, change.after):
        if not re.fullmatch(r"[\u4e00-\u9fff]{1,6}", word) or word[-1] in words["relative"]:
            return False
    ends = words["place_ends"]
    if change.before[-1] in ends and change.after[-1] in ends:
        return all(word[-2:-1] not in words["relative"] for word in (change.before, change.after))
    return any(sign in ends for sign in change.right[:2]) and change.right[:1] not in words["relative"]


@cache
def _words() -> dict[str, Any]:
    words = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))
    return {
        "surnames": frozenset(words["surnames"]) - {"\n"},
        "titles": tuple(words["titles"]),
        "deeds": tuple(words["deeds"]),
        "place_ends": frozenset(words["place_ends"]),
        "relative": frozenset(words["relative"]),
    }

"""The facts guard: do two texts that share most of their words also share their numbers, years, days and names?

Next year's meeting is reported in last year's sentences, and the next city borrows them too; likeness of words alone
merged 42 % of such pairs. What tells them from a reprint is what changed inside the sentences that they share.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib import resources
from itertools import islice
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from crawler.dedup.grams import ANCHOR_LETTERS, Grams
from crawler.regions import chain, mentions

_GAP = 12  # letters between two shared places that still belong to the shared core
_LONG_GAP = 40  # letters: names are still looked for in so long a gap, but its numbers are no part of the core
_LEAST_KEPT = 2  # letters: two names may have one letter in common, and stay one change
_MOST_CHANGES = 400
_MOST_PLACES = 60
_LOCAL = ("city", "county")
_FEW_NUMBERS = 3  # with fewer, each of them has to agree
_NUMBERS_AGREE = 0.85
_CHANGES = 2  # of names, or of one word again and again, tell of another event; in a short notice one change does

_HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_NUMBER = re.compile(
    r"\d+[\u4e00-\u9fff]?|第[一二三四五六七八九十百]{1,5}[届次期批号]|[〇零一二三四五六七八九十]{1,4}[年月日]"
)
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{1,6}")
_LONG_NUMBER = re.compile(r"\d{3,}")
_NUMERAL = re.compile("[0-9〇一二三四五六七八九十]")
_YEAR = re.compile(r"(?:19|20)\d\d(?=年)|二[〇零][〇零一二三四五六七八九]{2}(?=年)")
_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")

Mask = NDArray[np.bool_]


@frozen(kw_only=True)
class Change:
    """One word of the shared core that the other text has another word for; an empty one is a hole."""

    start: int  # in the text that has ``before``
    before: str
    after: str
    left: str  # what stands in front of it in both, up to 6 letters
    right: str  # what stands behind it in both


@frozen(kw_only=True)
class Core:
    """What a shorter text shares with a longer one: the numbers on each side, and the words that differ inside."""

    shorter: frozenset[str]  # numbers with their units
    longer: frozenset[str]
    unknown: frozenset[str]  # those of both that the other text has nowhere
    changes: tuple[Change, ...]


def core(shorter: Grams, longer: Grams) -> Core:
    """Lay two texts side by side; their paragraphs may stand in another order."""
    changes, numbers = _side(shorter, longer)
    _, others = _side(longer, shorter)
    unknown = _unknown(numbers, longer.text) | _unknown(others, shorter.text)
    return Core(shorter=numbers, longer=others, unknown=unknown, changes=changes)


def agree(shared: Core, titles: tuple[str, str], *, whole: bool, short: bool) -> bool:
    """True where the shared core tells of the same event.

    ``titles``: of the shorter and of the longer, normalised. ``whole``: both are whole reports; the longer of an
    excerpt's pair may have numbers of its own, because a round-up says things twice. ``short``: as of a notice.
    """
    if not (same_years(shared, whole=whole) and _numbers_agree(shared, whole)):
        return False
    return same_names(shared, titles, most=0 if short else _CHANGES - 1)


def same_years(shared: Core, *, whole: bool) -> bool:
    """True where the years inside the shared core are the same ones."""
    numbers = shared.shorter | shared.longer if whole else shared.shorter
    return not years_of(" ".join(numbers & shared.unknown))


def same_names(shared: Core, titles: tuple[str, str], *, most: int = _CHANGES - 1) -> bool:
    """True where the words that differ are no other city's and no other people's; so many changes mean nothing yet."""
    return sum(_is_name(change) for change in shared.changes) <= most and not _renamed(shared.changes, titles, most)


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


def places_clash(left: str, right: str) -> bool:
    """True where each first names a city or county that the other knows nothing of, neither in it nor around it."""
    places, others = places_of(left), places_of(right)
    return bool(places and others) and not (_known(places[0], others) or _known(others[0], places))


def _known(code: str, places: tuple[str, ...]) -> bool:
    around = {region.code for region in chain(code)}
    return any(place in around or code in {region.code for region in chain(place)} for place in places)


@lru_cache(maxsize=64)
def places_of(text: str) -> tuple[str, ...]:
    """The codes of the first cities and counties that a text names; provinces stand in everybody's reports."""
    named = (found.region for found in mentions(text))
    codes = dict.fromkeys(region.code for region in named if region and region.level in _LOCAL)
    return tuple(islice(codes, _MOST_PLACES))


def years_of(text: str) -> frozenset[str]:
    """The years that a normalised text names, in digits."""
    return frozenset(year.translate(_HAN_DIGITS) for year in _YEAR.findall(text))


def days_of(text: str) -> list[tuple[str, str]]:
    """The days (month, day) that a normalised text names, in order."""
    return [(month.lstrip("0"), day.lstrip("0")) for month, day in _DAY.findall(text)]


def _places(text: Grams, other: Grams) -> NDArray[np.intp]:
    """Where each run of letters of a text stands first in the other one; -1: nowhere."""
    (wanted, order), (offered, positions) = text.anchors, other.anchors
    place = np.full(len(wanted), -1, dtype=np.intp)
    if len(wanted) and len(offered):
        ranks = np.minimum(np.searchsorted(offered, wanted), len(offered) - 1)
        place[order] = np.where(offered[ranks] == wanted, positions[ranks], -1)
    return place


def _covered(hits: Mask, letters: int) -> Mask:
    """Which letters stand in a shared run."""
    steps = np.zeros(letters + ANCHOR_LETTERS, dtype=np.int64)
    steps[: len(hits)] += hits
    steps[ANCHOR_LETTERS : ANCHOR_LETTERS + len(hits)] -= hits
    return np.cumsum(steps)[:letters] > 0


def _gaps(covered: Mask) -> list[tuple[int, int]]:
    """The runs of letters between two shared places, as (start, end), unless they are too long to be a change."""
    edges = np.flatnonzero(np.diff(covered.astype(np.int8)))
    starts, ends = edges[:-1] + 1, edges[1:] + 1
    short = ~covered[starts] & (ends - starts <= _LONG_GAP)
    return list(zip(starts[short].tolist(), ends[short].tolist(), strict=True))


def _side(text: Grams, other: Grams) -> tuple[tuple[Change, ...], frozenset[str]]:
    """The words of one text that the other has other words for, and the numbers of the shared core."""
    place = _places(text, other)
    covered = _covered(place >= 0, len(text.text))
    changes = []
    for start, end in _gaps(covered)[:_MOST_CHANGES]:
        begins, ends = int(place[start - ANCHOR_LETTERS]) + ANCHOR_LETTERS, int(place[end])
        if begins <= ends <= begins + _LONG_GAP:
            changes.append(
                Change(
                    start=start,
                    before=text.text[start:end],
                    after=other.text[begins:ends],
                    left=text.text[start - ANCHOR_LETTERS : start],
                    right=text.text[end : end + ANCHOR_LETTERS],
                )
            )
    for change in changes:
        short = max(len(change.before), len(change.after)) <= _GAP
        if short and _has_number(change.before) == _has_number(change.after):  # else a number was lost, not changed
            covered[change.start : change.start + len(change.before)] = True
    return tuple(part for change in changes for part in _parts(change)), _numbers(text.text, covered.tolist())


def _parts(change: Change) -> Iterator[Change]:
    """A change without the words inside it that both have: 县 for 市 and 周三石 for 赵大海, both around 委书记."""
    blocks = SequenceMatcher(None, change.before, change.after, autojunk=False).get_matching_blocks()
    kept = [(one.a, one.b, one.size) for one in blocks if one.size >= _LEAST_KEPT]
    begins, others, left = 0, 0, change.left
    for end, other_end, size in [*kept, (len(change.before), len(change.after), 0)]:
        same = change.before[end : end + size]
        if begins < end or others < other_end:
            yield Change(
                start=change.start + begins,
                before=change.before[begins:end],
                after=change.after[others:other_end],
                left=left,
                right=same or change.right,
            )
        begins, others, left = end + size, other_end + size, same


def _numbers(text: str, inside: list[bool]) -> frozenset[str]:
    """The numbers, with the unit behind them, that stand inside the shared core and not at an edge of it."""
    return frozenset(
        found[0]
        for found in _NUMBER.finditer(text)
        if found.start() and found.end() < len(text) and all(inside[found.start() - 1 : found.end() + 1])
    )


def _unknown(numbers: frozenset[str], other: str) -> frozenset[str]:
    """Those that a text has nowhere; of a long number the digits are enough, as damage may have taken its unit."""
    known = {*_NUMBER.findall(other), *_LONG_NUMBER.findall(other)}
    return frozenset(number for number in numbers if number not in known and number[:-1] not in known)


def _has_number(word: str) -> bool:
    return _NUMERAL.search(word) is not None


def _numbers_agree(shared: Core, whole: bool) -> bool:
    known = shared.shorter | shared.longer if whole else shared.shorter
    unknown = known & shared.unknown
    return not unknown if len(known) < _FEW_NUMBERS else len(unknown) / len(known) <= 1 - _NUMBERS_AGREE


def _renamed(changes: tuple[Change, ...], titles: tuple[str, str], most: int) -> bool:
    """True where one word stands for another more often than that, and in the titles too: 英文版 for 法文版."""
    counts = Counter((change.before, change.after) for change in changes)
    return any(
        count > most
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
    before, after = _behind_title(change.before), _behind_title(change.after)
    if not (_looks_like_person(before) and _looks_like_person(after)):
        return False
    titled = (before, after) != (change.before, change.after)
    return titled or change.left.endswith(words["titles"]) or change.right.startswith(words["deeds"])


def _behind_title(word: str) -> str:
    """The name in a change that took in the title before it: 县长吴四水 for 市长钱小河."""
    ends = [at + len(title) for title in _words()["titles"] if (at := word.rfind(title)) >= 0]
    return word[max(ends, default=0) :]


def _looks_like_person(word: str) -> bool:
    return 2 <= len(word) <= 4 and word[0] in _words()["surnames"]


def _is_place(change: Change) -> bool:
    """柳 for 永 before 州市; not 全 for 永州 before 市."""
    return all(
        _HAN_WORD.fullmatch(word) and _names_a_place(change.left[-2:], word, change.right[:4])
        for word in (change.before, change.after)
    )


def _names_a_place(left: str, word: str, right: str) -> bool:
    """True where a division's name takes in at least a part of the word."""
    start, end = len(left), len(left) + len(word)
    return any(found.start < end and found.end > start for found in mentions(left + word + right))


@cache
def _words() -> dict[str, Any]:
    words = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))
    return {
        "surnames": frozenset(words["surnames"]) - {"\n"},
        "titles": tuple(words["titles"]),
        "deeds": tuple(words["deeds"]),
    }

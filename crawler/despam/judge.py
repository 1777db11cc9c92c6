"""Decides which pieces of a page's text are planted: by their words, their structure, their script and their subject.

A run of neighbouring items is cut when its points add up; it gets more where it is hidden, leads to strangers' hosts or
stands Simplified on a Traditional page. One item by itself needs to be a whole line or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from crawler.despam.grow import ROWS, Planted, grown, ink, is_prose, line_at
from crawler.despam.hidden import may_hide
from crawler.despam.lines import SEPARATOR, Line, Piece
from crawler.despam.points import Evidence, Items
from crawler.despam.report import REPORT, speaks_of_crime
from crawler.despam.runs import HIGH, LOW, RUN, UNSEEN, runs
from crawler.despam.swapped import swapped_names
from crawler.despam.words import is_simplified

PLACES = 12  # names in a list of places
WEAK = 2.0  # a line at the end of a run that adds less belongs to it only in the same list
NEIGHBOUR = -3.0  # an item beside a run in the same line, hidden or linked to a stranger, belongs to it above this
SURE_ITEMS = 3  # items of a run that with twice the points of a run leaves no doubt
AROUND = 300  # characters before and behind a link that are looked at
BASE = 2.5  # of these points the words themselves must give so much
LINK, STRANGE_LINK = 1.0, -0.5  # for a link inside a sentence; honest ones have at most 0.0, to strangers' hosts -2.0
HIDDEN, FOREIGN, SCRIPT, RANDOM = 2.0, 1.0, 2.0, 0.5  # what structure and script add to a run
# Log-odds that make a whole line planted: any line, a long one without links, one with a rare word; honest ones have
# 1.6, 0.8 and 0.9.
LINE, SENTENCES, KNOWN_LINE = 2.6, 1.8, 1.8
SHORT_LINE, MANY_WORDS, LONG_LINE = 7, 24, 300  # characters of a line that is judged as a whole
_SENTENCE = re.compile(r"[\u4e00-\u9fff]\s?[，,。；！？]")
_PLACE_LIST = re.compile(r"蜘蛛池|(?:[\u4e00-\u9fff]{1,7}[市县区旗州盟]\s?[|｜丨,，、_\-]\s?){12}")


def suspicious(evidence: Evidence, items: Items) -> bool:
    """True where structure and script could make any item planted. Most pages end here."""
    points = np.clip(items.points, LOW, HIGH)
    if _planted_lines(evidence, items) or swapped_names(evidence) or _has_odd_link(evidence):
        return True
    if points[points > 0].sum() >= BASE:
        for first, last in runs(points, items.steps):
            base = _base(items, points, first, last)
            if base >= UNSEEN or (base >= BASE and items.strong[first:last].any()):
                return True
    if any(_is_link_in_text(evidence, items, index) for index in np.flatnonzero(points >= STRANGE_LINK).tolist()):
        return True
    places = sum(map(evidence.folded.count, "市县区旗")) >= PLACES or "蜘蛛池" in evidence.folded
    return places and _PLACE_LIST.search(evidence.folded) is not None


def judge(evidence: Evidence, items: Items) -> list[Planted]:
    """The planted ranges of a page, in order, not overlapping."""
    points = _without_reports(evidence, items)
    found = [
        _weigh(evidence, items, points, first, last)
        for first, last in _trimmed(evidence, items, points, runs(points, items.steps))
    ]
    kept = [planted for planted in found if planted is not None]
    kept += _planted_lines(evidence, items) + swapped_names(evidence) + _hidden_links(evidence)
    kept += _links_in_text(evidence, items, points, kept)
    return grown(evidence.page, evidence.folded, kept + _place_lists(evidence))


def _base(items: Items, points: NDArray[np.float64], first: int, last: int) -> float:
    return float(points[first:last].sum() - items.steps[first + 1 : last].sum())


def _without_reports(evidence: Evidence, items: Items) -> NDArray[np.float64]:
    """Points of the items, less where their line speaks of crime, law or prevention."""
    points = np.clip(items.points, LOW, HIGH)
    for index in np.flatnonzero(points > 0).tolist():
        piece, line = evidence.page.pieces[items.pieces[index]], evidence.page.lines[items.lines[index]]
        around = line if piece.place.anchor is None else piece
        if not piece.place.hidden and speaks_of_crime(evidence.folded, around.start, around.end):
            points[index] -= REPORT
    return points


def _planted_lines(evidence: Evidence, items: Items) -> list[Planted]:
    """Lines that no item gives away, but all of it together does, as in an advertisement of whole sentences."""
    found = []
    for number in np.flatnonzero(items.whole >= min(SENTENCES, KNOWN_LINE)).tolist():
        line = evidence.page.lines[number]
        text = evidence.folded[line.start : line.end]
        length = ink(text)
        is_long = length >= MANY_WORDS and SEPARATOR not in text
        limit = KNOWN_LINE if items.known[number] else SENTENCES if is_long else LINE
        if not SHORT_LINE <= length <= LONG_LINE or items.whole[number] < limit:
            continue
        if line.hidden or not speaks_of_crime(evidence.folded, line.start, line.end):
            score = round(float(items.whole[number]), 2)
            found.append(
                Planted(start=line.start, end=line.end, marks=("line", "words"), score=score, hidden=line.hidden)
            )
    return found


def _trimmed(
    evidence: Evidence, items: Items, points: NDArray[np.float64], found: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Runs without weak lines at their ends that stand in another list: the menu beside a planted line is honest."""
    for first, last in found:
        while last - first > 1 and (end := _weak_end(evidence, items, points, first, last)) is not None:
            first, last = end
        yield first, last


def _weak_end(
    evidence: Evidence, items: Items, points: NDArray[np.float64], first: int, last: int
) -> tuple[int, int] | None:
    """The run without its last line or its first one, where that line is weak; None where both belong."""
    numbers = items.lines[first:last]
    for number, inner in ((numbers[-1], numbers[-1] - 1), (numbers[0], numbers[0] + 1)):
        mine = np.flatnonzero(numbers == number) + first
        if len(mine) == last - first or items.strong[mine].any() or points[mine].sum() >= WEAK:
            continue
        if _list_of(evidence, int(number)) is not _list_of(evidence, int(inner)):
            return (first, int(mine[0])) if number == numbers[-1] else (int(mine[-1]) + 1, last)
    return None


def _list_of(evidence: Evidence, line: int) -> HtmlElement | None:
    return evidence.page.pieces[evidence.page.lines[line].first].place.block.getparent()


def _weigh(evidence: Evidence, items: Items, points: NDArray[np.float64], first: int, last: int) -> Planted | None:
    base = _base(items, points, first, last)
    strong = bool(items.strong[first:last].any())
    if base < BASE or not (strong or base >= UNSEEN):
        return None
    likely = [index for index in range(first, last) if points[index] > 0]
    bonus, marks = _structure(evidence, items, likely)
    total = base + bonus
    start, end = int(items.starts[first]), int(items.ends[last - 1])
    if total < RUN or (len(likely) == 1 and not _stands_alone(evidence, items, likely[0])):
        return None
    if len(likely) > 1:
        marks.append("list")
        if _in_prose(evidence, items, start, end) and total < 2 * RUN and not _linked(evidence, items, first):
            return None
        start, end = _with_neighbours(evidence, items, points, first, last)
    hidden = evidence.page.pieces[items.pieces[first]].place.hidden
    return Planted(start=start, end=end, marks=tuple(sorted(marks)), score=round(total, 2), hidden=hidden)


def _with_neighbours(
    evidence: Evidence, items: Items, points: NDArray[np.float64], first: int, last: int
) -> tuple[int, int]:
    """The range of a run and of the items beside it in its line that are built as oddly as planted ones are.

    A run that leaves no doubt takes those beside it in its list, too.
    """

    def belongs(index: int, beside: int) -> bool:
        if not 0 <= index < len(points) or points[index] <= NEIGHBOUR:
            return False
        line, other = int(items.lines[index]), int(items.lines[beside])
        near = line == other or (is_sure and _in_one_list(evidence, line, other))
        return near and _structure(evidence, items, [index])[0] >= FOREIGN

    is_sure = last - first >= SURE_ITEMS and points[first:last].sum() >= 2 * RUN
    while belongs(first - 1, first):
        first -= 1
    while belongs(last, last - 1):
        last += 1
    return int(items.starts[first]), int(items.ends[last - 1])


def _structure(evidence: Evidence, items: Items, likely: list[int]) -> tuple[float, list[str]]:
    """What structure and script add to a run, and the marks of it; each must hold for most of the likely items."""
    pieces = [evidence.page.pieces[items.pieces[index]] for index in likely]
    tests = {
        "hidden": (HIDDEN, [piece.place.hidden for piece in pieces]),
        "foreign host": (FOREIGN, [_leads_away(evidence, piece) for piece in pieces]),
        "other script": (SCRIPT, [_is_other_script(evidence, items, index) for index in likely]),
        "random ids": (RANDOM, [evidence.random_ids for _ in likely]),
    }
    held = {mark: points for mark, (points, holds) in tests.items() if sum(holds) * 2 > len(holds)}
    return sum(held.values()), ["words", *held]


def _leads_away(evidence: Evidence, piece: Piece) -> bool:
    return piece.place.anchor is not None and evidence.is_foreign(piece.place.anchor)


def _is_other_script(evidence: Evidence, items: Items, index: int) -> bool:
    return evidence.traditional and is_simplified(evidence.page.text[items.starts[index] : items.ends[index]])


def _links_in_text(
    evidence: Evidence, items: Items, points: NDArray[np.float64], taken: list[Planted]
) -> list[Planted]:
    """Single links planted inside a good sentence: the link goes, the sentence stays."""
    found = []
    for index in np.flatnonzero(points >= STRANGE_LINK).tolist():
        start, end = int(items.starts[index]), int(items.ends[index])
        if any(one.start <= start < one.end for one in taken) or not _is_link_in_text(evidence, items, index):
            continue
        piece = evidence.page.pieces[items.pieces[index]]
        foreign = _leads_away(evidence, piece)
        odd = foreign or piece.place.hidden or _is_other_script(evidence, items, index)
        if points[index] >= (STRANGE_LINK if odd else LINK):
            marks = ("link in text", "words", *(("foreign host",) if foreign else ()))
            score = round(float(points[index]), 2)
            found.append(Planted(start=start, end=end, marks=marks, score=score, hidden=piece.place.hidden))
    return found


def _has_odd_link(evidence: Evidence) -> bool:
    """Whether a link to a stranger's host has a style that hides it."""
    for piece in evidence.page.pieces:
        anchor = piece.place.anchor
        if anchor is not None and may_hide(anchor.get("style")) and evidence.is_foreign(anchor):
            return True
    return False


def _hidden_links(evidence: Evidence) -> list[Planted]:
    """Hidden links to strangers' hosts in the middle of a sentence that everybody can read: no honest page has one."""
    found = []
    for piece in evidence.page.pieces:
        if not piece.place.hidden or not _leads_away(evidence, piece):
            continue
        line = evidence.page.lines[line_at(evidence.page, piece.start)]
        if not line.hidden and _is_text(evidence, line, piece):
            marks = ("foreign host", "hidden", "link in text")
            found.append(Planted(start=piece.start, end=piece.end, marks=marks, score=HIDDEN + FOREIGN, hidden=True))
    return found


def _is_link_in_text(evidence: Evidence, items: Items, index: int) -> bool:
    """True for a link of some length, or with a strong word, that stands in a sentence."""
    piece, line = evidence.page.pieces[items.pieces[index]], evidence.page.lines[items.lines[index]]
    if piece.place.anchor is None or not (items.strong[index] or items.ends[index] - items.starts[index] >= 4):
        return False
    return _stands_alone(evidence, items, index) and _is_text(evidence, line, piece)


def _is_text(evidence: Evidence, line: Line, link: Piece) -> bool:
    """True where the line around a link is a sentence, not a list of links."""
    before = evidence.folded[max(line.start, link.start - AROUND) : link.start].rstrip(SEPARATOR)
    after = evidence.folded[link.end : min(line.end, link.end + AROUND)].lstrip(SEPARATOR)
    around = before + after
    return len(around) >= 20 and around.count(SEPARATOR) * 15 <= len(around) and _SENTENCE.search(around) is not None


def _in_one_list(evidence: Evidence, line: int, other: int) -> bool:
    block = evidence.page.pieces[evidence.page.lines[line].first].place.block
    return block.tag in ROWS and block.getparent() is _list_of(evidence, other)


def _in_prose(evidence: Evidence, items: Items, start: int, end: int) -> bool:
    """True where the range is the smaller part of a line of sentences, or the line as a whole reads as honest prose."""
    index = line_at(evidence.page, start)
    line = evidence.page.lines[index]
    if end > line.end or line.end - line.start < 40:
        return False
    honest = items.whole[index] < KNOWN_LINE and is_prose(evidence.folded[line.start : line.end])
    return honest or end - start < 0.6 * (line.end - line.start)


def _linked(evidence: Evidence, items: Items, index: int) -> bool:
    return evidence.page.pieces[items.pieces[index]].place.anchor is not None


def _stands_alone(evidence: Evidence, items: Items, index: int) -> bool:
    """True for an item that is (nearly) its whole line or its whole link."""
    length = int(items.ends[index] - items.starts[index])
    line = evidence.page.lines[items.lines[index]]
    if length >= 0.7 * ink(evidence.folded[line.start : line.end]):
        return True
    piece = evidence.page.pieces[items.pieces[index]]
    return piece.place.anchor is not None and length >= 0.6 * ink(evidence.folded[piece.start : piece.end])


def _place_lists(evidence: Evidence) -> list[Planted]:
    """Lists of place names that name their spider pool, or are hidden: they would poison the search for the region."""
    found = []
    for match in _PLACE_LIST.finditer(evidence.folded):
        line = evidence.page.lines[line_at(evidence.page, match.start())]
        named = "蜘蛛池" in match[0]
        simplified = evidence.traditional and is_simplified(evidence.page.text[match.start() : match.end()])
        if (named and not is_prose(evidence.folded[line.start : line.end])) or line.hidden or simplified:
            found.append(Planted(start=line.start, end=line.end, marks=("place names",), score=6.0, hidden=line.hidden))
    return found

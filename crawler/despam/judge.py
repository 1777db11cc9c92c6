"""Decides which pieces of a page's text are planted: by their words, their structure, their script and their subject.

Items (link texts and what stands between separators) get points: the lexicon's weight, the classifier's log-odds, and
more where they are hidden, lead to a stranger's host, or stand Simplified on a Traditional page. Words that the page's
own sentences use are its subject and count nothing. A run of neighbouring items is cut when its points add up; one item
by itself needs to be a whole line or a link.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache

import numpy as np
from attrs import frozen
from lxml.html import HtmlElement
from numpy.typing import NDArray

from crawler.despam.classifier import Scorer
from crawler.despam.grow import Planted, grown, ink, is_prose, line_at
from crawler.despam.lines import SEPARATOR, PageText
from crawler.despam.words import Codes, Hit

LIKELY = 1.0  # points that make an item part of a run; 2 in 10,000 honest items reach them
BETWEEN = -2.5  # an item between two likely ones belongs to the run above this
SCREEN, SCREEN_SUM = 1.5, 2.0  # a page without an item of so many points, or items that sum up to them, is clean
PLACES = 12  # names in a list of places
RUN = 7.0  # points of a run of several items
ALONE = 4.5  # points of an item by itself; none of 62,000 honest items reach 4
MAX_WORDS = 6.0
HIDDEN, FOREIGN, SCRIPT, RANDOM = 2.0, 1.5, 2.0, 0.5
HONEST = 3.0  # taken off where the line is a report on crime, law or prevention
_ITEM = re.compile(rf"[^|｜丨_,，、;；。！？!\s{SEPARATOR}·—–\-\[\]【】《》/]+")
_REPORT = re.compile(
    r"警方|公安|民警|派出所|法院|检察|被告|嫌疑|犯罪|罪犯|打击|严禁|禁止|查处|整治|举报|涉案|诈骗|防范|警惕|拒绝|抵制|预防|防治"
    r"|处罚|罚款|拘役|有期徒刑|条例|本法|扫黄|打非|曝光|远离|危害"
)
_PLACE_LIST = re.compile(r"蜘蛛池|(?:[\u4e00-\u9fff]{1,7}[市县区旗州盟]\s?[|｜丨,，、_\-]\s?){12}")


@frozen(kw_only=True)
class Evidence:
    """What is known of a page before its items are judged."""

    page: PageText
    folded: str
    codes: Codes
    hits: list[Hit]
    traditional: bool  # the page as a whole
    random_ids: bool
    is_foreign: Callable[[HtmlElement], bool]  # whether a link leads to a stranger's host


@frozen(kw_only=True)
class Items:
    """All items of a page as arrays of one length."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    points: NDArray[np.float64]
    strong: NDArray[np.bool_]  # has a word that is rare in honest text
    lines: NDArray[np.int64]  # index of the line
    pieces: NDArray[np.int64]  # index of the piece


def suspicious(evidence: Evidence, items: Items) -> bool:
    """True where the words alone call for a closer look at structure and script. Most pages end here."""
    limit = 0.0 if evidence.traditional else SCREEN
    if (items.points >= limit).any() or np.clip(items.points, 0, None).sum() >= SCREEN_SUM:
        return True
    places = sum(map(evidence.folded.count, "市县区旗")) >= PLACES or "蜘蛛池" in evidence.folded
    return places and _PLACE_LIST.search(evidence.folded) is not None


def judge(evidence: Evidence, items: Items) -> list[Planted]:
    """The planted ranges of a page, in order, not overlapping."""
    points, marks = _with_structure(evidence, items)
    found = []
    for first, last in _runs(items, points):
        planted = _weigh(evidence, items, points, marks, first, last)
        if planted is not None:
            found.append(planted)
    found += _place_lists(evidence)
    return grown(evidence.page, evidence.folded, found)


def items_of(evidence: Evidence) -> Items:
    """Split a page's text into items and give each its points for words alone."""
    spans = [match.span() for match in _ITEM.finditer(evidence.folded)]
    starts, ends = np.array(spans, dtype=np.int64).reshape(-1, 2).T
    length = len(evidence.folded)
    rare, hints = np.zeros(length + 1), np.zeros(length + 1)
    subject = _subject(evidence)
    for hit in evidence.hits:
        if evidence.folded[hit.start : hit.end] in subject:
            continue
        (rare if hit.weight > 1 else hints)[hit.start + 1] += hit.weight
    rare, hints = np.cumsum(rare), np.cumsum(hints)
    strong = rare[ends] - rare[starts]
    weight = np.minimum(strong + np.minimum(hints[ends] - hints[starts], 1.0), MAX_WORDS)
    line_starts = np.array([line.start for line in evidence.page.lines], dtype=np.int64)
    piece_starts = np.array([piece.start for piece in evidence.page.pieces], dtype=np.int64)
    return Items(
        starts=starts,
        ends=ends,
        points=weight + Scorer(evidence.codes).logits(starts, ends),
        strong=strong > 0,
        lines=np.searchsorted(line_starts, starts, side="right") - 1,
        pieces=np.searchsorted(piece_starts, starts, side="right") - 1,
    )


def _subject(evidence: Evidence) -> set[str]:
    """Words of the lexicon that at least two of the page's own long sentences use, outside links."""
    if not evidence.hits:
        return set()
    counts: Counter[str] = Counter()
    piece_starts = [piece.start for piece in evidence.page.pieces]
    for hit in evidence.hits:
        piece = evidence.page.pieces[int(np.searchsorted(piece_starts, hit.start, side="right")) - 1]
        if piece.place.anchor is None and is_prose(evidence.folded[piece.start : piece.end]):
            counts[evidence.folded[hit.start : hit.end]] += 1
    return {word for word, count in counts.items() if count >= 2}


def _with_structure(evidence: Evidence, items: Items) -> tuple[NDArray[np.float64], list[tuple[str, ...]]]:
    """Points with what structure and script add, and each item's marks."""
    points = items.points.copy()
    marks: list[tuple[str, ...]] = [("words",)] * len(points)
    for index in np.flatnonzero(points >= BETWEEN).tolist():
        piece = evidence.page.pieces[items.pieces[index]]
        line = evidence.page.lines[items.lines[index]]
        found = ["words"]
        if piece.place.hidden:
            points[index] += HIDDEN
            found.append("hidden")
        if piece.place.anchor is not None and evidence.is_foreign(piece.place.anchor):
            points[index] += FOREIGN
            found.append("foreign host")
        if evidence.traditional and _is_simplified(evidence.page.text[items.starts[index] : items.ends[index]]):
            points[index] += SCRIPT
            found.append("other script")
        if evidence.random_ids:
            points[index] += RANDOM
        around = line if piece.place.anchor is None else piece
        if not piece.place.hidden and _REPORT.search(evidence.folded, around.start, around.end):
            points[index] -= HONEST
        marks[index] = tuple(found)
    return points, marks


@cache
def _simplified_only() -> frozenset[str]:
    """Characters of GB2312 that Big5 does not have: nobody writes them in Traditional text."""
    han = bytes(byte for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF) for byte in (lead, trail))
    return frozenset(char for char in han.decode("gb2312", "ignore") if not char.encode("big5", "ignore"))


def _is_simplified(text: str) -> bool:
    return not _simplified_only().isdisjoint(text)


def _runs(items: Items, points: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Runs [first, last) of likely items; one unlikely item may stand between two of them, or two."""
    likely = np.flatnonzero(points >= LIKELY).tolist()
    runs: list[tuple[int, int]] = []
    for index in likely:
        if runs:
            first, last = runs[-1]
            between = points[last:index]
            if len(between) <= 2 and (between > BETWEEN).all():
                runs[-1] = (first, index + 1)
                continue
        runs.append((index, index + 1))
    return runs


def _weigh(
    evidence: Evidence,
    items: Items,
    points: NDArray[np.float64],
    marks: list[tuple[str, ...]],
    first: int,
    last: int,
) -> Planted | None:
    start, end = int(items.starts[first]), int(items.ends[last - 1])
    mine = points[first:last]
    total = float(np.clip(mine, 0, 6).sum())
    many = int((mine >= LIKELY).sum()) >= 2
    if many:
        planted = total >= RUN and (items.strong[first:last].any() or mine.mean() >= 2.5)
        planted = planted and (not _in_prose(evidence, start, end) or total >= 2 * RUN or _linked(evidence, items, first))
    else:
        planted = total >= ALONE and _stands_alone(evidence, items, first)
    if not planted:
        return None
    found = {mark for run_marks in marks[first:last] for mark in run_marks}
    if many:
        found.add("list")
    hidden = evidence.page.pieces[items.pieces[first]].place.hidden
    return Planted(start=start, end=end, marks=tuple(sorted(found)), score=round(total, 2), hidden=hidden)


def _in_prose(evidence: Evidence, start: int, end: int) -> bool:
    """True where the range is the smaller part of a line of sentences."""
    index = line_at(evidence.page, start)
    line = evidence.page.lines[index]
    return end <= line.end and (end - start) < 0.6 * (line.end - line.start) and line.end - line.start >= 40


def _linked(evidence: Evidence, items: Items, index: int) -> bool:
    return evidence.page.pieces[items.pieces[index]].place.anchor is not None


def _stands_alone(evidence: Evidence, items: Items, index: int) -> bool:
    """True for an item that is (nearly) its whole line, or a link that is not a long headline."""
    length = int(items.ends[index] - items.starts[index])
    line = evidence.page.lines[items.lines[index]]
    if length >= 0.7 * ink(evidence.folded[line.start : line.end]):
        return True
    piece = evidence.page.pieces[items.pieces[index]]
    return piece.place.anchor is not None and length >= 0.6 * ink(evidence.folded[piece.start : piece.end])


def _place_lists(evidence: Evidence) -> list[Planted]:
    """Lists of place names that name their spider pool, or that are hidden: they would poison the search for the region."""
    found = []
    for match in _PLACE_LIST.finditer(evidence.folded):
        line = evidence.page.lines[line_at(evidence.page, match.start())]
        named = "蜘蛛池" in match[0]
        simplified = evidence.traditional and _is_simplified(evidence.page.text[match.start() : match.end()])
        if (named and not is_prose(evidence.folded[line.start : line.end])) or line.hidden or simplified:
            found.append(Planted(start=line.start, end=line.end, marks=("place names",), score=6.0, hidden=line.hidden))
    return found

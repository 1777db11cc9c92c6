"""The items of a page (link texts and what stands between separators) and the points that their words alone give them.

Points are the lexicon's weight and the classifier's log-odds. Words that the page's own sentences use are its subject
and count nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import cache

import numpy as np
from attrs import frozen
from lxml.html import HtmlElement
from numpy.typing import NDArray

from crawler.despam.classifier import Scorer
from crawler.despam.grow import ROWS, is_prose
from crawler.despam.lines import SEPARATOR, PageText
from crawler.despam.words import Codes, Hit

MAX_WORDS = 6.0  # points that words alone give
LONG_ITEM = 20  # characters; in a longer item, which is a clause of a sentence, words weigh less
SCRAP = -1.0  # points of an item without words
NEXT_LINE = 2.0  # what it costs a run to go on to another paragraph
_BETWEEN = "|｜丨_,，、;；。！？!·—–-[]【】《》/" + SEPARATOR  # what parts items, beside white space


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
    steps: NDArray[np.float64]  # what it costs a run to go on to the item
    whole: NDArray[np.float64]  # of each line: the log-odds of its text as a whole
    known: NDArray[np.bool_]  # of each line: it has a word that is rare in honest text


@cache
def _separators() -> NDArray[np.bool_]:
    """Shape 65536: which codes part items."""
    return np.array([chr(code) in _BETWEEN or chr(code).isspace() for code in range(0x10000)])


def items_of(evidence: Evidence) -> Items:
    """Split a page's text into items and give each its points for words alone."""
    inside = np.concatenate([[False], ~_separators()[evidence.codes], [False]])
    starts, ends = np.flatnonzero(inside[1:] != inside[:-1]).reshape(-1, 2).T
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
    scorer = Scorer(evidence.codes)
    weight *= np.minimum(LONG_ITEM / np.maximum(ends - starts, 1), 1.0)
    points = weight + scorer.logits(starts, ends)
    line_starts = np.array([line.start for line in evidence.page.lines], dtype=np.int64)
    line_ends = np.array([line.end for line in evidence.page.lines], dtype=np.int64)
    piece_starts = np.array([piece.start for piece in evidence.page.pieces], dtype=np.int64)
    lines = np.searchsorted(line_starts, starts, side="right") - 1
    pieces = np.searchsorted(piece_starts, starts, side="right") - 1
    return Items(
        starts=starts,
        ends=ends,
        points=np.where(_has_words(evidence, starts, ends) | (weight > 0), points, np.minimum(points, SCRAP)),
        strong=strong > 0,
        lines=lines,
        pieces=pieces,
        steps=_steps(evidence.page, lines, pieces),
        whole=scorer.logits(line_starts, line_ends),
        known=rare[line_ends] > rare[line_starts],
    )


def _has_words(evidence: Evidence, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which items have two Han characters at least: dates, numbers and single letters tell nothing."""
    han = np.concatenate([[0], np.cumsum((evidence.codes >= 0x4E00) & (evidence.codes < 0xA000))])
    return np.asarray(han[ends] - han[starts] >= 2)


def _subject(evidence: Evidence) -> set[str]:
    """Words of the lexicon that at least two of the page's own long sentences use, outside links."""
    if not evidence.hits:
        return set()
    counts: Counter[str] = Counter()
    piece_starts = [piece.start for piece in evidence.page.pieces]
    for hit in evidence.hits:
        piece = evidence.page.pieces[bisect_right(piece_starts, hit.start) - 1]
        if piece.place.anchor is None and is_prose(evidence.folded[piece.start : piece.end]):
            counts[evidence.folded[hit.start : hit.end]] += 1
    return {word for word, count in counts.items() if count >= 2}


def _steps(page: PageText, lines: NDArray[np.int64], pieces: NDArray[np.int64]) -> NDArray[np.float64]:
    """What it costs a run to go on to each item: nothing inside a line, a list or a row of links."""
    steps = np.zeros(len(lines))
    starts = np.flatnonzero(np.diff(lines)) + 1
    for index, piece in zip(starts.tolist(), pieces[starts].tolist(), strict=True):
        place = page.pieces[piece].place
        if place.anchor is None and place.block.tag not in ROWS:
            steps[index] = NEXT_LINE
    return steps

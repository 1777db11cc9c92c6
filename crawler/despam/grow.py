"""How far a planted range reaches: to the whole line, or the whole list, that is planted for the most part."""

from __future__ import annotations

import re
from functools import reduce

from attrs import evolve, frozen
from lxml.html import HtmlElement

from crawler.despam.lines import Line, PageText

LINE_SHARE = 0.6  # of a line's ink that is planted takes the whole line
LIST_SHARE = 0.7
ROWS = frozenset(("li", "td", "dd", "dt"))  # blocks that make up a list
_SENTENCE = re.compile(r"[，。；！？：,]")


@frozen(kw_only=True)
class Planted:
    """One planted range [start, end) of the page's text."""

    start: int
    end: int
    marks: tuple[str, ...]
    score: float
    hidden: bool


def ink(text: str) -> int:
    """The number of characters that are not white space."""
    return sum(len(part) for part in text.split())


def is_prose(text: str) -> bool:
    """A long text with the punctuation of sentences, and not only commas between keywords."""
    return len(text) >= 40 and ("。" in text or "；" in text) and len(_SENTENCE.findall(text)) >= len(text) / 60


def line_at(page: PageText, place: int) -> int:
    """The index of the line that a place stands in."""
    low, high = 0, len(page.lines)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if page.lines[middle].start <= place else (low, middle)
    return low


def grown(page: PageText, folded: str, found: list[Planted]) -> list[Planted]:
    """The ranges, cut into lines and stretched to whole lines and lists; in order and without overlaps."""
    by_line: dict[int, list[Planted]] = {}
    for planted in sorted(found, key=lambda one: one.start):
        first, last = line_at(page, planted.start), line_at(page, planted.end - 1)
        for index in range(first, last + 1):
            line = page.lines[index]
            part = evolve(planted, start=max(planted.start, line.start), end=min(planted.end, line.end))
            _add(by_line.setdefault(index, []), part)
    for index, parts in by_line.items():
        line = page.lines[index]
        planted_ink = sum(ink(folded[part.start : part.end]) for part in parts)
        if planted_ink >= LINE_SHARE * ink(folded[line.start : line.end]):
            by_line[index] = [_stretched(page, reduce(_joined, parts), line)]
    _add_rest_of_lists(page, folded, by_line)
    return [part for index in sorted(by_line) for part in by_line[index]]


def _add(parts: list[Planted], part: Planted) -> None:
    """Add a range that starts no earlier than the last one of its line; ranges that touch become one."""
    if parts and part.start <= parts[-1].end:
        parts[-1] = _joined(parts[-1], part)
    else:
        parts.append(part)


def _stretched(page: PageText, planted: Planted, line: Line) -> Planted:
    """The range over its whole line; a hidden one only as far as the line is hidden."""
    if not planted.hidden and "hidden" not in planted.marks:
        return evolve(planted, start=line.start, end=line.end)
    hidden = []
    first = line.first
    while first < len(page.pieces) and page.pieces[first].start < line.end:
        piece = page.pieces[first]
        if piece.place.hidden and piece.end > line.start:
            hidden.append(piece)
        first += 1
    if not hidden:
        return planted
    return evolve(planted, start=max(hidden[0].start, line.start), end=min(hidden[-1].end, line.end))


def _joined(one: Planted, other: Planted) -> Planted:
    return evolve(
        one,
        start=min(one.start, other.start),
        end=max(one.end, other.end),
        marks=tuple(sorted({*one.marks, *other.marks})),
        score=max(one.score, other.score),
    )


def _add_rest_of_lists(page: PageText, folded: str, by_line: dict[int, list[Planted]]) -> None:
    """Short lines beside planted ones, in a list that is planted for the most part, go with it."""
    if not by_line:
        return
    lists: dict[HtmlElement, list[int]] = {}
    for index, line in enumerate(page.lines):
        block = page.pieces[line.first].place.block
        if block.tag in ROWS:
            lists.setdefault(block.getparent(), []).append(index)
    for indices in lists.values():
        texts = {index: folded[page.lines[index].start : page.lines[index].end] for index in indices}
        planted = sum(ink(texts[index]) for index in indices if index in by_line)
        total = sum(map(ink, texts.values()))
        if not LIST_SHARE * total <= planted < total or len(indices) < 3 or any(map(is_prose, texts.values())):
            continue
        for index in indices:
            line = page.lines[index]
            spare = Planted(start=line.start, end=line.end, marks=("list",), score=0.0, hidden=line.hidden)
            by_line[index] = [evolve(by_line.get(index, [spare])[0], start=line.start, end=line.end)]

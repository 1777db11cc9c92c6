"""Joins what markup or paper cut in the middle of a sentence, and says how often it did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.items import Fix

_LEAD_IN = re.compile(r"(?:[一二三四五六七八九十]{1,3}(?:要|是)|第[一二三四五六七八九十]{1,3}要)$")
_CUT_END = re.compile(r"[,，、（(《“‘]$")
_CUT_START = re.compile(r"^[，。、；：！？）》”’,;!?]")
_STOP = re.compile(r"[，。；、,]")
_SENTENCE_END = ("。", "！", "？", "：", "；", "。”", "！”", "？”", ".", ":", "…", "□")
_MIN_WIDTH, _MAX_WIDTH = 25, 60  # characters in a full line of print
_MIN_LINES = 8
_MIN_BLANKS = 2
_SLACK = 3  # characters by which full lines differ
_FULL = 0.5  # of the lines are full where a text is set to a width


def cut_sentences(lines: Sequence[str], keys: Sequence[str]) -> list[bool]:
    """For every line: does it go on with the one before? 会议指出, + its sentence; 一要 + its sentence; a leading stop.

    ``keys``: the same lines in Simplified characters.
    """
    goes_on = [False] * len(lines)
    for at in range(1, len(lines)):
        before = lines[at - 1]
        goes_on[at] = bool(_CUT_END.search(before) or _LEAD_IN.fullmatch(keys[at - 1]) or _CUT_START.match(lines[at]))
    return goes_on


def cut_by_width(lines: Sequence[str], blanks: Sequence[bool] = ()) -> list[bool]:
    """For every line: does it go on with the one before, because the text is set to a width, as on paper?

    ``blanks``: for every line, whether a blank one stands before it. Where blank lines part the paragraphs, a full
    line that ends with its sentence goes on too.
    """
    goes_on = [False] * len(lines)
    lengths = sorted(map(len, lines))
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    full = [line for line in lines if abs(len(line) - width) <= _SLACK]
    if len(lines) < _MIN_LINES or not _MIN_WIDTH <= width <= _MAX_WIDTH or len(full) < _FULL * len(lines):
        return goes_on
    if sum(bool(_STOP.search(line)) for line in full) < _FULL * len(full):
        return goes_on  # a list of names and headings
    parted = sum(blanks) >= _MIN_BLANKS
    for at in range(1, len(lines)):
        before = lines[at - 1]
        is_end = blanks[at] if parted else before.endswith(_SENTENCE_END)
        goes_on[at] = abs(len(before) - width) <= _SLACK and not is_end
    return goes_on


def joined(lines: Sequence[str], goes_on: Sequence[bool], kind: str) -> tuple[list[str], list[Fix]]:
    """The lines with each one that goes on put behind the one before, and the fix that tells of it."""
    runs = list(_runs(lines, goes_on))
    count = len(lines) - len(runs)
    if not count:
        return list(lines), []
    first = next(run for run in runs if len(run) > 1)
    before, after = first[0][-20:], first[1][:20]
    fix = Fix(stage="extract", kind=kind, before=f"{before}\n{after}", after=f"{before}{after}", count=count)
    return ["".join(run) for run in runs], [fix]


def _runs(lines: Sequence[str], goes_on: Sequence[bool]) -> Iterator[list[str]]:
    run: list[str] = []
    for line, more in zip(lines, goes_on, strict=True):
        if run and not more:
            yield run
            run = []
        run.append(line)
    if run:
        yield run

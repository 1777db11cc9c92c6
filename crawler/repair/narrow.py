"""Leaves of the characters that a damaged place may have held those that script, quotation marks and notes allow."""

from __future__ import annotations

from functools import cache

from crawler import hans
from crawler.items import Script
from crawler.repair import notes
from crawler.repair.runs import Run, Slot

_QUOTES = ("“”", "《》", "（）", "‘’", "「」", "『』", "【】")
CLOSING = "”」』"
_NOT_AFTER_SENTENCE = tuple("，。、；：的是等和与與")  # a quotation that goes on so was a word, not a sentence
_TERM = 8  # characters of a quotation within a sentence
_SPEAKING = "：:，,。！？；… \u3000"  # what stands before a quotation that somebody says


def narrowed(run: Run, text: str, note: str, script: Script) -> list[Slot]:
    """The slots without what cannot be: the other script, quotes that do not pair, another reading than the note's."""
    slots = [_of_script(slot, script) for slot in run.slots]
    line = text[: run.start]
    ahead = "".join(slot[0] for slot in slots[1:3]) + text[run.end : run.end + 1]
    if ahead[0] in CLOSING and (ahead[1:2] in _NOT_AFTER_SENTENCE or _is_term(notes.strip(line))):
        slots[0] = tuple(char for char in slots[0] if char != "。")
    for place, slot in enumerate(slots):
        slots[place] = _pairing(slot, line)
        line += slots[place][0] if len(slots[place]) == 1 else "\0"
    if run.open_end:
        is_last = not text[run.end :].split("\n", 1)[0].strip()
        slots[-1] = _ending(slots[-1], line, is_last, len(slots) == 2)
    if note:
        slots[-1] = tuple(char for char in slots[-1] if notes.fits(char, note))
    return slots


def _of_script(slot: Slot, script: Script) -> Slot:
    if len(slot) == 1:
        return slot
    wrong = _is_simplified_only if script == "Hant" else hans.is_traditional
    return tuple(char for char in slot if not wrong(char)) or slot


@cache
def _is_simplified_only(char: str) -> bool:
    """No character of Big5, which holds all that Traditional Chinese writes."""
    try:
        char.encode("big5")
    except UnicodeEncodeError:
        return True
    return False


def open_quotes(before: str) -> list[str]:
    """The quotation marks open at the end of a text, each as its opening and closing mark."""
    return [pair for pair in _QUOTES if before.rfind(pair[0]) > before.rfind(pair[1])]


def _pairing(slot: Slot, line: str) -> Slot:
    """The choices without closing quotes where none is open, and without opening ones where one is."""
    if len(slot) == 1:
        return slot
    opened = open_quotes(line)
    wrong = {pair[0] if pair in opened else pair[1] for pair in _QUOTES}
    return tuple(char for char in slot if char not in wrong) or slot


def _is_term(line: str) -> bool:
    """Whether a line ends within a short quotation that nobody says: 两个“确保” is no sentence."""
    start = max((line.rfind(pair[0]) for pair in open_quotes(line)), default=0)
    return 0 < start >= len(line) - _TERM and line[:start].rstrip(CLOSING)[-1:] not in _SPEAKING


def _ending(slot: Slot, line: str, is_last: bool, is_short: bool) -> Slot:
    """What a character whose second byte is lost must be: the end of the open quotation, or else of the line."""
    closing = {pair[1] for pair in open_quotes(line)}
    closers = tuple(char for char in slot if char in closing)
    if closers and (is_last or is_short):
        return closers
    return tuple(char for char in slot if is_last and char == "。") or slot

"""Removes the pinyin that mirrors print behind characters, 建設(shè), where it is the reading of that character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from attrs import frozen
from pypinyin.constants import PINYIN_DICT

from crawler import hans
from crawler.repair.lines import Edit

_LETTERS = "a-zA-Zɡāáǎàēéěèêếềīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ\u0300-\u036f"
HINT = re.compile(f"[\u3400-\u9fff] ?[(（] ?[{_LETTERS}]{{1,12}} ?[)）]")
_NOTE = re.compile(f" ?[(（] ?([{_LETTERS}]{{1,12}}) ?[)）]")
_NOTED = re.compile(f"([\u3400-\u9fff])((?: ?[(（] ?[{_LETTERS}]{{1,12}} ?[)）]){{1,4}})")
MIN_NOTES = 4  # on a page that mirrors annotated
MAX_HAN_PER_NOTE = 800
_FEW_NOTES, _FEW_HAN_PER_NOTE = 2, 200  # enough on a short page where every note explains a Traditional character
_TRADITIONAL_SHARE = 0.8  # of the notes; then notes on other characters are the author's own, as in 埇(yǒng)桥


@frozen
class Habit:
    """How a page uses notes: whether they are a mirror's, and whether that mirror notes Traditional characters only."""

    notes: int = 0
    marked: bool = False
    traditional_only: bool = False


@cache
def _readings(char: str) -> frozenset[str]:
    """The readings of a character without tone, those of its Simplified form too."""
    listed = ",".join(PINYIN_DICT.get(ord(each), "") for each in {char, hans.char_by_char(char)})
    return frozenset(_toneless(reading) for reading in listed.split(",") if reading)


def _toneless(reading: str) -> str:
    bare = "".join(char for char in unicodedata.normalize("NFD", reading.lower()) if not unicodedata.combining(char))
    return bare.replace("ɡ", "g").replace("v", "u")


def fits(char: str, note: str) -> bool:
    """Whether a note gives the reading of a character; tones are ignored, and so is whether ü is written u or v."""
    return _toneless(note) in _readings(char)


def at(text: str, place: int) -> str:
    """The letters of the note that begins at a place; empty where none does."""
    match = _NOTE.match(text, place)
    return match[1] if match else ""


def habit(text: str) -> Habit:
    """Read a whole page: are there notes enough, and often enough, to be a mirror's?"""
    noted = [match[1] for match in _NOTED.finditer(text) if _all_fit(match[1], match[2])]
    if len(noted) < _FEW_NOTES:
        return Habit(notes=len(noted))
    han = hans.count_han(text)
    traditional = sum(hans.is_traditional(char) for char in noted)
    marked = len(noted) >= MIN_NOTES and han <= MAX_HAN_PER_NOTE * len(noted)
    few = traditional == len(noted) and han <= _FEW_HAN_PER_NOTE * len(noted)
    return Habit(len(noted), marked or few, traditional >= _TRADITIONAL_SHARE * len(noted))


def _all_fit(char: str, notes: str) -> bool:
    return any(fits(char, note) for note in _NOTE.findall(notes))


def found(text: str, page: Habit) -> Iterator[Edit]:
    """The edits that take the mirror's notes out of a text, in order."""
    for match in _NOTED.finditer(text):
        char, notes = match[1], match[2]
        if page.traditional_only and not hans.is_traditional(char):
            continue
        left = "".join(note[0] for note in _NOTE.finditer(notes) if not fits(char, note[1]))
        if left != notes:
            yield Edit(match.start(2), match.end(2), left)


def strip(text: str) -> str:
    """The text without anything that has the shape of a note, for the language model's eyes only."""
    return _NOTE.sub("", text)

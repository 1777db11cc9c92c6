"""Removes the pinyin that mirrors print behind characters, 建設(shè), where it is the reading of that character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources

from attrs import frozen

from crawler import hans
from crawler.repair.lines import Edit

_LETTERS = "a-zA-Zɡāáǎàēéěèêếềīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ\u0300-\u036f"
HINT = re.compile(f"[\u3400-\u9fff] ?[(（] ?[{_LETTERS}]{{1,12}} ?[)）]")
_NOTE = re.compile(f" ?[(（] ?([{_LETTERS}]{{1,12}}) ?[)）]")
_NOTED = re.compile(f"([\u3400-\u9fff])((?: ?[(（] ?[{_LETTERS}]{{1,12}} ?[)）]){{1,4}})")
MIN_NOTES = 4  # on a page that mirrors annotated
MAX_HAN_PER_NOTE = 800
_FEW_NOTES, _FEW_HAN_PER_NOTE = 2, 200  # enough on a short page where every note explains a Traditional character
_MANY_NOTES, _TURNED_SHARE = 12, 0.9  # on a page without Traditional letters; of a text's characters 0.35 have one
_TRADITIONAL_SHARE = 0.8  # of the notes; then notes on other characters are the author's own, as in 埇(yǒng)桥


@frozen
class Habit:
    """How a page uses notes: whether they are a mirror's, and whether that mirror notes Traditional characters only."""

    notes: int = 0
    marked: bool = False
    traditional_only: bool = False


@cache
def _readings() -> dict[str, set[str]]:
    """The readings of every character, without tone."""
    found: dict[str, set[str]] = {}
    lines = resources.files(__package__).joinpath("readings.txt").read_text("utf-8").splitlines()
    for line in lines[1:]:
        reading, _, chars = line.partition(" ")
        for char in chars:
            found.setdefault(char, set()).add(reading)
    return found


def toneless(reading: str) -> str:
    """A reading in plain letters, ü as u."""
    bare = "".join(char for char in unicodedata.normalize("NFD", reading.lower()) if not unicodedata.combining(char))
    return bare.replace("ɡ", "g").replace("v", "u")


def fits(char: str, note: str) -> bool:
    """Whether a note gives the reading of a character or of its Simplified form, tones ignored, ü written u or v."""
    return any(toneless(note) in _readings().get(each, ()) for each in (char, hans.char_by_char(char)))


def at(text: str, place: int) -> str:
    """The letters of the note that begins at a place; empty where none does."""
    match = _NOTE.match(text, place)
    return match[1] if match else ""


def habit(text: str) -> Habit:
    """Read a whole page: are there notes enough, and often enough, to be a mirror's?

    Mirrors note what they turned into Traditional letters. Notes on other characters are a lesson's or a
    dictionary's, 你(nǐ)好(hǎo), and stay, unless there are many and all but a few are on characters that have a
    Traditional form: then somebody turned a mirror's page back into Simplified.
    """
    noted = [match[1] for match in _NOTED.finditer(text) if _all_fit(match[1], match[2])]
    if len(noted) < _FEW_NOTES:
        return Habit(notes=len(noted))
    han = hans.count_han(text)
    traditional = sum(map(hans.is_traditional, noted))
    few = traditional == len(noted) and han <= _FEW_HAN_PER_NOTE * len(noted)
    own = traditional >= _TRADITIONAL_SHARE * len(noted)
    back = len(noted) >= _MANY_NOTES and sum(map(_is_turned, noted)) >= _TURNED_SHARE * len(noted)
    marked = len(noted) >= MIN_NOTES and han <= MAX_HAN_PER_NOTE * len(noted) and (own or back)
    return Habit(len(noted), marked or few, own)


@cache
def _turned() -> frozenset[str]:
    every = map(chr, range(0x3400, 0xA000))
    return frozenset(hans.char_by_char(char) for char in every if hans.is_traditional(char))


def _is_turned(char: str) -> bool:
    """Whether a character is Traditional only, or stands for one that is."""
    return hans.is_traditional(char) or char in _turned()


def _all_fit(char: str, notes: str) -> bool:
    return any(fits(char, note) for note in _NOTE.findall(notes))


def found(text: str, page: Habit) -> Iterator[Edit]:
    """The edits that take the mirror's notes out of a text, in order."""
    for match in _NOTED.finditer(text):
        char, notes = match[1], match[2]
        if not (hans.is_traditional(char) if page.traditional_only else _is_turned(char)):
            continue
        left = "".join(note[0] for note in _NOTE.finditer(notes) if not fits(char, note[1]))
        if left != notes:
            yield Edit(match.start(2), match.end(2), left)


def strip(text: str) -> str:
    """The text without anything that has the shape of a note, for the language model's eyes only."""
    return _NOTE.sub("", text)

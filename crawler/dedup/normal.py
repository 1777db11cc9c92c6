"""Turns a body text into the bare letters that reprints of it share, whatever was done to its looks.

NFKC, pinyin notes dropped, Simplified, prose lines only, each paragraph once, then nothing but Han, digits and Latin
letters. Doing this before any hashing lifts the recall of reprints from .49 to .96, and leaving out what is not prose
from .70 to .98 (both measured at a fixed similarity, on 7,578 documents).
"""

from __future__ import annotations

import re
import unicodedata

from crawler.hans import to_hans

LONGEST = 200_000  # characters that are looked at; reports are a hundredth of that
_SHORTEST_LINE = 10  # letters: menu entries, names of buttons and captions are shorter
_LETTERS_PER_BREAK = 12  # a line with more breaks than this is a row of links
_CAPTION = 25  # letters: a shorter line without any punctuation is the title of something else

_LETTER = "0-9a-z〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_NOT_LETTERS = re.compile(f"[^\n{_LETTER}]+")
_NUMBER_ENDS = re.compile(rf"(?<=[0-9])(?!\.[0-9]|,[0-9]{{3}}(?![0-9]))(?:\s*[^\s{_LETTER}][^{_LETTER}]*|\s+(?=[0-9]))")
_LOOSE_BREAK = re.compile(r"(?<![0-9])\n")
_PINYIN = re.compile(r"(?<=[\u3400-\u9fff])(?:[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ]{1,8}[)）]){1,3}")
# NFKC for the few runs that need it, with the letter in front that an accent may belong to: the rest stays as it is
_NOT_PLAIN = re.compile("[A-Za-z]?[^\x00-\x7f\u4e00-\u9fff，。、；：“”‘’《》（）？！—…·\u3000]+")
_PUNCTUATION = re.compile("[，。；：、！？,.;:!?]")
_BREAKS = (" ", "\t", "|", "·", ">", "_", "★")


def normalise(text: str, *, simplified: bool = False) -> str:
    """The letters of a text's prose; a line break stays where a number ends, so that 38%。2025年 is not 382025年.

    ``simplified=True`` spares the conversion of a text that is Simplified already.
    """
    text = _NOT_PLAIN.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text[:LONGEST])[:LONGEST]
    text = _PINYIN.sub("", text)
    if not simplified:
        text = to_hans(text)
    lines = text.lower().replace("○", "〇").replace("◯", "〇").splitlines()
    letters = [_letters(line) for line in lines]
    prose = [bare for line, bare in zip(lines, letters, strict=True) if _is_prose(line, bare)]
    return _LOOSE_BREAK.sub("", "\n".join(dict.fromkeys(prose or letters))).rstrip("\n")


def _letters(line: str) -> str:
    return _NOT_LETTERS.sub("", _NUMBER_ENDS.sub("\n", line))


def _is_prose(line: str, letters: str) -> bool:
    """Long enough, mostly Han, and not cut up like a row of links or of place names."""
    han = (len(letters.encode("utf-8", "surrogatepass")) - len(letters)) // 2
    if len(letters) < _SHORTEST_LINE or han * 2 < len(letters):
        return False
    if len(letters) < _CAPTION and not _PUNCTUATION.search(line):
        return False
    stripped = line.strip()
    return sum(stripped.count(sign) for sign in _BREAKS) * _LETTERS_PER_BREAK < len(letters)

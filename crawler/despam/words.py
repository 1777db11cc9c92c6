"""The words of planted text: how text is folded before it is looked at, and what the lexicon finds in it.

Folding maps one character to one character, so that a place in the folded text is the same place in the page's text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from crawler.hans import to_hans

Codes = NDArray[np.uint16]
_BMP = 0x10000
_UNKNOWN = 0xFFFD
_HEADING = re.compile(r"\[(\w+) (\d)\]")


@frozen(kw_only=True)
class Hit:
    """A word of the lexicon found in folded text."""

    start: int
    end: int
    weight: int  # 1 hint, 2 rare in honest text, 3 never seen there
    kind: str  # porn, gambling, lottery, papers, pool


@cache
def _folding() -> Codes:
    """Every BMP code → the code of its Simplified, half-width, lower-case form."""
    plain = [chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd" for code in range(_BMP)]
    for code, char in enumerate(plain):
        narrow = unicodedata.normalize("NFKC", char).lower()
        if len(narrow) == 1 and ord(narrow) < _BMP and not narrow.isspace():
            plain[code] = narrow
    han = [code for code, char in enumerate(plain) if "\u3400" <= char < "\ua000"]
    simplified = to_hans("\n".join(plain[code] for code in han)).split("\n")
    for code, char in zip(han, simplified, strict=True):
        plain[code] = char if len(char) == 1 and ord(char) < _BMP else plain[code]
    return np.array([ord(char) for char in plain], dtype=np.uint16)


def fold(text: str) -> tuple[str, Codes]:
    """Text → the folded text, of the same length, and its codes (shape: length of the text)."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    folded = _folding()[np.where(codes < _BMP, codes, _UNKNOWN)]
    return folded.tobytes().decode("utf-16-le", "replace"), folded


@frozen(kw_only=True)
class Lexicon:
    """The words, ready to be looked for."""

    words: dict[str, tuple[int, str]]  # weight and kind
    by_pair: dict[str, tuple[str, ...]]  # the words that begin with two characters, longest first
    pairs: NDArray[np.bool_]  # shape 65536: which hashes of two characters a word may begin with
    patterns: tuple[tuple[re.Pattern[str], int, str], ...]


@cache
def _lexicon() -> Lexicon:
    words: dict[str, tuple[int, str]] = {}
    patterns = []
    kind, weight = "", 0
    for line in files(__package__).joinpath("lexicon.txt").read_text("utf-8").splitlines():
        if heading := _HEADING.fullmatch(line):
            kind, weight = heading[1], int(heading[2])
        elif line.startswith("/"):
            patterns.append((re.compile(line.strip("/")), weight, kind))
        elif not line.startswith("#"):
            words.update(dict.fromkeys(line.split(), (weight, kind)))
    by_pair: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        by_pair.setdefault(word[:2], []).append(word)
    pairs = np.zeros(_BMP, dtype=np.bool_)
    pairs[
        _pair_hashes(np.array([[ord(char) for char in word[:2]] for word in words], dtype=np.uint16).ravel())[::2]
    ] = True
    return Lexicon(
        words=words,
        by_pair={pair: tuple(group) for pair, group in by_pair.items()},
        pairs=pairs,
        patterns=tuple(patterns),
    )


def strong() -> list[str]:
    """The words that are rare in honest text or never seen there, for training."""
    return sorted(word for word, (weight, _) in _lexicon().words.items() if weight >= 2)


def _pair_hashes(codes: Codes) -> Codes:
    return codes[:-1] * np.uint16(31) ^ codes[1:]


def find(folded: str, codes: Codes) -> list[Hit]:
    """Every word of the lexicon in folded text, in order; words do not overlap, patterns may.

    Most places are passed over without a look, because no word begins with the two characters that stand there.
    """
    lexicon = _lexicon()
    hits = []
    done = 0
    for place in np.flatnonzero(lexicon.pairs[_pair_hashes(codes)]).tolist():
        if place < done:
            continue
        for word in lexicon.by_pair.get(folded[place : place + 2], ()):
            if folded.startswith(word, place):
                weight, kind = lexicon.words[word]
                done = place + len(word)
                hits.append(Hit(start=place, end=done, weight=weight, kind=kind))
                break
    words = len(hits)
    for pattern, weight, kind in lexicon.patterns:
        hits += [Hit(start=m.start(), end=m.end(), weight=weight, kind=kind) for m in pattern.finditer(folded)]
    return sorted(hits, key=lambda hit: hit.start) if len(hits) > words else hits


@cache
def _simplified_only() -> frozenset[str]:
    """Characters of GB2312 that Big5 does not have: nobody writes them in Traditional text."""
    han = bytes(byte for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF) for byte in (lead, trail))
    return frozenset(char for char in han.decode("gb2312", "ignore") if not char.encode("big5", "ignore"))


def is_simplified(text: str) -> bool:
    """Whether a text has a character that is written in Simplified text alone."""
    return not _simplified_only().isdisjoint(text)

"""The word lists beside this file, read once; a line that starts with # is a remark."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def title_words() -> re.Pattern[str]:
    """Words that end a title, the longest first."""
    return re.compile("|".join(sorted(_words("titles.txt"), key=len, reverse=True)))


@cache
def not_names() -> frozenset[str]:
    """Words that begin with a surname and are no names (高校, 党组)."""
    return frozenset(_words("not_names.txt"))


@cache
def name_parts() -> re.Pattern[str]:
    """Parts of Tibetan, Mongolian and Uyghur names."""
    return re.compile("|".join(_words("name_parts.txt")))


@cache
def surnames() -> tuple[frozenset[str], frozenset[str]]:
    """Surnames of one character and of two."""
    single, *double = _words("surnames.txt")
    return frozenset(single), frozenset(double)


@cache
def not_outlets() -> frozenset[str]:
    """First words of outlets that are short names of counties by chance (光明日报)."""
    return frozenset(_words("not_outlets.txt"))


def _words(file: str) -> list[str]:
    lines = (files("crawler.structure") / file).read_text("utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]

"""Puts planted lines together from the grammar beside this file: one part to train on, the other to measure with."""

from __future__ import annotations

import hashlib
import random
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

Part = Literal["train", "aside"]
TRADES = ("porn", "gambling", "lottery", "papers")
KINDS = (*TRADES, "ads")
ASIDE = 4  # one word in so many is kept aside
_SLOT = re.compile(r"\{(\w+)\}")


@frozen(kw_only=True)
class Planted:
    """A planted line and the items it is made of."""

    kind: str
    items: tuple[str, ...]
    separator: str

    @property
    def text(self) -> str:
        """The line as it would be read."""
        return self.separator.join(self.items)


@cache
def grammar() -> dict[str, Any]:
    """The parsed grammar file."""
    return tomllib.loads(Path(__file__).with_name("spam_grammar.toml").read_text("utf-8"))


def is_aside(word: str) -> bool:
    """Whether a word is kept aside: its hash decides."""
    return hashlib.sha256(word.encode()).digest()[0] % ASIDE == 0


class Composer:
    """Composes lines of one part of the grammar, the same ones for the same seed.

    Training items have no word that is kept aside, and every item to measure with has one at least.
    """

    def __init__(self, part: Part, seed: int) -> None:
        self._part, self.random = part, random.Random(seed)

    def item(self, kind: str) -> str:
        """One item, such as a link text."""
        rules = grammar()[kind]
        while True:
            names = _SLOT.findall(pattern := self.random.choice(rules["patterns"]))
            words = [self.random.choice(rules[name]) for name in names]
            rare = any(is_aside(word) for name, word in zip(names, words, strict=True) if name not in rules["common"])
            if rare == (self._part == "aside"):
                return self._filled(pattern, words)

    @staticmethod
    def _filled(pattern: str, words: list[str]) -> str:
        for word in words:
            pattern = _SLOT.sub(word, pattern, count=1)
        return pattern

    def line(self, kind: str | None = None, items: int | None = None) -> Planted:
        """A line of several items of one kind; without a kind, of one of the trades that plant lists."""
        kind = kind or self.random.choice(TRADES)
        count = items or self.random.randint(3, 14)
        return Planted(
            kind=kind,
            items=tuple(self.item(kind) for _ in range(count)),
            separator=self.random.choice(grammar()[kind]["separators"]),
        )

"""Puts planted lines together from the grammar beside this file: one part to train on, the other to measure with."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

Part = Literal["train", "aside"]
TRADES = ("porn", "gambling", "lottery", "papers")
KINDS = (*TRADES, "ads")
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


def grammar() -> dict[str, Any]:
    """The parsed grammar file."""
    return tomllib.loads(Path(__file__).with_name("spam_grammar.toml").read_text("utf-8"))


class Composer:
    """Composes lines of one part of the grammar, the same ones for the same seed."""

    def __init__(self, part: Part, seed: int) -> None:
        self._grammar, self._part, self.random = grammar(), part, random.Random(seed)

    def item(self, kind: str) -> str:
        """One item, such as a link text."""
        rules = self._grammar[kind][self._part]
        pattern = self.random.choice(rules["patterns"])
        return _SLOT.sub(lambda slot: self.random.choice(rules[slot[1]]), pattern)

    def line(self, kind: str | None = None, items: int | None = None) -> Planted:
        """A line of several items of one kind; without a kind, of one of the trades that plant lists."""
        kind = kind or self.random.choice(TRADES)
        count = items or self.random.randint(3, 14)
        return Planted(
            kind=kind,
            items=tuple(self.item(kind) for _ in range(count)),
            separator=self.random.choice(self._grammar[kind]["separators"]),
        )

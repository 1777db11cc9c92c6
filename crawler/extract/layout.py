"""A page as the lines a reader sees and the blocks that hold them: the values that the walk of flow.py makes.

Because each block is a run of lines, what a block holds is a difference of two running sums.
"""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from attrs import define, field, frozen
from lxml.html import HtmlElement

from crawler.extract import borders

_HEADLINE = 8


class Line(NamedTuple):
    """A run of text between two block boundaries, white space folded."""

    text: str
    linked: int  # characters of it inside links
    stops: int  # punctuation marks
    kind: str  # text, heading, item, row, pre
    block: Block
    blank_before: bool = False  # a blank line of the same text stands before it
    pieces: tuple[str, ...] = ()  # of a short line: its strings, an empty one where elements meet

    @property
    def parts(self) -> tuple[str, ...]:
        """A short line in the parts that a reader sees apart."""
        return borders.cut(self.pieces) if self.pieces else ()

    @property
    def link_share(self) -> float:
        """Linked characters among all, 0..1."""
        return self.linked / len(self.text) if self.text else 0.0


@define(eq=False)
class Block:
    """A block element and the run of lines below it. Filled by the walk, then only read.

    It does not know the block that holds it: a page is to be forgotten at once when it is done with.
    """

    element: HtmlElement = field(repr=False)
    tag: str
    start: int
    end: int = 0
    keeps_breaks: bool = False
    children: list[Block] = field(factory=list, repr=False)

    @property
    def hint(self) -> str:
        """Its class and id in lower case, with a space around each."""
        names = f" {self.element.get('class') or ''} {self.element.get('id') or ''} "
        return names.lower()


@frozen
class Flow:
    """All lines of a page and the tree of its blocks."""

    lines: list[Line]
    root: Block
    blocks: list[Block]  # in document order

    @cached_property
    def chars(self) -> list[int]:
        """Running sum of characters."""
        return [0, *accumulate(len(line.text) for line in self.lines)]

    @cached_property
    def links(self) -> list[int]:
        """Running sum of linked characters."""
        return [0, *accumulate(line.linked for line in self.lines)]

    def chars_in(self, block: Block) -> int:
        """How many characters the lines of a block hold."""
        return self.chars[block.end] - self.chars[block.start]

    @cached_property
    def _headlines(self) -> list[int]:
        """Running sum of the lines that are a link with a name long enough for a headline."""
        return [0, *accumulate(line.linked >= _HEADLINE and line.link_share > 0.7 for line in self.lines)]

    def linked_headlines(self, block: Block) -> int:
        """How many lines of a block are a link with a name long enough for a headline."""
        return self._headlines[block.end] - self._headlines[block.start]

    def block_of(self, element: HtmlElement) -> Block | None:
        """The block of an element, or of the nearest block around it."""
        node: HtmlElement | None = element
        while node is not None:
            if found := self._by_element.get(node):
                return found
            node = node.getparent()
        return None

    @cached_property
    def _by_element(self) -> dict[HtmlElement, Block]:
        return {block.element: block for block in self.blocks}

"""Lays a page out as the lines a reader sees, in reading order, and remembers which block holds which lines.

One walk over the tree does it. Every later decision is made on these lines: because each block is a run of them, what a
block holds is a difference of two running sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from attrs import define, field, frozen
from lxml import etree
from lxml.html import HtmlElement

from crawler import dom
from crawler.extract.written import written

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code del em font i img ins kbd label mark nobr q ruby s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
_SKIPPED = dom.UNSEEN_TAGS | {"head", "button", "canvas", "audio", "video", "map", "title", "rt", "rp"}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_PRE_STYLE = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")
_STOPS = re.compile(r"[，。！？；：、,;!?]")
_MAX_CELL = 300  # characters; a longer cell is a part of the layout, not of a table
_MAX_ROW = 800
_HEADLINE = 8


@frozen
class Line:
    """A run of text between two block boundaries, white space folded."""

    text: str
    linked: int  # characters of it inside links
    stops: int  # punctuation marks
    kind: str  # text, heading, item, row, pre
    block: Block = field(repr=False, eq=False)

    @property
    def link_share(self) -> float:
        """Linked characters among all, 0..1."""
        return self.linked / len(self.text) if self.text else 0.0


@define(eq=False)
class Block:
    """A block element and the run of lines below it. Filled by the walk, then only read."""

    element: HtmlElement = field(repr=False)
    parent: Block | None = field(repr=False)
    start: int
    end: int = 0
    hidden: bool = False
    children: list[Block] = field(factory=list, repr=False)

    @cached_property
    def hint(self) -> str:
        """Its class and id in lower case, with a space around each."""
        names = f" {self.element.get('class') or ''} {self.element.get('id') or ''} "
        return names.lower()

    def above(self) -> Iterator[Block]:
        """Itself and the blocks that hold it, from within."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent


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

    def has_linked_headline(self, block: Block) -> bool:
        """True where one line of a block is a link with a name long enough for a headline."""
        lines = self.lines[block.start : block.end]
        return any(line.link_share > 0.7 and line.linked >= _HEADLINE for line in lines)

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


def flow(root: HtmlElement, *, hidden: bool = False, breaks: bool = False) -> Flow:
    """Lay a tree out. Linear in the size of the page.

    ``hidden``: also the parts that a style hides. ``breaks``: line breaks of the source are line breaks everywhere.
    """
    return _Walk(root, hidden=hidden, breaks=breaks).run()


class _Walk:
    """The state of one walk: the line being gathered and the blocks that are open."""

    def __init__(self, root: HtmlElement, *, hidden: bool, breaks: bool) -> None:
        self.tree = root
        self.show_hidden = hidden
        self.lines: list[Line] = []
        self.root = Block(root, None, 0)
        self.blocks = [self.root]
        self.block = self.root
        self.pieces: list[str] = []
        self.linked = 0
        self.in_link = 0
        self.in_heading = 0
        self.in_pre = int(breaks)

    def run(self) -> Flow:
        walk = etree.iterwalk(self.tree, events=("start", "end", "comment"))
        for event, element in walk:
            if event == "comment":
                self.take(element.tail)
            elif event == "start":
                if self.unseen(element):
                    walk.skip_subtree()
                    if element.tag == "script":
                        self.take(written(element.text))
                else:
                    self.open(element)
            else:
                if not self.unseen(element):
                    self.close(element)
                if element is not self.tree:
                    self.take(element.tail)
        self.flush()
        self.root.end = len(self.lines)
        return Flow(self.lines, self.root, self.blocks)

    def unseen(self, element: HtmlElement) -> bool:
        if element.tag in _SKIPPED:
            return True
        style = element.get("style")
        return bool(style) and not self.show_hidden and bool(_HIDDEN.search(style)) and element is not self.tree

    def open(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag == "a":
            self.in_link += 1
        elif tag == "br":
            self.pieces.append(" ") if self.in_heading else self.flush()
        elif _is_block(tag):
            self.flush()
            self.in_heading += tag in _HEADINGS
            self.in_pre += _keeps_breaks(element)
            if element is not self.tree:
                self.block = Block(element, self.block, len(self.lines))
                self.blocks.append(self.block)
                if self.block.parent:
                    self.block.parent.children.append(self.block)
        self.take(element.text)

    def close(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag == "a":
            self.in_link -= 1
        elif tag != "br" and _is_block(tag):
            self.flush()
            self.in_heading -= tag in _HEADINGS
            self.in_pre -= _keeps_breaks(element)
            block = self.block
            if tag == "tr":
                self.join_row(block)
            block.end = len(self.lines)
            if block.parent is not None:
                self.block = block.parent

    def take(self, text: str | None) -> None:
        if not text:
            return
        if self.in_pre and "\n" in text:
            first, *others = text.split("\n")
            self.take_piece(first)
            for other in others:
                self.flush()
                self.take_piece(other)
        else:
            self.take_piece(text)

    def take_piece(self, text: str) -> None:
        self.pieces.append(text)
        if self.in_link:
            self.linked += len("".join(text.split()))

    def flush(self) -> None:
        if not self.pieces:
            return
        text = _SPACE.sub(" ", "".join(self.pieces)).strip()
        self.pieces.clear()
        linked, self.linked = self.linked, 0
        if text:
            self.lines.append(self.line(text, min(linked, len(text)), self.kind()))

    def line(self, text: str, linked: int, kind: str) -> Line:
        return Line(text, linked, len(_STOPS.findall(text)), kind, self.block)

    def kind(self) -> str:
        if self.in_heading:
            return "heading"
        if self.in_pre:
            return "pre"
        return "item" if self.block.element.tag in ("li", "dd", "dt") else "text"

    def join_row(self, block: Block) -> None:
        """A table row of short cells becomes one line; a row that only lays the page out stays as it is."""
        cells = [child for child in block.children if child.end > child.start]
        lines = self.lines[block.start :]
        if len(cells) < 2 or sum(len(line.text) for line in lines) > _MAX_ROW or _holds_table(block):
            return
        texts = [" ".join(line.text for line in self.lines[cell.start : cell.end]) for cell in cells]
        if max(map(len, texts)) > _MAX_CELL:
            return
        linked = sum(line.linked for line in lines)
        start = block.start
        del self.lines[start:]
        joined = " | ".join(texts)
        self.lines.append(Line(joined, linked, len(_STOPS.findall(joined)), "row", block))
        _squeeze(block, start)


def _squeeze(block: Block, start: int) -> None:
    """After a row became one line, everything inside the row is that line."""
    stack = list(block.children)
    while stack:
        child = stack.pop()
        child.start, child.end = start, start + 1
        stack.extend(child.children)
        child.children = []


def _holds_table(block: Block) -> bool:
    return next(block.element.iterdescendants("table"), None) is not None


def _is_block(tag: object) -> bool:
    return isinstance(tag, str) and tag not in _INLINE and ":" not in tag


def _keeps_breaks(element: HtmlElement) -> bool:
    return element.tag == "pre" or bool(_PRE_STYLE.search(element.get("style") or ""))

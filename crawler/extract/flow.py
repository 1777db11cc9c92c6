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
from lxml.html import HtmlElement, defs

from crawler import dom
from crawler.extract import borders
from crawler.extract.written import written

_INLINE = (
    defs.special_inline_tags
    | defs.phrase_tags
    | defs.font_style_tags
    | {"bdi", "del", "ins", "label", "mark", "nobr", "ruby", "time", "wbr"}
) - {"br"}
_SKIPPED = dom.UNSEEN_TAGS | {"head", "button", "canvas", "audio", "video", "map", "title", "rt", "rp"}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_PRE_STYLE = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")
_STOPS = re.compile(r"[，。！？；：、,;!?]")
_MAX_CELL = 300  # characters; a longer cell is a part of the layout, not of a table
_MAX_ROW = 800
_MAX_ROW_LINES = 60
_STOPS_SEEN = 1000  # characters of a line whose stops are counted; how many more there are changes nothing
_HEADLINE = 8
_CDATA = "[CDATA["  # how a reader of HTML sees character data of XHTML: as a comment
_MAX_PIECED = 200  # characters of a line that may hold facts


@frozen
class Line:
    """A run of text between two block boundaries, white space folded."""

    text: str
    linked: int  # characters of it inside links
    stops: int  # punctuation marks
    kind: str  # text, heading, item, row, pre
    block: Block = field(repr=False, eq=False)
    blank_before: bool = False  # a blank line of the same text stands before it
    pieces: tuple[str, ...] = field(default=(), repr=False, eq=False)  # of a short line, cut where elements meet

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
    keeps_breaks: bool = False
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
        self.blank = False
        self.closed_at = -1  # how many pieces there were when an inline element ended

    def run(self) -> Flow:
        walk = etree.iterwalk(self.tree, events=("start", "end", "comment"))
        skipped: HtmlElement | None = None
        for event, element in walk:
            if event == "start":
                style = element.get("style")
                if element.tag in _SKIPPED or (style and self.is_hidden(style) and element is not self.tree):
                    skipped = element
                    walk.skip_subtree()
                else:
                    self.open(element, element.tag, style)
                continue
            if event == "end":
                if skipped is None or element is not skipped:
                    self.close(element.tag)
                elif element.tag == "script":
                    self.take(written(element.text))
            elif (element.text or "").startswith(_CDATA):
                self.take(element.text.removeprefix(_CDATA).removesuffix("]]"))
            if element is not self.tree:
                self.take(element.tail)
        self.flush()
        self.root.end = len(self.lines)
        return Flow(self.lines, self.root, self.blocks)

    def is_hidden(self, style: str) -> bool:
        return not self.show_hidden and _HIDDEN.search(style) is not None

    def open(self, element: HtmlElement, tag: str, style: str | None) -> None:
        if tag == "a":
            self.in_link += 1
        if tag == "br":
            self.pieces.append(" ") if self.in_heading else self.break_line()
        elif tag in _INLINE:
            self.mark_border(meets=self.closed_at == len(self.pieces))
        elif ":" not in tag and element is not self.tree:
            self.flush()
            self.in_heading += tag in _HEADINGS
            keeps_breaks = tag == "pre" or (style is not None and _PRE_STYLE.search(style) is not None)
            self.in_pre += keeps_breaks
            block = Block(element, self.block, len(self.lines), keeps_breaks=keeps_breaks)
            self.block.children.append(block)
            self.blocks.append(block)
            self.block = block
        self.take(element.text)

    def close(self, tag: str) -> None:
        if tag == "a":
            self.in_link -= 1
        if tag in _INLINE:
            self.mark_border(meets=False)
            self.closed_at = len(self.pieces)
        elif tag != "br" and ":" not in tag and self.block.parent is not None:
            self.flush()
            self.in_heading -= tag in _HEADINGS
            block = self.block
            self.in_pre -= block.keeps_breaks
            if tag == "tr":
                self.join_row(block)
            block.end = len(self.lines)
            self.block = block.parent or self.root

    def take(self, text: str | None) -> None:
        if not text:
            return
        if self.in_pre and "\n" in text:
            first, *others = text.split("\n")
            self.take_piece(first)
            for other in others:
                self.break_line()
                self.take_piece(other)
        elif text.isspace():
            if self.pieces:
                self.pieces.append(" ")
        else:
            self.take_piece(text)

    def take_piece(self, text: str) -> None:
        self.pieces.append(text)
        if self.in_link:
            self.linked += len("".join(text.split()))

    def mark_border(self, *, meets: bool) -> None:
        """An empty piece stands where one inline element ends and another begins, and at any border after a digit."""
        if self.pieces and (meets or self.pieces[-1][-1:].isdigit()):
            self.pieces.append("")

    def break_line(self) -> None:
        """Where nothing was gathered since the last break, the line is a blank one."""
        count = len(self.lines)
        self.flush()
        self.blank = len(self.lines) == count

    def flush(self) -> None:
        if not self.pieces:
            return
        text = _SPACE.sub(" ", "".join(self.pieces)).strip()
        pieces = borders.cut(self.pieces) if len(text) <= _MAX_PIECED and "" in self.pieces else ()
        self.pieces.clear()
        linked, self.linked = self.linked, 0
        if text:
            self.lines.append(self.line(text, min(linked, len(text)), self.kind(), self.block, pieces))

    def line(self, text: str, linked: int, kind: str, block: Block, pieces: tuple[str, ...] = ()) -> Line:
        stops = len(_STOPS.findall(text, 0, _STOPS_SEEN))
        blank, self.blank = self.blank, False
        return Line(text, linked, stops, kind, block, blank_before=blank, pieces=pieces)

    def kind(self) -> str:
        if self.in_heading:
            return "heading"
        if self.in_pre:
            return "pre"
        return "item" if self.block.element.tag in ("li", "dd", "dt") else "text"

    def join_row(self, block: Block) -> None:
        """A table row of short cells becomes one line; a row that only lays the page out stays as it is."""
        cells = [child for child in block.children if child.end > child.start]
        start = block.start
        if len(cells) < 2 or len(self.lines) - start > _MAX_ROW_LINES or _holds_table(block):
            return
        lines = self.lines[start:]
        texts = [" ".join(line.text for line in self.lines[cell.start : cell.end]) for cell in cells]
        if max(map(len, texts)) > _MAX_CELL or sum(map(len, texts)) > _MAX_ROW:
            return
        del self.lines[start:]
        self.lines.append(self.line(" | ".join(texts), sum(line.linked for line in lines), "row", block))
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

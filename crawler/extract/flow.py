"""Lays a page out as the lines a reader sees, in reading order, and remembers which block holds which lines.

One walk over the tree does it. Every later decision is made on these lines.
"""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, defs

from crawler import dom
from crawler.extract.layout import Block, Flow, Line
from crawler.extract.written import written

__all__ = ["Block", "Flow", "Line", "flow"]

_INLINE = (
    defs.special_inline_tags
    | defs.phrase_tags
    | defs.font_style_tags
    | {"bdi", "del", "ins", "label", "mark", "nobr", "ruby", "time", "wbr"}
) - {"br"}
_SKIPPED = dom.UNSEEN_TAGS | {"head", "button", "canvas", "audio", "video", "map", "title", "rt", "rp"}
_ROLES = {
    **dict.fromkeys(_INLINE, "inline"),
    **dict.fromkeys(_SKIPPED, "skipped"),
    "a": "link",
    "br": "break",
    "script": "script",
}  # of the tags that open no block
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_PRE_STYLE = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
_ZERO_WIDTH = re.compile("[\u200b\ufeff]")
_STOPS = re.compile(r"[，。！？；：、,;!?]")
_MAX_CELL = 300  # characters; a longer cell is a part of the layout, not of a table
_MAX_ROW = 800
_MAX_ROW_LINES = 60
_STOPS_SEEN = 1000  # characters of a line whose stops are counted; how many more there are changes nothing
_MAX_PIECED = 200  # characters of a line that may hold facts


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
        self.block = Block(root, root.tag, 0)
        self.blocks = [self.block]
        self.around: list[Block] = []  # the blocks that hold the one that is open
        self.pieces: list[str] = []
        self.linked = 0
        self.in_link = 0
        self.in_heading = 0
        self.in_pre = int(breaks)
        self.blank = False
        self.closed_at = -1  # how many pieces there were when an inline element ended

    def run(self) -> Flow:
        root = self.block
        roles: list[str] = []  # of the elements that are open
        walk = etree.iterwalk(self.tree, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                role = self.open(element, element.tag, element.get("style"))
                roles.append(role)
                if role == "skipped" or role == "script":
                    walk.skip_subtree()
                    continue
                text = element.text
            else:
                self.close(element, roles.pop())
                text = element.tail if element is not self.tree else None
            if text and (self.pieces or self.in_pre or not text.isspace()):
                self.take(text)
        if self.pieces:
            self.flush()
        root.end = len(self.lines)
        return Flow(self.lines, root, self.blocks)

    def open(self, element: HtmlElement, tag: str, style: str | None) -> str:
        """What part an element takes in the layout."""
        role = _ROLES.get(tag, "block")
        if role == "skipped" or role == "script":
            return role
        if element is self.tree or ":" in tag:
            return "part"
        if style is not None and self.is_hidden(style):
            return "skipped"
        if role == "block":
            self.open_block(element, tag, style)
        elif role == "inline" or role == "link":
            if self.pieces:
                self.mark_border(meets=self.closed_at == len(self.pieces))
            self.in_link += role == "link"
        elif role == "break":
            self.pieces.append(" ") if self.in_heading else self.break_line()
        return role

    def is_hidden(self, style: str) -> bool:
        return not self.show_hidden and _HIDDEN.search(style) is not None

    def open_block(self, element: HtmlElement, tag: str, style: str | None) -> None:
        if self.pieces:
            self.flush()
        keeps_breaks = tag == "pre" or (style is not None and _PRE_STYLE.search(style) is not None)
        block = Block(element, tag, len(self.lines), keeps_breaks=keeps_breaks)
        self.in_heading += tag in _HEADINGS
        self.in_pre += keeps_breaks
        self.block.children.append(block)
        self.blocks.append(block)
        self.around.append(self.block)
        self.block = block

    def close(self, element: HtmlElement, role: str) -> None:
        if role == "block":
            if self.pieces:
                self.flush()
            block = self.block
            self.in_heading -= block.tag in _HEADINGS
            self.in_pre -= block.keeps_breaks
            if block.tag == "tr":
                self.join_row(block)
            block.end = len(self.lines)
            self.block = self.around.pop()
        elif role == "inline" or role == "link":
            if self.pieces:
                self.mark_border(meets=False)
            self.closed_at = len(self.pieces)
            self.in_link -= role == "link"
        elif role == "script" and (text := written(element.text)):
            self.take(text)

    def take(self, text: str) -> None:
        if self.in_pre and "\n" in text:
            first, *others = text.split("\n")
            self.take_piece(first)
            for other in others:
                self.break_line()
                self.take_piece(other)
        elif not text.isspace():
            self.take_piece(text)
        elif self.pieces:
            self.pieces.append(" ")

    def take_piece(self, text: str) -> None:
        self.pieces.append(text)
        if self.in_link:
            self.linked += len("".join(text.split()))

    def mark_border(self, *, meets: bool) -> None:
        """An empty piece stands where one inline element ends and another begins, and at any border after a digit."""
        if meets or self.pieces[-1][-1:].isdigit():
            self.pieces.append("")

    def break_line(self) -> None:
        """Where nothing was gathered since the last break, the line is a blank one."""
        count = len(self.lines)
        if self.pieces:
            self.flush()
        self.blank = len(self.lines) == count

    def flush(self) -> None:
        text = "".join(self.pieces)
        if not text.isascii() and _ZERO_WIDTH.search(text):
            text = _ZERO_WIDTH.sub(" ", text)
        text = " ".join(text.split())
        pieces = tuple(self.pieces) if len(text) <= _MAX_PIECED and "" in self.pieces else ()
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
        return "item" if self.block.tag in ("li", "dd", "dt") else "text"

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

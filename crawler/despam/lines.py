"""A page as a reader sees it: one string of all its lines, and for every piece of it the node that it came from.

A line is a run of text with no block boundary inside. A piece is one text node; it belongs to at most one link, and
where a link begins or ends inside a line, a unit separator stands between the pieces.
Places (start, end) are offsets into ``PageText.text``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from crawler.dom import BLOCK_TAGS, UNSEEN_TAGS

SEPARATOR = "\x1f"
_BLOCKS = BLOCK_TAGS | {"marquee"}
_BLANK = " \t\r\n"  # a no-break space keeps words apart, and so counts as text
_PLAIN = frozenset(("span", "img", "strong", "b", "i", "em", "font", "u", "input", "label"))
_SKIPPED = UNSEEN_TAGS | {"head", "title", "meta", "link", "noframes", "canvas", "audio", "video", "math"}


class Place(NamedTuple):
    """Where the text below an element stands."""

    block: HtmlElement  # the nearest element that starts a line of its own
    anchor: HtmlElement | None
    hidden: bool


class Piece(NamedTuple):
    """One text node."""

    node: HtmlElement  # whose text or tail it is
    tail: bool
    start: int
    end: int
    place: Place


class Line(NamedTuple):
    """One line as a reader sees it; its first piece is `first`."""

    first: int
    start: int
    end: int
    hidden: bool


class PageText(NamedTuple):
    """All that can be read on a page, hidden text included; lines are parted by a line feed."""

    text: str
    pieces: list[Piece]
    lines: list[Line]


def read(root: HtmlElement, hidden: frozenset[HtmlElement] = frozenset()) -> PageText:
    """Read a tree in one walk. `hidden` are the elements that no reader sees; what lies below them is hidden too.

    Old pages go on behind `</html>`: the parser hangs that on a second root beside the first.
    """
    reader = _Reader()
    for top in (root, *root.itersiblings("*")):
        _walk(reader, top, hidden)
    return reader.page()


def _walk(reader: _Reader, root: HtmlElement, hidden: frozenset[HtmlElement]) -> None:
    place: Place | None = Place(root, None, root in hidden)  # None: nobody reads what stands here
    above: list[Place | None] = []
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "start":
            above.append(place)
            tag = element.tag
            if tag in _SKIPPED:
                place = None
            elif place is not None and (tag not in _PLAIN or hidden):
                place = _below(place, element, tag, element in hidden)
                if tag == "br":
                    reader.block = None
            if place is not None and (text := element.text) and text.strip(_BLANK):
                reader.add(element, False, text, place)
            continue
        if event == "end":
            place = above.pop()
        if place is not None and (tail := element.tail) and tail.strip(_BLANK) and element is not root:
            reader.add(element, True, tail, place)


class _Reader:
    """Gathers text nodes into lines."""

    def __init__(self) -> None:
        self.block: HtmlElement | None = None
        self._pieces: list[Piece] = []
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._offset = self._first = 0

    def add(self, node: HtmlElement, tail: bool, text: str, place: Place) -> None:
        pieces = self._pieces
        if len(pieces) > self._first:
            if place.block is not self.block:
                self._end_line()
                self._parts.append("\n")
                self._offset += 1
            elif pieces[-1].place.anchor is not place.anchor:
                self._parts.append(SEPARATOR)
                self._offset += 1
        self.block = place.block
        self._parts.append(text)
        start = self._offset
        self._offset += len(text)
        pieces.append(Piece(node, tail, start, self._offset, place))

    def _end_line(self) -> None:
        first = self._pieces[self._first]
        self._lines.append(Line(self._first, first.start, self._pieces[-1].end, first.place.hidden))
        self._first = len(self._pieces)

    def page(self) -> PageText:
        if len(self._pieces) > self._first:
            self._end_line()
        text = "".join(self._parts)
        return PageText(
            text, self._pieces, [part for line in self._lines for part in _printed(line, text, self._pieces)]
        )


def _printed(line: Line, text: str, pieces: list[Piece]) -> Iterator[Line]:
    """A line that is printed over several lines of the source, as in `<pre>`, counts as several."""
    if "\n" not in text[line.start : line.end].strip():
        yield line
        return
    first, start = line.first, line.start
    for row in text[line.start : line.end].splitlines(keepends=True):
        end = start + len(row)
        while pieces[first].end <= start:
            first += 1
        if row.strip():
            yield Line(first, start, end, line.hidden)
        start = end


def _below(above: Place, element: HtmlElement, tag: str, hidden: bool) -> Place:
    """The place of what stands below an element, from the place of the element itself."""
    if tag == "a":
        return Place(above.block, element, above.hidden or hidden)
    if tag in _BLOCKS:
        return Place(element, above.anchor, above.hidden or hidden)
    return Place(above.block, above.anchor, True) if hidden else above

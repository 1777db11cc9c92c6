"""A page as a reader sees it: one string of all its lines, and for every piece of it the node that it came from.

A line is a run of text with no block boundary inside. A piece is one text node; it belongs to at most one link, and
where a link begins or ends inside a line, a unit separator stands between the pieces.
Places (start, end) are offsets into ``PageText.text``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from lxml import etree
from lxml.html import HtmlElement

from crawler.dom import BLOCK_TAGS, UNSEEN_TAGS

SEPARATOR = "\x1f"
_NODES = etree.XPath("/descendant::text()[normalize-space()] | /descendant::br")
_BLOCKS = BLOCK_TAGS | {"marquee"}
_SKIPPED = UNSEEN_TAGS | {"head", "title", "meta", "link", "noframes", "canvas", "audio", "video", "math"}


class Place(NamedTuple):
    """Where the text below an element stands."""

    block: HtmlElement  # the nearest element that starts a line of its own
    anchor: HtmlElement | None
    hidden: bool
    seen: bool


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
    """Read a tree. `hidden` are the elements that no reader sees; what lies below them is hidden too."""
    places: dict[HtmlElement, Place] = {}
    pieces: list[Piece] = []
    lines: list[Line] = []
    parts: list[str] = []
    offset = first = 0
    block: HtmlElement | None = None
    for node in cast("list[Any]", _NODES(root)):
        if isinstance(node, HtmlElement):  # a <br>
            block = None
            continue
        owner = node.getparent()
        parent = owner.getparent() if node.is_tail else owner
        place = places.get(parent) or _place(parent, hidden, places)
        if not place.seen:
            continue
        if place.block is not block and len(pieces) > first:
            lines.append(_line(pieces, first))
            parts.append("\n")
            offset += 1
            first = len(pieces)
        elif len(pieces) > first and pieces[-1].place.anchor is not place.anchor:
            parts.append(SEPARATOR)
            offset += 1
        block = place.block
        parts.append(node)
        pieces.append(Piece(owner, node.is_tail, offset, offset + len(node), place))
        offset += len(node)
    if len(pieces) > first:
        lines.append(_line(pieces, first))
    text = "".join(parts)
    return PageText(text, pieces, [part for line in lines for part in _printed(line, text, pieces)])


def _line(pieces: list[Piece], first: int) -> Line:
    return Line(first, pieces[first].start, pieces[-1].end, pieces[first].place.hidden)


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


def _place(element: HtmlElement, hidden: frozenset[HtmlElement], known: dict[HtmlElement, Place]) -> Place:
    """Climb to the first ancestor whose place is known, then come down: hostile pages nest too deep to recurse."""
    chain = []
    above: Place | None = None
    node: HtmlElement | None = element
    while node is not None and (above := known.get(node)) is None:
        chain.append(node)
        node = node.getparent()
    for node in reversed(chain):
        known[node] = above = _below(above, node, hidden)
    assert above is not None
    return above


def _below(above: Place | None, element: HtmlElement, hidden: frozenset[HtmlElement]) -> Place:
    if above is None:
        return Place(element, None, element in hidden, True)
    tag = element.tag
    unseen = tag in _SKIPPED or not isinstance(tag, str)
    if not (unseen or tag == "a" or tag in _BLOCKS or element in hidden):
        return above
    return Place(
        element if tag in _BLOCKS else above.block,
        element if tag == "a" else above.anchor,
        above.hidden or element in hidden,
        above.seen and not unseen,
    )

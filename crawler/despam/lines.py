"""A page as a reader sees it: one string of all its lines, and for every piece of it the node that it came from.

A line is a run of text with no block boundary inside. A piece is one text node; it belongs to at most one link, and
where a link begins or ends inside a line, a unit separator stands between the pieces.
Places (start, end) are offsets into ``PageText.text``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from crawler.dom import BLOCK_TAGS, UNSEEN_TAGS

SEPARATOR = "\x1f"
_BLANK = " \t\r\n"  # a no-break space keeps words apart, and so counts as text
_SKIPPED = UNSEEN_TAGS | {"head", "title", "meta", "link", "canvas", "audio", "video", "math"}
_ROLES = {
    **dict.fromkeys((*BLOCK_TAGS, "marquee"), "block"),
    **dict.fromkeys(_SKIPPED, "skipped"),
    "a": "link",
    "br": "break",
}  # of the tags that are more than a part of their line


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
    pieces: list[Piece] = []
    firsts: list[int] = []
    parts: list[str] = []
    for top in (root, *root.itersiblings("*")):
        _walk(top, hidden, pieces, firsts, parts)
    text = "".join(parts)
    lines: list[Line] = []
    for first, after in pairwise([*firsts, len(pieces)]):
        line = Line(first, pieces[first].start, pieces[after - 1].end, pieces[first].place.hidden)
        lines += [line] if text.find("\n", line.start, line.end) < 0 else _printed(line, text, pieces)
    return PageText(text, pieces, lines)


def _walk(
    root: HtmlElement, hidden: frozenset[HtmlElement], pieces: list[Piece], firsts: list[int], parts: list[str]
) -> None:
    """Add a tree's text nodes that are not blank, for every line its first one, and the parts of the page's text."""
    place = Place(root, None, root in hidden)
    above: list[Place] = []
    block = anchor = None  # of the piece before; no block: a new line begins
    end = pieces[-1].end if pieces else 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tail = event == "end"
        if tail:
            place = above.pop()
            text = element.tail
        else:
            above.append(place)
            role = _ROLES.get(element.tag)
            if role == "skipped":
                walk.skip_subtree()
                continue
            if role == "break":
                block = None
            elif role is not None or hidden:
                place = _below(place, element, role, element in hidden)
            text = element.text
        if not text or not text.strip(_BLANK) or (tail and element is root):
            continue
        start = end
        if place.block is not block:
            block = place.block
            firsts.append(len(pieces))
            parts.append("\n" if pieces else "")
            start += len(pieces) > 0
        elif place.anchor is not anchor:
            parts.append(SEPARATOR)
            start += 1
        anchor = place.anchor
        end = start + len(text)
        parts.append(text)
        pieces.append(Piece(element, tail, start, end, place))


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


def _below(above: Place, element: HtmlElement, role: str | None, hidden: bool) -> Place:
    """The place of what stands below an element, from the place of the element itself."""
    if role == "link":
        return Place(above.block, element, above.hidden or hidden)
    if role == "block":
        return Place(element, above.anchor, above.hidden or hidden)
    return Place(above.block, above.anchor, True) if hidden else above

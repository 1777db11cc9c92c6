"""Reads a page as the lines that a reader sees, whatever inline elements cut them into, and puts changed lines back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen
from lxml import etree
from lxml.html import HtmlElement

from crawler import dom

_ATTRIBUTES = ("title", "alt", "content")
_BREAKS = dom.BLOCK_TAGS | {"title"}
_UNREAD = ("script", "style")
_WRAP = re.compile("\n[ \t\r\n]*")
_INDENT = re.compile("[ \t\r\n]*[\u3000\xa0]")
_BREAK = "break"
Place = tuple[int, str]  # which element in document order, and which of its strings
Line = dict[Place, str]  # the strings of a paragraph, line or attribute, in reading order


@frozen
class Edit:
    """What is to stand in place of the characters from ``start`` to ``end`` of a line."""

    start: int
    end: int
    new: str


@frozen
class Unwrapped:
    """A line without the breaks within it, which may have been set to a width; knows where its characters stood."""

    text: str
    _starts: Sequence[int]  # of each stretch between two breaks, in ``text``
    _lost: Sequence[int]  # characters of the breaks before it

    @classmethod
    def of(cls, text: str) -> Unwrapped:
        """Take out every line end with the blanks behind it."""
        starts, lost, kept, at = [0], [0], [], 0
        for match in _WRAP.finditer(text):
            kept.append(text[at : match.start()])
            at = match.end()
            lost.append(lost[-1] + len(match[0]))
            starts.append(at - lost[-1])
        return cls("".join([*kept, text[at:]]), starts, lost)

    def wrapped(self, edit: Edit) -> Edit:
        """The same edit, its places counted in the line with its breaks."""
        return Edit(self._place(edit.start), self._place(edit.end - 1) + 1, edit.new)

    def _place(self, at: int) -> int:
        return at + self._lost[bisect_right(self._starts, at) - 1]


def lines(tree: HtmlElement) -> Iterator[Line]:
    """Every line of the page that is not all white space; each of the attributes title, alt and content is one.

    What a single ``<br>`` parts is one line, with a ``\n`` in it, unless it is indented.
    """
    line: Line = {}
    is_blank, is_broken = True, False  # nothing but blanks in the line, since its last ``<br>``
    for part in _parts(tree):
        if part is not None and part[0][1] in _ATTRIBUTES:
            yield dict([part])
            continue
        if part is None or (is_broken and (part[0][1] == _BREAK or _INDENT.match(part[1]))):
            if not is_blank:
                yield line
            line, is_blank, is_broken = {}, True, False
        if part is not None:
            place, text = part
            line[place] = text
            if place[1] == _BREAK:
                is_broken = True
            elif not text.isspace():
                is_blank = is_broken = False
    if not is_blank:
        yield line


def _parts(tree: HtmlElement) -> Iterator[tuple[Place, str] | None]:
    """The strings of the tree in reading order; None where a line begins or ends."""
    numbers: list[int] = []
    count = 0
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event != "end":
            number, count = count, count + 1
        if event == "start":
            numbers.append(number)
            yield from _own(number, element)
            continue
        if event == "end":
            number = numbers.pop()
            if element.tag in _BREAKS and element.tag != "br":
                yield None
        if element.tail and element is not tree:
            yield (number, "tail"), element.tail


def _own(number: int, element: HtmlElement) -> Iterator[tuple[Place, str] | None]:
    if element.tag in _BREAKS:
        yield ((number, _BREAK), "\n") if element.tag == "br" else None
    for name in _ATTRIBUTES:
        value = element.get(name)
        if value and not value.isspace() and (name != "content" or element.tag == "meta"):
            yield (number, name), value
    if element.text and element.tag not in _UNREAD:
        yield (number, "text"), element.text


def edited(line: Line, edits: Sequence[Edit]) -> Line:
    """The line with edits made, which are in order and do not overlap; what is new goes where an edit begins."""
    if not edits:
        return line
    changed: Line = {}
    at, start = 0, 0
    for place, text in line.items():
        end, done = start + len(text), start
        kept: list[str] = []
        while at < len(edits) and edits[at].start < end:
            edit = edits[at]
            if edit.start >= start:
                kept += (text[done - start : edit.start - start], edit.new)
            done = min(edit.end, end)
            if edit.end > end:
                break
            at += 1
        changed[place] = "".join(kept) + text[done - start :]
        start = end
    return changed


def changes(before: Sequence[Line], after: Sequence[Line]) -> dict[Place, str]:
    """The strings that differ between two readings of the same lines, as they are after."""
    pairs = zip(before, after, strict=True)
    return {place: new[place] for old, new in pairs if new is not old for place in old if new[place] != old[place]}


def with_changes(tree: HtmlElement, changes: Mapping[Place, str]) -> HtmlElement:
    """A copy of the tree with the strings put in."""
    copy = dom.copy_tree(tree)
    wanted = {number for number, _ in changes}
    for number, element in enumerate(copy.iter()):
        if number not in wanted:
            continue
        for name in ("text", "tail"):
            if (number, name) in changes:
                setattr(element, name, changes[number, name])
        for name in _ATTRIBUTES:
            if (number, name) in changes:
                element.set(name, changes[number, name])
    return copy

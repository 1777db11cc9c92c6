"""Reads a page as the lines that a reader sees, whatever inline elements cut them into, and puts changed lines back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen
from lxml import etree
from lxml.html import HtmlElement

from crawler import dom

_ATTRIBUTES = ("title", "alt", "content")
_BREAKS = dom.BLOCK_TAGS | {"title"}
_UNREAD = ("script", "style")
Place = tuple[int, str]  # which element in document order, and which of its strings
Line = dict[Place, str]  # the strings of a paragraph, line or attribute, in reading order


@frozen
class Edit:
    """What is to stand in place of the characters from ``start`` to ``end`` of a line."""

    start: int
    end: int
    new: str


def lines(tree: HtmlElement) -> Iterator[Line]:
    """Every line of the page that is not all white space; each of the attributes title, alt and content is one."""
    line: Line = {}
    for part in _parts(tree):
        if part is None:
            if _is_worth(line):
                yield line
            line = {}
        elif part[0][1] in _ATTRIBUTES:
            yield dict([part])
        else:
            line.update([part])
    if _is_worth(line):
        yield line


def _is_worth(line: Line) -> bool:
    return any(not text.isspace() for text in line.values())


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
            if element.tag in _BREAKS:
                yield None
        if element.tail and element is not tree:
            yield (number, "tail"), element.tail


def _own(number: int, element: HtmlElement) -> Iterator[tuple[Place, str] | None]:
    if element.tag in _BREAKS:
        yield None
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

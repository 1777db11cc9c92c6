"""Puts the characters of a page right and says what it changed; what is not sure is marked and left as it is.

Order matters: what hides bytes goes first (wrong charsets, entities, invisible characters), then the half-character
shift, which needs the mirror's pinyin and private-use characters, then the pinyin, then single characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from attrs import evolve
from lxml import etree
from lxml.html import HtmlElement

from crawler import dom, hans
from crawler.items import Document
from crawler.repair.mend import Mender

__all__ = ["repair"]

_ATTRIBUTES = ("title", "alt", "content")
_TEXTS = etree.XPath("//*[not(self::script or self::style)]/text()", smart_strings=False)
_ATTRIBUTE_TEXTS = etree.XPath("//@title | //@alt | //meta/@content", smart_strings=False)
Place = tuple[int, str]  # which element in document order, and which of its strings


def repair(document: Document) -> Document:
    """A document with ``script`` set and, where something was damaged, a repaired copy of the tree and the fixes.

    Text nodes and the attributes title, alt and content are looked at; scripts and styles are not. ``html`` stays what
    decode made of it. Traditional stays Traditional: ``hans.to_hans`` is for those who want the other. Never raises.
    """
    text = _all_text(document.tree)
    script = hans.script_of(text)
    mender = Mender.for_page(text, script)
    if not mender.is_needed:
        return evolve(document, script=script)
    changes: dict[Place, str] = {}
    for place, value, opens_block in _strings(document.tree):
        if value.isspace():
            continue
        mended = mender.mend(value, opens_block=opens_block, is_attribute=place[1] in _ATTRIBUTES)
        if mended != value:
            changes[place] = mended
    tree = _changed(document.tree, changes) if changes else document.tree
    return evolve(document, tree=tree, script=script, fixes=document.fixes + mender.fixes())


def _all_text(tree: HtmlElement) -> str:
    """Every text and every attribute that carries text, in one string."""
    texts, attributes = cast("list[str]", _TEXTS(tree)), cast("list[str]", _ATTRIBUTE_TEXTS(tree))
    return "".join(texts) + "\n" + "\n".join(attributes)


def _strings(tree: HtmlElement) -> Iterator[tuple[Place, str, bool]]:
    """Each string of the tree in reading order, with its place and whether a block or line begins with it."""
    queue: list[tuple[int, HtmlElement]] = []
    for number, element in enumerate(tree.iter()):
        while queue and not _is_inside(element, queue[-1][1]):
            yield from _tail(*queue.pop())
        if isinstance(element.tag, str):
            yield from _own(number, element)
        queue.append((number, element))
    while queue:
        yield from _tail(*queue.pop())


def _is_inside(element: HtmlElement, other: HtmlElement) -> bool:
    """Whether an element that comes next in document order is a child of another."""
    return element.getparent() is other


def _own(number: int, element: HtmlElement) -> Iterator[tuple[Place, str, bool]]:
    if element.text and element.tag not in ("script", "style"):
        yield (number, "text"), element.text, element.tag in dom.BLOCK_TAGS or element.tag == "title"
    for name in _ATTRIBUTES:
        value = element.get(name)
        if value and (name != "content" or element.tag == "meta"):
            yield (number, name), value, True


def _tail(number: int, element: HtmlElement) -> Iterator[tuple[Place, str, bool]]:
    if element.tail:
        yield (number, "tail"), element.tail, element.tag in dom.BLOCK_TAGS


def _changed(tree: HtmlElement, changes: dict[Place, str]) -> HtmlElement:
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

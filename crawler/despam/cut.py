"""Takes planted ranges out of a tree, and with them the elements that nothing is left of."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler import dom
from crawler.despam.grow import Planted
from crawler.despam.lines import PageText

_KEPT = frozenset(
    ("html", "head", "body", "img", "video", "audio", "iframe", "object", "embed", "input", "script", "style")
)
_TAGS = re.compile(r"<[^<>]*>")
_MAX_CLIMB = 12


def cut(page: PageText, ranges: list[Planted]) -> None:
    """Remove the ranges from the tree that `page` was read from. `ranges` are in order and do not overlap."""
    touched: list[HtmlElement] = []
    pending = iter(ranges)
    planted = next(pending, None)
    for piece in page.pieces:
        text, start = "", piece.start
        hit = False
        while planted is not None and planted.start < piece.end:
            if planted.end > piece.start:
                text += page.text[start : max(planted.start, start)]
                start = max(start, min(planted.end, piece.end))
                hit = True
            if planted.end > piece.end:
                break
            planted = next(pending, None)
        if hit:
            _write(piece.node, piece.tail, text + page.text[start : piece.end])
            touched.append(piece.node.getparent() if piece.tail else piece.node)
    for element in touched:
        _prune(element)


def _write(node: HtmlElement, tail: bool, text: str) -> None:
    if tail:
        node.tail = text
    else:
        node.text = text


def _prune(element: HtmlElement | None) -> None:
    """Remove the element when it holds nothing any more, then look at the one above it."""
    for _ in range(_MAX_CLIMB):
        if element is None or element.tag in _KEPT or not _is_empty(element):
            return
        above = element.getparent()
        dom.remove(element)
        element = above


def _is_empty(element: HtmlElement) -> bool:
    if (element.text or "").strip(" \t\r\n|｜,，、_-丨\u3000\xa0"):
        return False
    return all(child.tag in ("br", "hr") and not (child.tail or "").strip() for child in element)


def cut_random_tags(root: HtmlElement, random_id: str) -> list[str]:
    """Remove the elements that carry the planters' id and hold no text but tags; returns the texts that went."""
    gone = []
    for element in root.xpath("//*[@id=$id]", id=random_id):
        if element.getparent() is None or element.tag in ("html", "body"):
            continue
        text = "".join(element.itertext())
        if not _TAGS.sub("", text).strip():
            gone.append(" ".join(text.split()))
            dom.remove(element)
    return [text for text in gone if text]

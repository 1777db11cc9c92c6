"""A second opinion by readability-lxml, asked for only where the first reading looks wrong: it costs much more."""

from __future__ import annotations

import logging
import re

import readability
from lxml.html import HtmlElement, document_fromstring

from crawler import dom
from crawler.extract.flow import flow
from crawler.extract.view import View

_STOP = re.compile(r"[。！？；]")
_MAX_ELEMENTS = 4_000  # its cost grows faster than the page
_SENTENCES = 400.0  # worth of a page that must hold sentences
logging.getLogger("readability").setLevel(logging.CRITICAL)  # it logs what it gives up on; we count that as no opinion


class _OnTree(readability.Document):  # type: ignore[misc]  # readability-lxml has no type information
    """Readability on a tree that is already parsed: its own parser loses articles below 254 nested levels."""

    def _parse(self, input: HtmlElement) -> HtmlElement:
        return super()._parse(dom.copy_tree(input))


def is_doubtful(text: str, page_worth: float) -> bool:
    """True where a first reading is without a full stop, though the page has sentences."""
    return not _STOP.search(text) and page_worth > _SENTENCES


def lines(view: View) -> list[int]:
    """The numbers of the page's lines that readability keeps; empty where it has no opinion."""
    tree = view.document.tree
    if sum(1 for _ in tree.iter()) > _MAX_ELEMENTS:
        return []
    try:
        kept = flow(document_fromstring(_OnTree(tree).summary(html_partial=True)))
    except (readability.readability.Unparseable, ValueError, RecursionError):
        return []
    texts = {line.text for line in kept.lines}
    return [at for at, line in enumerate(view.flow.lines) if line.text in texts]

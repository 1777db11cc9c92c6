"""Puts the characters of a page right and says what it changed; what is not sure is marked and left as it is.

Order matters: what hides bytes goes first (wrong charsets, entities, invisible characters), for the page's script and
a mirror's marks can only be told behind it; then the half-character shift, which needs the mirror's pinyin and
private-use characters, then the pinyin, then single characters.
"""

from __future__ import annotations

from typing import cast

from attrs import evolve
from lxml import etree
from lxml.html import HtmlElement

from crawler import hans
from crawler.items import Document
from crawler.repair import lines, mojibake
from crawler.repair.mend import Log, Mender, Uncoverer

__all__ = ["repair"]

# No nested steps down: libxml2 compares all pairs of what unions and nested steps find, seconds on a hostile page.
_TEXTS = tuple(
    etree.XPath(path, smart_strings=False)
    for path in (
        "/descendant::text()[not(parent::script or parent::style)]",
        "/*/*/meta/@content",
    )
)


def repair(document: Document) -> Document:
    """A document with ``script`` set and, where something was damaged, a repaired copy of the tree and the fixes.

    Text nodes and the attributes title, alt and content are looked at, the first two only where text or content show
    damage; scripts and styles are not. ``html`` stays what decode made of it. Traditional stays Traditional:
    ``hans.to_hans`` is for those who want the other. Never raises.
    """
    log = Log()
    text = _all_text(document.tree)
    uncoverer = Uncoverer.for_page(text, log)
    shown = list(lines.lines(document.tree)) if uncoverer.is_needed else []
    page = [uncoverer.uncover(line) for line in shown]
    if page:
        text = "\n".join("".join(line.values()) for line in page)
        if nonsense := mojibake.left(text):
            log.note("unreadable", nonsense, nonsense, confidence=0.0)
    script = hans.script_of(text)
    mender = Mender.for_page(text, script, log)
    if mender.is_needed:
        shown = shown or list(lines.lines(document.tree))
        page = page or shown
        page = [mender.mend(line, behind) for line, behind in zip(page, [*page[1:], {}], strict=True)]
    changes = lines.changes(shown, page)
    tree = lines.with_changes(document.tree, changes) if changes else document.tree
    return evolve(document, tree=tree, script=script, fixes=document.fixes + log.fixes())


def _all_text(tree: HtmlElement) -> str:
    """Every text, and what the meta tags say, in one string."""
    texts, contents = (cast("list[str]", path(tree)) for path in _TEXTS)
    return "\n".join(["".join(texts), *contents])

"""What the page's family, and the catalogue's selectors for its site, say of where things stand: line numbers."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from lxml.html import HtmlElement

from crawler import cms
from crawler.catalog import Selectors
from crawler.extract.view import View

_MAX_FACTS = 12  # lines of a headline or of the facts under it
_MAX_LINES = 60  # a selector that takes in more has met the wrong element


@frozen
class Marks:
    """Containers of the article, the most trusted first, each with its reader's name; and lines of other kinds."""

    bodies: tuple[tuple[str, tuple[HtmlElement, ...]], ...] = ()
    own_title: frozenset[int] = frozenset()  # by the site's selector: decides
    title: frozenset[int] = frozenset()  # by the family's: helps
    date_line: tuple[int, ...] = ()
    remove: frozenset[int] = frozenset()


def find(view: View, family: cms.Family | None, own: Selectors) -> Marks:
    """Ask the selectors of the site and of the family; the site's stand first."""
    tree = view.document.tree
    bodies = [("site", own.body)] if own.body else []
    known = [(via, tuple(cms.select(tree, (css,)))) for via, css in bodies]
    if family:
        known.append((f"family:{family.name}", tuple(cms.select(tree, cms.among(family.body, view.names)))))
    date_line = _lines(view, _own(own.date_line), most=_MAX_FACTS)
    return Marks(
        bodies=tuple(known),
        own_title=frozenset(_lines(view, _own(own.title))),
        title=frozenset(_lines(view, family.title, most=_MAX_FACTS)) if family else frozenset(),
        date_line=date_line or (_lines(view, family.date_line, most=_MAX_FACTS) if family else ()),
        remove=frozenset(
            _lines(view, (*_own(own.body_remove), *(family.remove if family else ())), every=True, whole=True)
        ),
    )


def _own(css: str | None) -> tuple[str, ...]:
    return (css,) if css else ()


def _lines(
    view: View, selectors: Sequence[str], *, most: int = _MAX_LINES, every: bool = False, whole: bool = False
) -> tuple[int, ...]:
    """The lines of the elements that the first fruitful selector chooses, or ``every`` one.

    An element inside a line stands for that line, except where only ``whole`` blocks count.
    """
    tree = view.document.tree
    known = cms.among(tuple(selectors), view.names)
    groups = [(css,) for css in known] if every else [known]
    found: list[int] = []
    for element in (element for group in groups for element in cms.select(tree, group)):
        block = view.flow.block_of(element)
        if block is None or block.end - block.start > most or (whole and block.element is not element):
            continue
        found += range(block.start, block.end)
    return tuple(dict.fromkeys(found))

"""One page as the readers of this stage see it: its lines, their Simplified keys, its metadata, worked out once."""

from __future__ import annotations

import re
from functools import cached_property

from attrs import frozen

from crawler import cms, dates, dom, hans
from crawler.extract import words
from crawler.extract.flow import flow
from crawler.extract.layout import Flow
from crawler.items import Document

_MAX_DATE_LINE = 160
_APART = " | "
_MAX_TITLE = 1_000  # characters of <title> and of metadata that are looked at
_MARKUP = re.compile(r"<(?:p|br|div|td|li|h\d|pre|section|dd|article)\b", re.IGNORECASE)  # a page without is plain text


@frozen(eq=False)
class View:
    """A document laid out. ``keys`` are the lines in Simplified characters, as long as ``flow.lines``."""

    document: Document
    flow: Flow
    keys: list[str]
    meta: dict[str, str]
    title: str

    @cached_property
    def names(self) -> frozenset[str]:
        """All classes and ids of the page."""
        return cms.names_of(self.document.tree)

    @cached_property
    def _noisy(self) -> list[bool]:
        return [words.may_be_noise(key) for key in self.keys]

    @cached_property
    def ends(self) -> list[bool]:
        """For every line: does the page's end begin with it?"""
        return [maybe and words.ends_article(key) for key, maybe in zip(self.keys, self._noisy, strict=True)]

    @cached_property
    def feet(self) -> list[bool]:
        """For every line: does it look like the page's foot?"""
        return [maybe and words.is_foot(key) for key, maybe in zip(self.keys, self._noisy, strict=True)]

    @cached_property
    def furniture(self) -> list[bool]:
        """For every line: is it buttons, counters, credits, or the beginning of the page's end?"""
        lines = zip(self.keys, self._noisy, self.ends, strict=True)
        return [end or (maybe and words.is_furniture(key)) for key, maybe, end in lines]

    @cached_property
    def edges(self) -> list[bool]:
        """For every line: is it furniture where it stands before the first paragraph or after the last?"""
        return [maybe and words.is_edge(key) for key, maybe in zip(self.keys, self._noisy, strict=True)]

    def fact_line(self, at: int) -> tuple[str, str]:
        """A line and its key for reading facts: elements that meet in it stand apart, as the cells of a row do.

        Where a label or a date is itself spread over elements, the line is as it stands.
        """
        text, key = self.flow.lines[at].text, self.keys[at]
        parts = self.flow.lines[at].parts
        if len(parts) < 2:
            return (text if len(text) == len(key) else key), key
        apart = _APART.join(parts)
        simple = hans.to_hans(apart) if self.document.script == "Hant" else apart
        if len(dates.find(simple)) < len(dates.find(key)) or words.count_labels(simple) < words.count_labels(key):
            return (text if len(text) == len(key) else key), key
        return (apart if len(apart) == len(simple) else simple), simple

    def date_line(self, limit: int) -> int | None:
        """The line before ``limit`` that most looks like the date line; used where no headline is known yet."""
        best, score = None, 0
        for at in range(min(limit + 1, len(self.keys))):
            key = self.keys[at]
            if len(key) > _MAX_DATE_LINE or not any(char.isdigit() for char in key):
                continue
            key = self.fact_line(at)[1]
            if dates.find(key):
                value = (
                    1
                    + 2 * words.has_label(key, "date")
                    + words.has_label(key, "source")
                    - 4 * words.has_label(key, "other_date")
                )
                if value >= score and value > 0:
                    best, score = at, value
        return best


def look(document: Document, *, hidden: bool = False) -> View:
    """Lay a document out."""
    laid = flow(document.tree, hidden=hidden, breaks=_MARKUP.search(document.html) is None)
    keys = [line.text for line in laid.lines]
    if document.script == "Hant" and keys:
        simple = hans.to_hans("\n".join(keys)).split("\n")
        keys = simple if len(simple) == len(keys) else keys
    title = " ".join((document.tree.findtext(".//title") or "")[:_MAX_TITLE].split())
    meta = {name: value[:_MAX_TITLE] for name, value in dom.meta(document.tree).items()}
    return View(document, laid, keys, meta, title)

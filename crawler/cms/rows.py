"""Reads one row of a list: where it leads, what it is called, and the day it prints, whole or in pieces."""

from __future__ import annotations

import re
from datetime import date
from itertools import islice

from attrs import frozen
from lxml.html import HtmlElement

from crawler import dates, dom
from crawler.cms.base import select
from crawler.cms.links import Links
from crawler.items import Entry

_BULLET = re.compile(r"^[\s·•●▪■◆▶►»>\-–—\[\]|]+(?=\S)")
_CUT = re.compile(r"(?:\.{2,}|…+)$")
_LABEL = re.compile(r"^(?:文章)?(?:标题|標題)\s*[:：]\s*")
_DAY = re.compile(r"(?<![\d.:/-])(\d{1,2})(?![\d.:/-]|\s?[年月])")
_TRAILING_DATE = re.compile(r"[\s\[(（【]*(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/]\d{1,2})[\s\])）】]*$")
_FEW = 48  # elements before a row, one of which may be the heading with its year
_MAX_YEAR_TEXT = 12
_SMALL = 6  # elements in such a heading


@frozen
class RowRules:
    """How the rows of one list are read: by selectors where they are known, and with the year that it leaves out."""

    links: Links
    title_css: tuple[str, ...] = ()
    day_css: tuple[str, ...] = ()
    seen_on: date | None = None  # the day the page was fetched


def read_row(row: HtmlElement, rules: RowRules, listing_url: str) -> Entry | None:
    """The entry of one row; None where it has no link with a name."""
    chosen = _link(row, rules)
    if chosen is None:
        return None
    link, url = chosen
    title = _title(row, link, rules)
    if len(title) < 2:
        return None
    return Entry(url=url, title=title, listed_on=_day(row, link, rules), listing_url=listing_url)


def _link(row: HtmlElement, rules: RowRules) -> tuple[HtmlElement, str] | None:
    """The link with the longest name: others of the row are a column, a picture, a button."""
    best, length = None, 0
    for element in [row] if row.tag == "a" else row.iter("a"):
        url = rules.links.address(element.get("href"))
        name = max(len(dom.text_of(element)), len(element.get("title") or ""))
        if url and name > length:
            best, length = (element, url), name
    return best


def _title(row: HtmlElement, link: HtmlElement, rules: RowRules) -> str:
    named = select(row, rules.title_css)
    text = _TRAILING_DATE.sub("", dom.text_of(named[0] if named else link))
    text = _BULLET.sub("", text).strip()
    whole = _LABEL.sub("", " ".join((link.get("title") or "").strip().split("\n")[0].split()))
    stem = _CUT.sub("", text)
    if whole and (not text or (len(whole) > len(stem) and (stem != text or whole.startswith(stem[:8])))):
        return whole
    heading = _heading(link)
    return heading if heading and len(text) > 60 else text


def _heading(link: HtmlElement) -> str:
    """The heading inside a link that wraps picture, heading and summary."""
    for element in link.iter("h1", "h2", "h3", "h4", "h5", "strong", "b"):
        text = dom.text_of(element)
        if len(text) >= 6:
            return text
    return ""


def _day(row: HtmlElement, link: HtmlElement, rules: RowRules) -> str | None:
    chosen = select(row, rules.day_css)
    texts = [" ".join(dom.text_of(element) for element in chosen[:3])] if chosen else []
    texts.append(_outside(row, link))
    texts.append(dom.text_of(link))
    for text in texts:
        if found := dates.first(text):
            return found[:10]
    for text in texts[:-1] or texts:
        if found := _from_pieces(row, text, rules):
            return found
    return None


def _outside(row: HtmlElement, link: HtmlElement) -> str:
    """The text of a row without the name of its link."""
    whole, name = dom.text_of(row), dom.text_of(link)
    return whole.replace(name, " ", 1) if name and row is not link else whole


def _from_pieces(row: HtmlElement, text: str, rules: RowRules) -> str | None:
    """A day in one node and 2024-05 in another; 05-20 below a heading 2024年; 05-20 alone, the nearest such day."""
    if month := dates.year_month(text):
        rest = re.sub(r"(?:19|20)\d\d\s?[年./-]\s?\d{1,2}月?", " ", dates.fold(text), count=1)
        if (match := _DAY.search(rest)) and (found := dates.day(*month, int(match[1]))):
            return found
    pair = dates.month_day(text)
    if pair is None:
        return None
    if year := _year_above(row):
        return dates.day(year, *pair)
    if rules.seen_on is None:
        return None
    same = dates.day(rules.seen_on.year, *pair)
    late = same is None or same > rules.seen_on.isoformat()
    return dates.day(rules.seen_on.year - 1, *pair) if late else same


def _year_above(row: HtmlElement) -> int | None:
    """The year of a heading before the row or before the list that holds it."""
    node: HtmlElement | None = row
    for _ in range(3):
        if node is None:
            return None
        for number, before in enumerate(node.itersiblings(preceding=True)):
            text = dom.text_of(before) if _is_small(before) else ""
            if len(text) <= _MAX_YEAR_TEXT and (year := dates.year(text)):
                return year
            if number >= _FEW:
                break
        node = node.getparent()
    return None


def _is_small(element: HtmlElement) -> bool:
    return isinstance(element.tag, str) and sum(1 for _ in islice(element.iter(), _SMALL)) < _SMALL

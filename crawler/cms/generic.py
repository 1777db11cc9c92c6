"""Finds the rows of a list page that no family knows: blocks of links that repeat, with dates where the page has them.

Menus repeat too. What tells them from lists is that their names are short and that no day stands beside them.
"""

from __future__ import annotations

import re
from collections import defaultdict

from attrs import define, field
from lxml.html import HtmlElement

from crawler import dates, dom
from crawler.cms.links import Links

_DIGITS = re.compile(r"\d+")
_MIN_NAME = 6
_MIN_ROWS = 2
_MIN_ROWS_UNDATED = 4
_MIN_MEAN = 9.0  # characters in a name, where a list prints no days
_MAX_CLIMB = 8
_MAX_ROW_TEXT = 700
_MENU = re.compile(r"nav|menu|foot|friend|link|crumb|position|header|top|bread|tool|page", re.IGNORECASE)
_ROW_TAGS = frozenset(["li", "tr", "dl", "dd", "div", "article", "section", "p", "a", "h3", "h4", "td", "span"])


@define(eq=False)
class _Group:
    """Rows of one make."""

    rows: list[HtmlElement] = field(factory=list)
    names: list[str] = field(factory=list)
    dated: int = 0
    menu: int = 0


def rows(root: HtmlElement, links: Links) -> list[HtmlElement]:
    """The rows of the page's list, in page order; empty where it has none."""
    groups: dict[tuple[str, ...], _Group] = defaultdict(_Group)
    titles = _titles(root, links)
    counts = _titles_below(titles)
    for link, name in titles:
        row = _row(link, counts)
        group = groups[_make(row)]
        if row not in group.rows[-1:]:
            group.rows.append(row)
            group.names.append(name)
            group.dated += _has_day(row, name)
            group.menu += _in_menu(row)
    found = [group for group in groups.values() if _is_list(group)]
    return max(found, key=_value).rows if found else []


def _titles(root: HtmlElement, links: Links) -> list[tuple[HtmlElement, str]]:
    """Links with names long enough to be headlines."""
    found = []
    for link in root.iter("a"):
        name = dom.text_of(link)
        if len(name) < _MIN_NAME:
            name = max(name, link.get("title") or "", key=len)
        if len(name) >= _MIN_NAME and links.address(link.get("href")):
            found.append((link, name))
    return found


def _titles_below(titles: list[tuple[HtmlElement, str]]) -> dict[HtmlElement, set[str]]:
    """Which different addresses lie below each element near a headline."""
    counts: dict[HtmlElement, set[str]] = defaultdict(set)
    for link, _ in titles:
        node = link.getparent()
        for _step in range(_MAX_CLIMB):
            if node is None:
                break
            counts[node].add(link.get("href") or "")
            node = node.getparent()
    return counts


def _row(link: HtmlElement, counts: dict[HtmlElement, set[str]]) -> HtmlElement:
    """The highest element around a headline that holds no other headline."""
    row = link
    for _ in range(_MAX_CLIMB):
        parent = row.getparent()
        if parent is None or parent.tag in ("body", "html") or len(counts.get(parent, ())) > 1:
            return row
        row = parent
        if row.tag in ("li", "tr", "dl"):
            return row
    return row


def _make(row: HtmlElement) -> tuple[str, ...]:
    """What rows of one list share: tag and class of the row, of its parent and of its grandparent."""
    parts: list[str] = []
    node: HtmlElement | None = row
    for step in range(3):
        if node is None:
            break
        # The row's own class is left out: lists stripe and number their rows.
        parts.append(f"{node.tag}" if step == 0 else f"{node.tag}.{_DIGITS.sub('', node.get('class') or '')}")
        node = node.getparent()
    return tuple(parts)


def _has_day(row: HtmlElement, name: str) -> bool:
    text = dom.text_of(row)
    if len(text) > _MAX_ROW_TEXT:
        return False
    rest = text.replace(name, " ", 1)
    return bool(dates.first(rest) or dates.month_day(rest) or dates.year_month(rest) or dates.first(name))


def _in_menu(row: HtmlElement) -> bool:
    node: HtmlElement | None = row
    for _ in range(4):
        if node is None:
            break
        if node.tag in ("nav", "header", "footer") or _MENU.search(f"{node.get('class') or ''} {node.get('id') or ''}"):
            return True
        node = node.getparent()
    return False


def _is_list(group: _Group) -> bool:
    count = len(group.rows)
    if group.dated >= max(_MIN_ROWS, count * 0.5):
        return True
    mean = sum(map(len, group.names)) / count
    return (
        count >= _MIN_ROWS_UNDATED and mean >= _MIN_MEAN and group.menu * 2 <= count and group.rows[0].tag in _ROW_TAGS
    )


def _value(group: _Group) -> float:
    """Dated rows weigh most; then long names; menus lose."""
    mean = sum(min(len(name), 40) for name in group.names) / len(group.names)
    return group.dated * 4 + len(group.rows) * mean / 40 - group.menu * 0.5

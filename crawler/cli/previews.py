"""What `huixun sources add` and `repair` found: as tables for a person, as plain data for a program.

Everything here was written by strangers: it is shown as text, without markup and without characters that steer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from crawler.cli.app import out
from crawler.discover import Listed
from crawler.items import Article, Entry
from crawler.schedule.discovering import Found, Read
from crawler.schedule.repairing import Repair
from crawler.seeding import facts, row

_ROWS = 6  # entries of a list
_LINES = 3  # paragraphs of an article
_WIDTH = 80  # characters of one


def show_found(found: Found, path: Path) -> None:
    """The lists with their first entries, the articles, and the row as it would stand in its file."""
    for one in found.lists:
        table = Table(
            title=_plain(f"{one.column or '–'} {one.url} ({_how(one)})"), title_justify="left", show_header=False
        )
        for entry in one.read.entries[:_ROWS]:
            table.add_row(entry.listed_on or "–", _plain(entry.title))
        out.print(table)
    if found.further is None:
        out.print("no second page was found; if the list has one, a burst of news may be missed")
    else:
        out.print(f"the second page of the first list adds {found.further} entries")
    _show_articles(found.articles)
    show_notes(found.notes)
    out.print(f"\n{path}:", markup=False, highlight=False, soft_wrap=True)
    out.print(_plain(row(found.site)), soft_wrap=True)


def show_repair(repair: Repair) -> None:
    """Each list and article as it is read now beside as it would be, then the two rows' differing lines."""
    for one in repair.lists:
        title = f"{one.old_url}: {one.trouble or 'read well'}; proposed: {one.new.url if one.new else 'nothing'}"
        table = Table("now", "proposed", title=_plain(title), title_justify="left")
        new = one.new.read.entries if one.new else ()
        for pair in zip_longest(one.old[:_ROWS], new[:_ROWS]):
            table.add_row(*(_plain(f"{entry.listed_on or '–'} {entry.title}") if entry else "" for entry in pair))
        out.print(table)
    table = Table("article now", "article as proposed")
    for pair in zip(repair.old_articles, repair.new_articles, strict=True):
        table.add_row(*(_plain("\n".join(_article_lines(each))) for each in pair))
    out.print(table)
    show_notes(repair.notes)
    before, after = row(repair.old).splitlines(), row(repair.new).splitlines()
    out.print(_plain("\n".join([f"- {line}" for line in before if line not in after])), soft_wrap=True)
    out.print(_plain("\n".join([f"+ {line}" for line in after if line not in before])), soft_wrap=True)


def show_notes(notes: Iterable[str]) -> None:
    """What a person should know besides."""
    for note in notes:
        out.print(_plain(f"note: {note}"), soft_wrap=True)


def of_found(found: Found, path: Path) -> dict[str, Any]:
    """The same for a program."""
    return {
        "site": facts(found.site),
        "file": str(path),
        "lists": [_list(one) for one in found.lists],
        "further": found.further,
        "articles": [_article(one) for one in found.articles],
        "notes": list(found.notes),
    }


def of_repair(repair: Repair, path: Path) -> dict[str, Any]:
    """The same for a program."""
    return {
        "old": facts(repair.old),
        "new": facts(repair.new),
        "file": str(path),
        "lists": [
            {
                "url": one.old_url,
                "trouble": one.trouble,
                "old": _entries(one.old),
                "new": _list(one.new) if one.new else None,
            }
            for one in repair.lists
        ],
        "articles": [
            {"old": _article(old), "new": _article(new)}
            for old, new in zip(repair.old_articles, repair.new_articles, strict=True)
        ],
        "notes": list(repair.notes),
    }


def _list(one: Listed) -> dict[str, Any]:
    return {"url": one.url, "column": one.column, "via": one.read.via, "next": one.read.next_url} | {
        "entries": _entries(one.read.entries)
    }


def _entries(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    return [{"url": one.url, "title": one.title, "listed_on": one.listed_on} for one in entries]


def _article(read: Read) -> dict[str, Any]:
    if not isinstance(read.article, Article):
        return {"url": read.entry.url, "reason": read.article}
    made = read.article
    lines = made.text.split("\n")[:_LINES]
    return {"url": read.entry.url, "title": made.title, "date": made.date, "source": made.source, "lines": lines}


def _how(one: Listed) -> str:
    count = len(one.read.entries)
    days = sum(entry.listed_on is not None for entry in one.read.entries)
    return f"{count} entries, {days} with a day, read as {one.read.via}, {one.document.charset}"


def _show_articles(articles: Sequence[Read]) -> None:
    for one in articles:
        out.print(_plain("\n" + "\n".join(_article_lines(one))))


def _article_lines(read: Read) -> list[str]:
    if not isinstance(read.article, Article):
        return [read.entry.title, f"no article: {read.article}"]
    made = read.article
    lines = [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in made.text.split("\n")[:_LINES]]
    return [made.title, f"{made.date or 'no day'} · {made.source or 'no source'}", *lines]


def _plain(text: str) -> Text:
    """Text that Rich takes as it is, lines kept, without control characters."""
    return Text("".join(char if char.isprintable() or char == "\n" else " " for char in text))

"""Writes reports as JSON Lines, CSV, Excel or Markdown."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from sqlalchemy import Connection

from crawler.shown import report_row, text_of
from crawler.store.search import Query, count_reports, find_reports

Rows = Iterable[Mapping[str, Any]]

COLUMNS = {
    "date": "发布日期",
    "conference": "会议",
    "held_on": "召开日期",
    "region": "地区",
    "level": "层级",
    "kind": "类型",
    "chair": "主持",
    "speech": "讲话",
    "exchange_units": "交流发言",
    "title": "标题",
    "source": "来源",
    "author": "作者",
    "url": "网址",
}
_EXCEL_CELL = 32_767  # characters, Excel's own limit


def rows(conn: Connection, query: Query, *, batch: int = 200) -> Iterator[dict[str, Any]]:
    """Every report asked for with its text, the latest first."""
    for offset in range(0, count_reports(conn, query), batch):
        for report in find_reports(conn, query, limit=batch, offset=offset):
            yield report_row(report) | text_of(report)


def flat(row: Mapping[str, Any]) -> dict[str, str]:
    """One of these rows as one line of a table, all text."""
    record = row["conference"]

    def names(role: str) -> str:
        return "、".join(person["name"] for person in record["people"] if role in person["roles"])

    values = {
        "date": row["date"],
        "conference": record["name"],
        "held_on": record["held_on"],
        "region": record["region_name"],
        "level": record["level"],
        "kind": record["kind"],
        "chair": names("chair"),
        "speech": names("speech"),
        "exchange_units": "、".join(unit["name"] for unit in record["exchange_units"]),
        "title": row["title_hans"],
        "source": row["source"],
        "author": row["author"],
        "url": row["url"],
    }
    return {name: str(value) if value else "" for name, value in values.items()}


def to_jsonl(rows: Rows, path: Path) -> int:
    """Everything that is known, one JSON object a line. Gives how many."""
    count = 0
    with path.open("w", encoding="utf-8", errors="replace") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
            count += 1
    return count


def to_csv(rows: Rows, path: Path) -> int:
    """A table with a BOM, without which Excel takes Chinese for something else. Gives how many."""
    count = 0
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS.values())
        for row in rows:
            writer.writerow(_harmless(value) for value in flat(row).values())
            count += 1
    return count


def to_xlsx(rows: Rows, path: Path) -> int:
    """An Excel table. Gives how many rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("会议报道")
    sheet.append(list(COLUMNS.values()))
    count = 0
    for row in rows:
        sheet.append([_harmless(ILLEGAL_CHARACTERS_RE.sub(" ", value))[:_EXCEL_CELL] for value in flat(row).values()])
        count += 1
    book.save(path)
    return count


def to_md(rows: Rows, path: Path) -> int:
    """A Markdown table. Gives how many rows."""
    count = 0
    with path.open("w", encoding="utf-8", errors="replace") as out:
        out.write(f"| {' | '.join(COLUMNS.values())} |\n|{'---|' * len(COLUMNS)}\n")
        for row in rows:
            out.write(f"| {' | '.join(_escaped(value) for value in flat(row).values())} |\n")
            count += 1
    return count


WRITERS: Mapping[str, Callable[[Rows, Path], int]] = {
    "jsonl": to_jsonl,
    "csv": to_csv,
    "xlsx": to_xlsx,
    "md": to_md,
}


def _harmless(value: str) -> str:
    """Crawled text is never a formula (OWASP, CSV injection)."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _escaped(value: str) -> str:
    flat_text = " ".join(value.split())
    return "".join(f"\\{char}" if char in "\\|`*_[]<>#" else char for char in flat_text)

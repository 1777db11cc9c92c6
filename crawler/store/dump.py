"""Every row of the store as JSON lines, and back into empty tables, the same on SQLite and PostgreSQL.

A piece is a gzip file: its first line names the columns of one table, each further line is the values of one row.
Moments are ISO 8601 in UTC, bytes are base64. Nothing here knows a table by name, so that a dump of an older schema is
loaded into tables of that schema.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, DateTime, LargeBinary, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import StatementError

from crawler.store.errors import StoreError
from crawler.store.tables import metadata as ours

VERSIONS = "alembic_version"  # Alembic's own table; the archive names the revision itself
PIECE = 4 * 2**20  # bytes of lines after which a piece ends
_MAX_LINE = 256 * 2**20  # bytes; a report's text, its fixes and blocks are far shorter
_ROWS = 500  # in one statement


def dump(conn: Connection) -> Iterator[tuple[str, int, bytes]]:
    """Every table in the order of its foreign keys: its name, how many rows, and the piece; an empty one has none."""
    for table in _tables(conn):
        head = json.dumps([column.name for column in table.columns]).encode() + b"\n"
        lines, size = [head], 0
        for row in conn.execution_options(yield_per=_ROWS).execute(select(table)):
            line = json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":"))
            lines.append(line.encode() + b"\n")
            size += len(lines[-1])
            if size >= PIECE:
                yield table.name, len(lines) - 1, gzip.compress(b"".join(lines), 6)
                lines, size = [head], 0
        if len(lines) > 1:
            yield table.name, len(lines) - 1, gzip.compress(b"".join(lines), 6)


def load(conn: Connection, name: str, piece: BinaryIO) -> int:
    """Insert the rows of a piece into a table. Gives how many.

    Raises StoreError where there is no such table or column, or a value that it does not take.
    """
    if name == VERSIONS or not inspect(conn).has_table(name):
        raise StoreError(f"the archive holds rows of a table {name}, which this store does not have")
    table = Table(name, MetaData(), autoload_with=conn)
    count, rows = 0, []
    try:
        lines = _lines(piece)
        columns = [table.columns[column] for column in json.loads(next(lines, b"[]"))]
        readers = [_reader(column.type, conn.dialect.name) for column in columns]
        names = [column.name for column in columns]
        for line in lines:
            values = zip(names, readers, json.loads(line), strict=True)
            rows.append({column: None if value is None else read(value) for column, read, value in values})
            if len(rows) == _ROWS:
                count += _insert(conn, table, rows)
                rows = []
        return count + _insert(conn, table, rows)
    except (ValueError, TypeError, KeyError, RecursionError, EOFError, OSError, zlib.error, StatementError) as error:
        raise StoreError(f"the archive's rows of {name} cannot be read ({type(error).__name__})") from None


def go_on_numbering(conn: Connection) -> None:
    """Let PostgreSQL number new rows behind those that were loaded; SQLite does so by itself."""
    if conn.dialect.name != "postgresql":
        return
    for table in _tables(conn):
        last = conn.scalar(select(func.max(table.c.id))) if "id" in table.columns else None
        if isinstance(last, int):  # a run's id is text
            sequence = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            conn.execute(sequence, {"name": table.name, "last": last})


def is_empty(conn: Connection) -> bool:
    """True where none of our tables holds a row."""
    return all(conn.execute(select(table).limit(1)).first() is None for table in _tables(conn))


def clear(conn: Connection) -> None:
    """Drop our tables. Raises StoreError where others remain in the database."""
    found = MetaData()
    found.reflect(conn, only=lambda name, _: name in ours.tables or name == VERSIONS)
    found.drop_all(conn)
    if inspect(conn).get_table_names():
        raise StoreError("the database holds other tables too; name one that is empty or Huixun's own")


def _tables(conn: Connection) -> list[Table]:
    """Ours, as the database has them, so that columns hold what it holds and not what the program makes of it."""
    found = MetaData()
    found.reflect(conn, only=lambda name, _: name in ours.tables)
    return found.sorted_tables


def _insert(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    if rows:
        conn.execute(insert(table), rows)
    return len(rows)


def _lines(piece: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=piece) as lines:
        while line := lines.readline(_MAX_LINE):
            if len(line) == _MAX_LINE:
                raise ValueError("a line without an end")
            yield line


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _reader(kind: Any, dialect: str) -> Any:
    if isinstance(kind, DateTime):
        return _moment if dialect == "postgresql" else lambda value: _moment(value).replace(tzinfo=None)
    if isinstance(kind, LargeBinary):
        return lambda value: base64.b64decode(value, validate=True)
    return lambda value: value


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)

"""Opens the store on SQLite or PostgreSQL and hands out its two kinds of transaction: to write and to read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from crawler.store.errors import StoreError

BUSY_SECONDS = 30  # how long a writer waits for the one before it
_CACHE_KB = 32_000
_PAGE_BYTES = 2048  # half of SQLite's own: a commit writes the many pages on which fingerprints lie whole
_LOG_PAGES = 20_000  # 40 MB
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class Store:
    """An open store. Every query function of this package takes a connection that one of its two methods gave."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction that may write: committed at the end, rolled back by an exception.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so what it reads cannot change under it.
        """
        with self._transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that sees one state of the store and cannot write."""
        with self._transaction(writes=False) as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        """Raises StoreError where the store cannot be reached, now or in the middle (disk full, server gone)."""
        try:
            with self.engine.connect().execution_options(**self._options(writes)) as connection, connection.begin():
                yield connection
        except OperationalError as error:
            raise explained(error, self.engine.url) from error

    def _options(self, writes: bool) -> dict[str, Any]:
        if self.engine.dialect.name != "postgresql" or writes:
            return {"huixun_writes": writes}
        # Left to itself PostgreSQL shows each statement another state.
        return {"huixun_writes": False, "postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


def parse_url(url: str) -> URL:
    """The SQLAlchemy URL with our driver in it. Raises StoreError for anything but SQLite files and PostgreSQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("the store's address is no URL; write sqlite:////path/huixun.db or postgresql://…") from None
    driver = _DRIVERS.get(parsed.drivername.partition("+")[0])
    if driver is None:
        raise StoreError(f"the store cannot be kept in {parsed.drivername}; use a sqlite:// or postgresql:// address")
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise StoreError(
            "a store in memory cannot be shared by the crawl and the watcher; name a file: sqlite:////path"
        )
    return parsed.set(drivername=driver)


def connect(url: URL) -> Engine:
    """An engine that keeps the rules of this store. Opens nothing yet."""
    if url.drivername.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10}, hide_parameters=True)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions by itself, and too late
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    # A report's fingerprints lie on some eighty pages all over their index. SQLite's own limits (2 MB of memory, the
    # log carried over at every 4 MB) would read most of them again, and make one commit in twelve wait for the disk.
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("huixun_writes", True)
    if connection.info.get("huixun_writes") != writes:  # what the transaction before asked for still holds
        connection.exec_driver_sql(f"PRAGMA query_only = {int(not writes)}")
        connection.info["huixun_writes"] = writes
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def prepare_file(url: URL) -> None:
    """Make the SQLite file's folder and turn WAL on, so that readers and the writer do not wait for each other.

    Raises StoreError where the folder or file cannot be used.
    """
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {path.parent} cannot be made ({error.strerror}); name another place") from None
    if path.is_dir():
        raise StoreError(f"{path} is a folder; name a file in it")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise StoreError(f"{path} cannot be written; give this user the right to write it and its folder")
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a file that is new
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _explained_sqlite(str(error), path) from None


def lock(connection: Connection, name: str) -> None:
    """Let one transaction at a time past this point, until it ends. A write transaction of SQLite already is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"huixun.{name}"})


def explained(error: DBAPIError, url: URL) -> StoreError:
    """The plain sentence for a driver's error. Never holds a password."""
    if url.drivername.startswith("sqlite"):
        return _explained_sqlite(str(error.orig), Path(str(url.database)))
    place = url.render_as_string(hide_password=True)
    said = str(error.orig).strip().splitlines()
    reason = said[0].strip() if said else type(error.orig).__name__
    if url.password:
        reason = reason.replace(str(url.password), "***")
    if isinstance(error, OperationalError):
        return StoreError(
            f"PostgreSQL at {place} cannot be reached; check that it runs and the address is right: {reason}"
        )
    return StoreError(f"the store {place} cannot be used: {reason}")


def _explained_sqlite(reason: str, path: Path) -> StoreError:
    if "not a database" in reason:
        return StoreError(f"{path} is not a Huixun store (no SQLite database); move it away or name another file")
    if "malformed" in reason:
        return StoreError(f"{path} is damaged; restore it from a backup (`huixun db restore`)")
    if "locked" in reason or "busy" in reason:
        return StoreError(
            f"{path} was held by another program for {BUSY_SECONDS} seconds; stop that program, then try again"
        )
    return StoreError(f"{path} cannot be opened: {reason}; check the disk and the rights on its folder")

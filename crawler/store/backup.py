"""Puts the store and the WARC files into one archive while the watch goes on, and builds a new home from it.

The rows are read in one transaction; the WARC files are copied after it began, so every page that a row names is among
the bytes. A restore is built aside and moved into its place at the end; until it is done, `restoring` lies in the home,
and nothing else runs there.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from crawler.config import RESTORING
from crawler.store import archive, dump, schema
from crawler.store.archive import SNAPSHOT, ArchiveReader, ArchiveWriter, Manifest, Progress
from crawler.store.engine import Store, connect, explained, lock, parse_url, prepare_file
from crawler.store.errors import StoreError


def back_up(
    store: Store, snapshots: Path | None, path: Path, *, now: datetime, progress: Progress = lambda _what, _count: None
) -> Manifest:
    """Write an archive of the store, and of the WARC files in ``snapshots`` unless that is None.

    Raises StoreError where it cannot be written or the store not be read; then there is no file of that name.
    """
    rows: Counter[str] = Counter()
    try:
        with ArchiveWriter(path) as writer:
            with store.read() as conn:
                for number, (table, count, piece) in enumerate(dump.dump(conn)):
                    writer.add(f"store/{table}/{number:05d}.jsonl.gz", BytesIO(piece), len(piece))
                    rows[table] += count
                    progress("rows", count)
            for file in sorted(snapshots.iterdir()) if snapshots and snapshots.is_dir() else ():
                if file.is_file() and SNAPSHOT.fullmatch(name := f"snapshots/{file.name}"):
                    with file.open("rb") as data:
                        size = os.fstat(data.fileno()).st_size  # what is written from now on is not in the rows either
                        writer.add(name, data, size)
                        progress("bytes", size)
            return writer.finish(made_at=now.isoformat(), revision=schema.newest(), rows=dict(rows))
    except OSError as error:
        raise StoreError(f"the backup {path} cannot be written ({error.strerror or error})") from None


def verify(path: Path, *, progress: Progress = lambda _what, _count: None) -> Manifest:
    """What an archive holds, once it was read whole and its checksums fit. Raises StoreError."""
    try:
        with path.open("rb") as file:
            return archive.check(path, file, progress).manifest
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror})") from None


def restore(
    path: Path,
    *,
    home: Path,
    store_url: str,
    now: datetime,
    replace: bool = False,
    progress: Progress = lambda _what, _count: None,
) -> Manifest:
    """Build the home and the store at ``store_url`` from an archive, which is checked first.

    What is there already stays and StoreError is raised, unless ``replace``: then files go to ``home/replaced-…`` and
    the tables of a PostgreSQL store are dropped. Killed in the middle it leaves ``home/restoring``; run it again.
    """
    url = parse_url(store_url)
    try:
        with path.open("rb") as file:
            reader = archive.check(path, file, progress)
            aside = home / RESTORING
            if not replace and not aside.exists() and not _is_free(home, store_url):
                raise StoreError(f"{home} and its store are in use; name another `home`, or say --replace")
            shutil.rmtree(aside, ignore_errors=True)
            (aside / "snapshots").mkdir(parents=True)
            archive.sync_folder(home)
            built = _built(url) if url.drivername.startswith("sqlite") else url
            _build(reader, built, aside / "snapshots", progress)
            _move_in(home, url, built, now)
            return reader.manifest
    except OSError as error:
        raise StoreError(f"{path} cannot be restored into {home} ({error.strerror or error})") from None


def _is_free(home: Path, store_url: str) -> bool:
    snapshots = home / "snapshots"
    if snapshots.is_dir() and any(snapshots.iterdir()):
        return False
    if schema.revision(store_url) is None:
        return True
    with closing(Store(connect(parse_url(store_url)))) as store, store.read() as conn:
        return dump.is_empty(conn)


def _built(url: URL) -> URL:
    """Beside the SQLite file's place, where a rename is enough to bring it there."""
    final = Path(str(url.database))
    for leftover in _files_of(final.with_name(f"{final.name}.{RESTORING}")):
        leftover.unlink(missing_ok=True)
    built = url.set(database=f"{final}.{RESTORING}")
    prepare_file(built)
    return built


def _build(reader: ArchiveReader, url: URL, snapshots: Path, progress: Progress) -> None:
    """Tables of the archive's own revision, its rows, then the revision of today: one transaction."""
    with closing(Store(connect(url))) as store:
        try:
            with store.begin() as conn:
                lock(conn, "upgrade")
                dump.clear(conn)
                schema.migrate(conn, reader.manifest.revision)
                _fill(conn, reader, snapshots, progress)
                dump.go_on_numbering(conn)
                schema.migrate(conn)
        except DBAPIError as error:
            raise explained(error, url) from None


def _fill(conn: Connection, reader: ArchiveReader, snapshots: Path, progress: Progress) -> None:
    rows: Counter[str] = Counter()
    for name, data in reader.members():
        if found := archive.ROWS.fullmatch(name):
            count = dump.load(conn, found[1], data)
            rows[found[1]] += count
            progress("rows", count)
        elif found := SNAPSHOT.fullmatch(name):
            archive.copy(data, snapshots / found[1], progress)
    if +rows != Counter(reader.manifest.rows):
        raise StoreError(f"{reader.path} does not hold the rows that its manifest counts; take another backup")


def _move_in(home: Path, url: URL, built: URL, now: datetime) -> None:
    """Renames only; what was there goes aside first, the old log before its file, lest the new file took it for its."""
    final, fresh = Path(str(url.database)), Path(str(built.database))
    old = [home / "snapshots", *(_files_of(final) if built != url else ())]
    if present := [path for path in old if path.exists()]:
        away = home / f"replaced-{now:%Y%m%d-%H%M%S}"
        away.mkdir(exist_ok=True)
        for path in present:
            os.replace(path, _unused(away / path.name))
    archive.sync_folder(home / RESTORING / "snapshots")
    (home / RESTORING / "snapshots").rename(home / "snapshots")
    if built != url:
        _to_disk(fresh)
        fresh.rename(final)
        archive.sync_folder(final.parent)
    archive.sync_folder(home)
    (home / RESTORING).rmdir()
    archive.sync_folder(home)


def _files_of(database: Path) -> list[Path]:
    """A SQLite file with its log and the log's index."""
    return [database.with_name(f"{database.name}{ending}") for ending in ("-wal", "-shm", "")]


def _to_disk(database: Path) -> None:
    """Carry the log over into the file, so that the file alone is the store."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with suppress(FileNotFoundError):
        for leftover in _files_of(database)[:2]:
            leftover.unlink()
    with database.open("rb") as file:
        os.fsync(file.fileno())


def _unused(path: Path) -> Path:
    """The path, or one like it where nothing is."""
    number, free = 1, path
    while os.path.lexists(free):
        number, free = number + 1, path.with_name(f"{path.name}.{number}")
    return free

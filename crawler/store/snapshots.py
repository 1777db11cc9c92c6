"""Keeps the bytes of every fetched page in WARC files, one gzip member a page, and finds them again.

File names come from the program and never from a page; a page's address stands inside the record only.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from attrs import evolve
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.items import Page, SnapshotRef
from crawler.store import warc
from crawler.store.errors import StoreError

FULL = 512 * 2**20  # bytes; the next page opens another file
_NAME = re.compile(r"[\w.-]{1,200}", re.ASCII)
_DAMAGED = (ArchiveLoadFailed, EOFError, OSError, ValueError, KeyError, AttributeError, zlib.error)


class SnapshotWriter:
    """Writes pages into files of its own, ``name-00000.warc.gz`` and on; opens none before the first page."""

    def __init__(self, folder: Path, name: str) -> None:
        """Raises ValueError for a name that is more than letters, digits, dots and dashes."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"no name for a snapshot file: {name!r}")
        self._folder = folder
        self._name = name
        self._number = 0
        self._file: BinaryIO | None = None

    def write(self, page: Page) -> SnapshotRef:
        """Keep a page. From the return on its bytes survive the death of this process.

        Raises StoreError where the folder cannot be written or the disk is full.
        """
        member, record_id = warc.member(page)
        try:
            file = self._ready()
            offset = file.tell()
            _write_all(file, member)
        except OSError as error:
            self._abandon()
            raise StoreError(f"{self._folder} cannot be written ({error.strerror}); mend that, then go on") from None
        return SnapshotRef(
            id=record_id, file=Path(file.name).name, offset=offset, sha256=hashlib.sha256(page.body).hexdigest()
        )

    def close(self) -> None:
        """Bring everything to the disk."""
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _abandon(self) -> None:
        """Go on in another file: what follows a torn member could not be read."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _ready(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= FULL:
            self.close()
        while self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{self._name}-{self._number:05d}.warc.gz"
            self._number += 1
            try:
                self._file = path.open("xb", buffering=0)
            except FileExistsError:
                continue  # a writer that was killed may have left a torn member at its end
            _write_all(self._file, warc.information(path.name))
        return self._file


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Past every buffer of this process, so that a kill right after loses nothing."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def read_snapshot(folder: Path, ref: SnapshotRef) -> Page:
    """The page that was kept. Raises StoreError where it is not there or is not what was kept."""
    path = folder / ref.file
    if path.parent.resolve() != folder.resolve():
        raise StoreError(f"the snapshot {ref.file} lies outside of {folder}; nothing is read from there")
    try:
        with path.open("rb") as file:
            file.seek(ref.offset)
            record = next(iter(ArchiveIterator(file)), None)
            page = warc.page(record) if record is not None else None
    except _DAMAGED as error:
        raise StoreError(f"the snapshot {path} cannot be read ({error}); restore it from a backup") from None
    if page is None or hashlib.sha256(page.body).hexdigest() != ref.sha256:
        raise StoreError(f"the snapshot {path} is not what was kept at {ref.offset}; restore it from a backup")
    return evolve(page, snapshot=ref)


def pages_of(path: Path) -> Iterator[Page]:
    """Every page of a WARC file, ours or any crawler's. Raises StoreError where it is none, or its end is torn off.

    What stands before a torn end was given by then.
    """
    records = 0
    try:
        with path.open("rb") as file:
            archive = ArchiveIterator(file)
            for record in archive:
                if record.rec_headers.get_header("Content-Length") is None:
                    raise EOFError("its last record is torn")
                page = warc.page(record)
                records += 1
                if page is not None:
                    yield page
            if archive.offset < file.seek(0, os.SEEK_END):  # a header that is cut in two ends it in silence
                raise EOFError("its last record is torn")
    except _DAMAGED as error:
        if not records:
            raise StoreError(f"{path} cannot be read as a WARC file ({error})") from None
        raise StoreError(f"{path} is cut off or damaged behind record {records}; what stands before was read") from None

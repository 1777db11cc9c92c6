"""The file that a backup is: a tar of named members with a manifest of their checksums behind them.

The manifest is written last and the file gets its name only then, so whatever has a name is whole; what was cut off or
changed later is found by its checksums. Members are read one after the other and never unpacked by their names.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self

from attrs import frozen
from pydantic import BaseModel, ConfigDict, ValidationError

from crawler.store.errors import StoreError

FORMAT = 1
MANIFEST = "manifest.json"
ROWS = re.compile(r"store/([a-z_]{1,60})/[0-9]{5,9}\.jsonl\.gz")
SNAPSHOT = re.compile(r"snapshots/([A-Za-z0-9_][A-Za-z0-9_.-]{0,199}\.warc\.gz)")
_MAX_MANIFEST = 2**28  # bytes
_PIECE = 2**20
_DAMAGED = (tarfile.TarError, EOFError, OSError, ValueError, OverflowError)

Progress = Callable[[Literal["rows", "bytes"], int], None]  # that many more are done


class Member(BaseModel):
    """One file in the archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What an archive holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1]
    made_at: str  # ISO 8601
    revision: str  # of the store's tables
    rows: dict[str, int]  # by table
    members: dict[str, Member]

    @property
    def snapshots(self) -> int:
        """How many WARC files there are."""
        return sum(name.startswith("snapshots/") for name in self.members)

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.bytes for member in self.members.values())


class ArchiveWriter:
    """Writes an archive beside its place and gives it its name at the end; nothing has that name before."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError where something is there already, or the folder cannot be written."""
        if os.path.lexists(path):
            raise StoreError(f"{path} is there already; name another file")
        self._path = path
        self._members: dict[str, dict[str, Any]] = {}
        try:
            number, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)  # mode 0600
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be written ({error.strerror}); name another folder") from None
        self._part = Path(name)
        self._file = os.fdopen(number, "wb")
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, name: str, data: BinaryIO, size: int) -> None:
        """Add ``size`` bytes of what is read. Raises OSError, also where there are fewer."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        counted = _Hashing(data)
        self._tar.addfile(info, counted)  # type: ignore[arg-type]  # it is only read from
        self._members[name] = {"bytes": size, "sha256": counted.hash.hexdigest()}

    def finish(self, **facts: Any) -> Manifest:
        """Write the manifest, bring everything to the disk, and give the file its name."""
        manifest = Manifest.model_validate({"format": FORMAT, "members": self._members} | facts)
        data = manifest.model_dump_json().encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(data), 0o600
        self._tar.addfile(info, BytesIO(data))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._path)
        sync_folder(self._path.parent)
        return manifest

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        finally:  # a full disk is told again by closing
            self._part.unlink(missing_ok=True)


class _Hashing:
    def __init__(self, data: BinaryIO) -> None:
        self._data = data
        self.hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._data.read(size)
        self.hash.update(piece)
        return piece


@frozen
class ArchiveReader:
    """An archive that was read once, from its first byte to its last, and found whole."""

    path: Path
    manifest: Manifest
    _file: BinaryIO

    def members(self) -> Iterator[tuple[str, BinaryIO]]:
        """Every member but the manifest, in their order. Raises StoreError."""
        try:
            for info, data in _members(self._file):
                if info.name != MANIFEST:
                    yield info.name, data
        except _DAMAGED as error:
            raise StoreError(f"{self.path} cannot be read ({error})") from None


def check(path: Path, file: BinaryIO, progress: Progress) -> ArchiveReader:
    """Read a whole archive and compare it with its manifest.

    Raises StoreError where it is no archive of ours, was cut off or changed, or holds what none of ours holds.
    """
    found: dict[str, Member] = {}
    manifest = None
    try:
        for info, data in _members(file):
            if info.name in found or manifest is not None:
                raise StoreError(f"{path} holds {info.name!r} where no backup has it; it was changed")
            if info.name == MANIFEST:
                manifest = Manifest.model_validate_json(data.read(_MAX_MANIFEST))
            else:
                found[info.name] = _hashed(data, progress)
    except ValidationError:
        raise StoreError(f"the manifest of {path} is of another Huixun, or no manifest") from None
    except _DAMAGED as error:
        raise StoreError(f"{path} is no backup, or was cut off ({error})") from None
    if manifest is None:
        raise StoreError(f"{path} is no whole backup: it has no manifest at its end")
    for name in found.keys() | manifest.members.keys():
        if found.get(name) != manifest.members.get(name):
            raise StoreError(f"{path} is damaged: {name} is not what was backed up; take another backup")
    return ArchiveReader(path, manifest, file)


def copy(data: BinaryIO, to: Path, progress: Progress) -> None:
    """Write what is read into a new file, down to the disk. Raises OSError."""
    with to.open("xb") as out:
        while piece := data.read(_PIECE):
            out.write(piece)
            progress("bytes", len(piece))
        out.flush()
        os.fsync(out.fileno())


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _members(file: BinaryIO) -> Iterator[tuple[tarfile.TarInfo, BinaryIO]]:
    """Plain files with names that backups have. Raises StoreError for anything else."""
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as tar:
        while (info := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it would remember every one of them
            is_ours = info.name == MANIFEST or ROWS.fullmatch(info.name) or SNAPSHOT.fullmatch(info.name)
            data = tar.extractfile(info) if info.isreg() and not info.issparse() and is_ours else None
            if data is None:
                raise StoreError(f"the archive holds {info.name[:200]!r}, which no backup does; nothing was restored")
            yield info, data  # type: ignore[misc]  # a buffered reader is a BinaryIO


def _hashed(data: BinaryIO, progress: Progress) -> Member:
    whole, size = hashlib.sha256(), 0
    while piece := data.read(_PIECE):
        whole.update(piece)
        size += len(piece)
        progress("bytes", len(piece))
    return Member(bytes=size, sha256=whole.hexdigest())

"""Values of items.py to JSON and back, as the store keeps them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import attrs

from crawler.items import Attachment, Conference, ExchangeUnit, Fix, Person, Provenance, SnapshotRef, SpamBlock, Span
from crawler.store.types import storable

T = TypeVar("T", Fix, SpamBlock, Attachment)
PACKED = 8  # bytes of a fingerprint


def dump(value: attrs.AttrsInstance) -> dict[str, Any]:
    """A value as JSON has it."""
    return attrs.asdict(value)


def conference(data: Mapping[str, Any]) -> Conference:
    """A conference from its JSON."""
    made = {
        "people": tuple(
            Person(name=person["name"], titles=tuple(person["titles"]), roles=tuple(person["roles"]))
            for person in data["people"]
        ),
        "exchange_units": tuple(ExchangeUnit(**unit) for unit in data["exchange_units"]),
        "spans": tuple(Span(**span) for span in data["spans"]),
    }
    return Conference(**(_tuples(data) | made))


def provenance(data: Mapping[str, Any]) -> Provenance:
    """A provenance from its JSON."""
    return Provenance(**_tuples(data))


def several(kind: type[T], rows: Sequence[Mapping[str, Any]]) -> tuple[T, ...]:
    """Fixes, spam blocks or attachments from their JSON."""
    return tuple(kind(**_tuples(row)) for row in rows)


def snapshot_columns(snapshot: SnapshotRef | None) -> dict[str, Any]:
    """The four columns that say where the bytes lie."""
    return {
        "snapshot_id": snapshot.id if snapshot else None,
        "snapshot_file": snapshot.file if snapshot else None,
        "snapshot_offset": snapshot.offset if snapshot else None,
        "snapshot_sha256": snapshot.sha256 if snapshot else None,
    }


def snapshot(row: Mapping[Any, Any]) -> SnapshotRef | None:
    """Where the bytes lie, from those four columns."""
    if row["snapshot_id"] is None:
        return None
    return SnapshotRef(
        id=row["snapshot_id"],
        file=row["snapshot_file"],
        offset=row["snapshot_offset"],
        sha256=row["snapshot_sha256"],
    )


def as_kept(value: Any) -> Any:
    """A column's value as it would come back from the store."""
    if isinstance(value, str):
        return storable(value)
    return json.loads(storable(json.dumps(value, ensure_ascii=False))) if isinstance(value, dict | list) else value


def pack(numbers: Sequence[int]) -> bytes:
    """Fingerprints as bytes."""
    return struct.pack(f"<{len(numbers)}q", *numbers)


def unpack(packed: bytes) -> tuple[int, ...]:
    """Fingerprints from bytes."""
    return struct.unpack(f"<{len(packed) // PACKED}q", packed)


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows lists only; the values hold tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}

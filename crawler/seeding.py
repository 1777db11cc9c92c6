"""Writes rows into the catalogue's files: whole or not at all, and never a file that the catalogue cannot read."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from crawler.catalog import Catalog, Site, load

_BY_LEVEL = {"national": "national.toml", "school": "schools.toml", "media": "media.toml"}
_KEY = re.compile(r"\s*([a-z_.]+)\s*=")
_MAX_LINES = 200  # of one value


class SeedError(Exception):
    """A row cannot be written; the message says why in one sentence."""


def file_of(folder: Path, site_id: str) -> Path | None:
    """The file that holds a site's row; None where none does."""
    for path in sorted(folder.rglob("*.toml")):
        try:
            rows = tomllib.loads(path.read_text("utf-8-sig")).get("site", [])
        except (OSError, ValueError):
            continue
        if isinstance(rows, list) and any(isinstance(row, dict) and row.get("id") == site_id for row in rows):
            return path
    return None


def home_of(folder: Path, site: Site) -> Path:
    """The file that a new row belongs into: its province's, or that of national sites, schools or media."""
    if name := _BY_LEVEL.get(site.level):
        return folder / name
    own = sorted(folder.glob(f"{site.region[:2]}-*.toml"))
    return own[0] if own else folder / f"{site.region[:2]}-{site.id.partition('-')[0]}.toml"


def add(folder: Path, path: Path, site: Site) -> None:
    """Append a row to a file, which need not be there yet. Raises SeedError; the file is then as it was."""
    with _alone(folder):
        old = _read(path)
        text = f"{old.rstrip()}\n\n{row(site)}" if old.strip() else row(site)
        _replace(folder, path, text, site)


def change(folder: Path, path: Path, site: Site) -> None:
    """Write anew those lines of a row that say something else now; comments, order and other rows stay.

    Raises SeedError; the file is then as it was.
    """
    with _alone(folder):
        before = load(folder).by_id[site.id]
        lines = _read(path).split("\n")  # not splitlines: strings may hold other breaks
        heads = [number for number, line in enumerate(lines) if line.partition("#")[0].strip() == "[[site]]"]
        for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
            if _id(lines[start:end]) == site.id:
                block = _edited(lines[start:end], _statements(before), _statements(site))
                _replace(folder, path, "\n".join([*lines[:start], *block, *lines[end:]]), site)
                return
    raise SeedError(f"the row of {site.id} is written in {path} in a way that only a person can change")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one command at a time change the catalogue. Raises SeedError where the folder cannot be opened."""
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise SeedError(f"{folder} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def row(site: Site) -> str:
    """A site as the text of its row, in the order in which people write it; what is as by default is left out."""
    return "\n".join(["[[site]]", *_statements(site).values()]) + "\n"


def facts(site: Site) -> dict[str, Any]:
    """What a row has to say of a site: what is not as by default, as TOML and JSON take it."""
    every = site.model_dump(exclude_defaults=True, mode="json")
    return {name: value for name, value in every.items() if value not in ({}, [], None)}


def _statements(site: Site) -> dict[str, str]:
    """The lines of a row by their keys: id → id = "gx-jyt"."""
    flat: dict[str, Any] = {}
    for name, value in facts(site).items():
        flat |= {f"selectors.{key}": text for key, text in value.items()} if name == "selectors" else {name: value}
    return {name: f"{name} = {_value(value)}" for name, value in flat.items()}


def _value(value: Any) -> str:
    """A value, the parts of a longer list each on a line of its own."""
    if isinstance(value, list) and (len(value) > 1 or isinstance(value[0], dict)):
        return "[\n" + "".join(f"    {_inline(one)},\n" for one in value) + "]"
    return _inline(value)


def _inline(value: Any) -> str:
    """A value as TOML; JSON's strings, numbers and booleans are TOML's too, but for one character."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _id(block: list[str]) -> str | None:
    try:
        return str(tomllib.loads("\n".join(block))["site"][0]["id"])
    except (tomllib.TOMLDecodeError, KeyError):
        return None


def _edited(block: list[str], old: dict[str, str], new: dict[str, str]) -> list[str]:
    """A row's lines with what changed in the place of what it was, and what is new behind the last of them."""
    spans = _spans(block)
    last = max((end for _, end in spans.values()), default=len(block))
    changed = [name for name in old | new if old.get(name) != new.get(name)]
    edits = [(*spans.get(name, (last, last)), new.get(name)) for name in changed]
    made = list(block)
    for start, end, text in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        made[start:end] = text.split("\n") if text is not None else []
    return made


def _spans(block: list[str]) -> dict[str, tuple[int, int]]:
    """Where in a row's lines each key with its value stands: from, and up to."""
    spans, done = {}, 0
    for start, line in enumerate(block):
        found = _KEY.match(line)
        if start < done or not found:
            continue
        for end in range(start + 1, min(start + _MAX_LINES, len(block)) + 1):
            with suppress(tomllib.TOMLDecodeError):
                tomllib.loads("\n".join(block[start:end]))
                spans[found[1]], done = (start, end), end
                break
    return spans


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SeedError(f"{path} cannot be read: {error}") from None


def _replace(folder: Path, path: Path, text: str, site: Site) -> None:
    """Read the catalogue with the new text in the file's place; only if the row stands there, replace the file."""
    before = load(folder)
    with tempfile.TemporaryDirectory() as name:
        trial = Path(name) / "sites"
        try:
            shutil.copytree(folder, trial)
            copy = trial / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, "utf-8")
        except (OSError, shutil.Error) as error:
            raise SeedError(f"{folder} cannot be copied: {error}") from None
        _refuse_damage(before, load(trial), site)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SeedError(f"{path} cannot be written: {error.strerror}") from None


def _refuse_damage(before: Catalog, after: Catalog, site: Site) -> None:
    others = {one.id: one for one in before.sites if one.id != site.id}
    if after.by_id.get(site.id) != site or {one.id: one for one in after.sites if one.id != site.id} != others:
        new = [str(one) for one in after.problems if one not in before.problems]
        raise SeedError(
            f"the row of {site.id} would not be read as it is: {'; '.join(new) or 'other rows would change'}"
        )

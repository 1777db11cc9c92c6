"""Cuts the given documents into the parts that a page template needs, and reads the everyday items."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from attrs import field, frozen

from crawler.hans import to_hans
from crawler.replica.values import GivenText, Item


@frozen(kw_only=True)
class Text:
    """What a page has to say, whatever it looks like."""

    title: str
    body: tuple[str, ...]  # paragraphs
    source: str = ""
    author: str = ""
    label: str = ""
    parts: dict[str, tuple[str, ...]] = field(factory=dict, repr=False)  # every named part of a given document


def read_toml(path: Path) -> dict[str, Any]:
    """The table of a TOML file. Raises ValueError with the file's name where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None


def read_documents(description: Path, folder: Path) -> dict[str, Text]:
    """The given texts by key, cut as `documents.toml` says; none where that file does not stand."""
    if not description.is_file():
        return {}
    rows = read_toml(description)
    return {key: _cut(GivenText.model_validate(row), folder) for key, row in rows.items()}


def _cut(given: GivenText, folder: Path) -> Text:
    lines = (folder / given.file).read_text("utf-8").split("\n")
    parts: dict[str, tuple[str, ...]] = {}
    for name, part in given.part.items():
        chosen = [line for first, last in part.lines for line in lines[first - 1 : last]]
        if part.split:
            chosen = [piece for line in chosen for piece in line.split(part.split)]
        parts[name] = tuple(_mended(line, given) for line in chosen if line.strip())
    return Text(
        title=parts[given.title][0].strip(),
        body=parts[given.body],
        source=given.source,
        author=given.author,
        label=given.label,
        parts=parts,
    )


def _mended(line: str, given: GivenText) -> str:
    if given.strip:
        line = re.sub(given.strip, "", line)
    for old, new in given.replace:
        line = line.replace(old, new)
    return to_hans(line) if given.hans else line


def read_items(folder: Path) -> tuple[Item, ...]:
    """All `[[item]]` rows below a folder, in the order of the file names; none where the folder does not stand."""
    return tuple(
        Item.model_validate(row) for path in sorted(folder.glob("*.toml")) for row in read_toml(path).get("item", [])
    )


def text_of(item: Item, values: dict[str, str]) -> Text:
    """The text of an item with its {place}, {month} … filled in. Raises KeyError for a name that is not known."""
    return Text(
        title=item.title.format_map(values),
        body=tuple(paragraph.format_map(values) for paragraph in item.body),
        source=item.source.format_map(values),
        author=item.author,
    )

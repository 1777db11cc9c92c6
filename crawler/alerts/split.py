"""Cuts a long text into pieces that a robot takes: between paragraphs, else lines, never inside a character. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

BORDERS = ("\n\n", "\n", "")


def size(text: str) -> int:
    """How many bytes a text takes in JSON as UTF-8, quotes left out; never less than in plain UTF-8."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def split(text: str, limit: int, *, most: int) -> list[str]:
    """At most `most` pieces of at most `limit` bytes each; what does not fit is cut off and ends in "…"."""
    parts: list[str] = []
    held, held_size = "", 0
    for piece in _pieces(text, limit, BORDERS):
        if held and held_size + _bare(piece) > limit:
            parts.append(held)
            held, held_size = "", 0
        held, held_size = held + piece, held_size + size(piece)
    parts = [part for part in (one.strip("\n") for one in [*parts, held]) if part]
    if len(parts) <= most:
        return parts
    last = next(_pieces(parts[most - 1], limit - size("…"), BORDERS))
    return [*parts[: most - 1], last.rstrip("\n") + "…"]


def _bare(text: str) -> int:
    """The size without the line breaks at the end, which no part keeps."""
    return size(text.rstrip("\n"))


def _pieces(text: str, limit: int, borders: Sequence[str]) -> Iterator[str]:
    """Pieces that each fit, as large as their border allows; put together they are the text."""
    if _bare(text) <= limit:
        yield text
    elif not borders[0]:
        yield from _runs(text, limit)
    else:
        *parts, last = text.split(borders[0])
        for part in [*(part + borders[0] for part in parts), last]:
            yield from _pieces(part, limit, borders[1:])


def _runs(text: str, limit: int) -> Iterator[str]:
    start = used = 0
    for place, char in enumerate(text):
        bytes_ = size(char)
        if used + bytes_ > limit and place > start:
            yield text[start:place]
            start, used = place, 0
        used += bytes_
    yield text[start:]

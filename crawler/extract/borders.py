"""Cuts a line where inline elements meet: minified templates print date, source and author without a blank between.

Only lines that may hold facts are read in such parts; in running text elements cut words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")
_ENDING = re.compile(r"\s?(?:日报|日報|晚报|晚報|新闻网|新聞網|教育局|电视台|電視台|网|網|报|報|社|局|台)\s?")


def cut(pieces: Sequence[str]) -> tuple[str, ...]:
    """The text of a line in the parts that a reader sees apart: cut at its empty pieces.

    A single letter beside a border is a word spread over elements, 作 者, and stays with its neighbour; so does the
    mere end of an organ's name, 某某 日报.
    """
    parts: list[str] = []
    meets = False
    for piece in pieces:
        if not piece:
            meets = True
            continue
        piece = _SPACE.sub(" ", piece)
        before = parts[-1] if parts else ""
        one = (
            _ENDING.fullmatch(piece) or (len(before) == 1 and before.isalpha()) or (len(piece) == 1 and piece.isalpha())
        )
        if not parts or (meets and not one):
            parts.append(piece)
        else:
            parts[-1] += piece
        meets = False
    return tuple(part for part in (part.strip() for part in parts) if part)

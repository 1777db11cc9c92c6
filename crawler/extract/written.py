"""Reads what an inline script would write into the page, as far as it is plain text, without running it.

Several government templates print the source, and some the attachments, by ``document.write``.
"""

from __future__ import annotations

import re

_CALL = re.compile(r"document\.write(?:ln)?\s*\(([^;]{1,400}?)\)\s*(?:;|\}|$|\n)")
_ASSIGNED = re.compile(r"""\b(\w{1,40})\s{0,5}=\s{0,5}(?:"([^"\n]{0,200})"|'([^'\n]{0,200})')""")
_PIECE = re.compile(r"""\s*(?:"([^"\n]*)"|'([^'\n]*)'|(\w{1,40})(?:\.\w{1,20}\(\))?)\s*(\+|$)""")
_TAG = re.compile(r"<[^<>]{0,500}>")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CODE = re.compile(r"[<>={}]|https?:")  # advertisements are written in pieces of markup
_MAX_SCRIPT = 8_000
_MAX_WRITTEN = 300


def written(script: str | None) -> str:
    """The text that the ``document.write`` calls of a script print, tags left out; "" where that cannot be told."""
    if not script or len(script) > _MAX_SCRIPT or "document.write" not in script or not _HAN.search(script):
        return ""
    known = {match[1]: match[2] or match[3] or "" for match in _ASSIGNED.finditer(script)}
    texts = [_joined(call[1], known) for call in _CALL.finditer(script)]
    text = _TAG.sub("", "".join(texts))
    return text if len(text) <= _MAX_WRITTEN and _HAN.search(text) and not _CODE.search(text) else ""


def _joined(expression: str, known: dict[str, str]) -> str:
    """The value of literals and known names joined by +; "" where anything else takes part."""
    value, at = "", 0
    while at < len(expression):
        match = _PIECE.match(expression, at)
        if not match or match.end() == at:
            return ""
        name = match[3]
        if name is not None and name not in known:
            return ""
        value += known[name] if name is not None else match[1] or match[2] or ""
        at = match.end()
        if not match[4] and at < len(expression):
            return ""
    return value

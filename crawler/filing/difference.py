"""Shows people what changed between two texts, sentence by sentence. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

MOST_SENTENCES = 2000  # comparing takes the square of it
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")


def difference(old: str, new: str) -> str:
    """Lines that begin with ``-`` (only in the old text) or ``+`` (only in the new one), in the order of the text."""
    before, after = (_SENTENCE.findall(text) for text in (old, new))
    if max(len(before), len(after)) > MOST_SENTENCES:
        return f"- {len(old)} characters\n+ {len(new)} characters"
    lines: list[str] = []
    for what, start, end, from_, to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            lines += [f"- {sentence.strip()}" for sentence in before[start:end]]
            lines += [f"+ {sentence.strip()}" for sentence in after[from_:to]]
    return "\n".join(lines)

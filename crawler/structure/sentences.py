"""Where sentences begin and end; colons end one too, as what follows is a list or a quotation."""

from __future__ import annotations

import re

BORDER = re.compile("[。!！?？;；\n:：]")


def begin(text: str, before: int, reach: int) -> int:
    """Where the sentence begins that holds `before`; at most `reach` characters are looked back."""
    at = max(0, before - reach)
    for border in BORDER.finditer(text, at, before):
        at = border.end()
    return at


def end(text: str, after: int) -> int:
    """Where the sentence ends that holds `after`."""
    border = BORDER.search(text, after)
    return border.start() if border else len(text)

"""Makes crawled text fit to stand on a page: nothing that turns a line around, hides in it or breaks XML. Pure."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from crawler.subscriptions import BEIJING


def shown(text: str) -> str:
    """The text without format characters (bidirectional controls, zero-width ones) and surrogates, on one line.

    Private-use and unassigned characters stay: they may be rare Chinese ones.
    """
    return text if text.isprintable() else "".join(_shown(char) for char in text)


def revealed(text: str) -> str:
    """The text with its invisible characters written out, ⟨U+200B⟩: for evidence of what was repaired or cut."""
    return "".join(char if char.isprintable() else f"⟨U+{ord(char):04X}⟩" for char in text)


def moment(when: datetime | None) -> str:
    """A moment in Beijing time, to the minute."""
    return f"{when.astimezone(BEIJING):%Y-%m-%d %H:%M}" if when else "–"


def _shown(char: str) -> str:
    match unicodedata.category(char):
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cf" | "Cs":
            return ""
        case "Cn" if ord(char) & 0xFFFE == 0xFFFE:  # noncharacters, which XML does not allow
            return ""
    return char

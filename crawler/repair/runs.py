"""Works out which characters can stand behind a half-character shift: the bytes shown, read one place off.

Nothing is chosen here; where a byte is lost every character that it allows is offered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from attrs import frozen

# A lost byte shows as ``?`` or U+FFFD; pages without a mirror's marks have U+FFFD for other reasons.
TRIGGER = re.compile(
    "[?？\ufffd](?:[！？；，!?;,](?=[?A-Z_a-z\x80-\uffff])|\ufffd(?=[A-Z_a-z\x80-\ufffc]))"
    "|\ufffd(?=[\u3400-\u9fff\ue000-\uf8ff])"
)
CLEAN_TRIGGER = re.compile(r"[?？](?:[！？；，!?;,](?=[A-Z_a-z\x80-\ufffc])|！\?(?!\S))")
_HOLDER = re.compile("[?\ufffd](?=[A-Za-z\x80-\uffff])")
_SECOND = {"！": 0xA1, "!": 0xA1, "？": 0xBF, "?": 0xBF, "；": 0xBB, ";": 0xBB, "，": 0xAC, ",": 0xAC}
_ANY_TRAIL = tuple(range(0x80, 0xFF))  # of those below, an ASCII sign would be shown
_PRIVATE_LEADS = (*range(0xA1, 0xA8), *range(0xAA, 0xB0), *range(0xF8, 0xFF))
_MAX_RUN = 2_000  # characters: Simplified text never comes into step before its paragraph ends
_MAX_DROPPED = 8  # characters within which a sign is looked for that stands for a dropped one
_MOST_CHOICES = 500  # for one character; beyond, both its bytes are unknown
_LOST_PRIVATE = 4.0  # nats against a reading for which a private-use character must have been dropped

Slot = tuple[str, ...]


@frozen
class Run:
    """What may stand in place of the characters from ``start`` to ``end``: one slot of choices for each character."""

    start: int
    end: int
    slots: tuple[Slot, ...]
    open_end: bool = False  # nobody knows the second byte of the last character
    penalty: float = 0.0


def runs(text: str, at: int, *, dropped: Sequence[int] = ()) -> list[Run]:
    """The ways in which the bytes from a trigger on fall into step.

    ``dropped``: before which characters of the run a private-use character is to have gone. It left nothing behind,
    or a ``?`` or U+FFFD in its place.
    """
    second = text[at + 1]
    known = second in _SECOND
    behind = at + 2 if known or second == "\ufffd" else at + 1
    holder = _HOLDER.search(text, behind, behind + _MAX_DROPPED) if dropped else None
    found = []
    for lead in [_SECOND[second]] if known else sorted(set(_SECOND.values())):
        if holder:
            units, end = _units(text[: holder.start()] + text[holder.end() :], behind, lead)
            end += 1
            places: tuple[int | None, ...] = (holder.start() - behind,)
        else:
            units, end = _units(text, behind, lead)
            places = tuple(place for place in dropped if place < len(units)) or (None,)
        for place in places:
            slots = _slots(lead, units, place)
            if slots:
                open_end = units[-1] == b"?"
                found.append(Run(at, end, (_firsts(), *slots), open_end, _LOST_PRIVATE if dropped else 0.0))
    return found


@cache
def _firsts() -> Slot:
    return tuple(char for lead in range(0x81, 0xFF) if (char := _char(lead, 0xA3)))


@cache
def _char(lead: int, trail: int) -> str:
    """The GBK character of two bytes; empty where there is none or it is for private use."""
    try:
        char = bytes((lead, trail)).decode("gbk")
    except UnicodeDecodeError:
        return ""
    return char if len(char) == 1 else ""


def _bytes(char: str) -> bytes:
    """One ASCII byte or two GBK bytes, private-use characters included; nothing where the character has neither."""
    try:
        code = char.encode("gb18030")
    except UnicodeEncodeError:
        return b""
    return code if len(code) <= 2 else b""


def _units(text: str, at: int, lead: int) -> tuple[list[bytes], int]:
    """The bytes of each shown character until the two ways of reading share a boundary, and where that is.

    The last unit is one byte: the trail that completes the last character, or ``?`` where nobody knows it.
    """
    units: list[bytes] = []
    for place in range(at, min(len(text), at + _MAX_RUN)):
        char = text[place]
        code = b"?" if char == "\ufffd" else _bytes(char)
        if len(code) == 2:
            units.append(code)
            if code[1] < 0x80:
                return units, place + 1
        elif code == b"?":
            return [*units, code if _is_free(text[place + 1 : place + 2]) else b"\x80"], place + 1
        elif code and code[0] >= 0x40:
            return [*units, code], place + 1
        else:
            return [*units, b"?"], place
    return [*units, b"?"], min(len(text), at + _MAX_RUN)


def _is_free(behind: str) -> bool:
    """Whether any byte may have become a ``?`` before that character; a lead byte would have taken it for its own."""
    code = _bytes(behind)
    return len(code) == 0 or code[0] < 0x40


def _slots(lead: int, units: Sequence[bytes], dropped: int | None) -> tuple[Slot, ...] | None:
    """Each true character's choices; ``dropped`` is the unit before which a private-use character went missing."""
    slots: list[Slot] = []
    leads: tuple[int, ...] = (lead,)
    for place, unit in enumerate(units):
        if place == dropped:
            slots.append(_choices(leads, _PRIVATE_LEADS))
            leads = tuple(range(0x81, 0xFF))
        trails = _ANY_TRAIL if unit == b"?" else (unit[0],)
        slots.append(_choices(leads, trails))
        if len(unit) == 2 and unit[1] >= 0x80:
            leads = (unit[1],)
        elif len(unit) == 2:
            slots.append((chr(unit[1]),))
    return tuple(slots) if all(slots) and max(map(len, slots)) <= _MOST_CHOICES else None


def _choices(leads: Sequence[int], trails: Sequence[int]) -> Slot:
    return tuple(char for lead in leads for trail in trails if (char := _char(lead, trail)))

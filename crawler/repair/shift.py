"""Undoes the half-character shift: mirrors that lose one byte of a GBK text show every byte behind it one place off.

Where a character's second byte is A3 and the next character begins with A1, BF, BB or AC, the mirror takes the two
bytes for ！？；or ，and loses the first: 校科 (D0A3 BFC6) becomes ``?`` and ？ and so on, until an ASCII byte brings the
bytes into step again. All other bytes are still there, so only the lost one has to be guessed, and sometimes the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from attrs import frozen

from crawler import hans
from crawler.items import Script
from crawler.repair import notes
from crawler.repair.language import Model, model

TRIGGER = re.compile("[?？\ufffd][！？；，!?;,\ufffd](?=[?A-Z_a-z\x80-\uffff])|\ufffd(?=[\u3400-\u9fff\ue000-\uf8ff])")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
ACCEPT_GAIN = 8.0  # nats by which the reading must be likelier than what is shown
CLEAN_GAIN = 14.0  # the same where the page bears no other mark of a mirror
ACCEPT_MARGIN = 1.5  # nats by which it must beat the next reading
OPEN_MARGIN = 3.0  # the same where the second byte of the last character is lost too
MIN_WORST = -9.5  # nats a character, of any three; asked where characters may have been taken out
MIN_MEAN = -8.0  # nats a character of the reading
_LOST_PRIVATE = 4.0  # nats against a reading for which a private-use character must have been dropped
_LONG = 8  # characters; one in ten of a shifted text is for private use
_WORTH_PART = 5  # characters; a shorter reading is put in whole or not at all
_MAX_RUN = 120  # characters
_MAX_DROPPED = 8  # places at which a dropped character is looked for
_CONTEXT = 5  # characters looked at on either side
_SECOND = {"！": 0xA1, "!": 0xA1, "？": 0xBF, "?": 0xBF, "；": 0xBB, ";": 0xBB, "，": 0xAC, ",": 0xAC}
_ANY_TRAIL = (*range(0x40, 0x7F), *range(0x80, 0xFF))
_PRIVATE_LEADS = (*range(0xA1, 0xA8), *range(0xAA, 0xB0), *range(0xF8, 0xFF))

_QUOTES = ("“”", "《》", "（）", "‘’", "「」", "『』", "【】")
_CERTAIN = 99.0  # nats, where there is no other choice
_LINE_END = "␤"  # how the table of pairs writes it

Slot = tuple[str, ...]


@frozen
class Run:
    """What may stand in place of the characters from ``start`` to ``end``: one slot of choices for each character."""

    start: int
    end: int
    slots: tuple[Slot, ...]
    open_end: bool = False  # nobody knows the second byte of the last character
    penalty: float = 0.0


@frozen
class Reading:
    """The likeliest text of a damaged place, and how sure it is (nats over what is shown, and over the next reading)."""

    start: int
    end: int
    text: str
    gain: float
    margin: float  # of all characters but an open end
    tail_margin: float  # of the last character where the end is open
    mean: float
    worst: float  # the least likely three characters, nats a character


@frozen
class Surroundings:
    """What the whole page says: its script, the character pairs it writes (Simplified), whether mirrors marked it."""

    script: Script
    seen: frozenset[str]
    marked: bool
    has_private: bool  # where there are none, somebody may have taken them out


def surroundings(text: str, script: Script, marked: bool) -> Surroundings:
    """Read the page once; the stretches right behind a damaged place are left out."""
    plain = hans.char_by_char(notes.strip(re.sub(TRIGGER.pattern + ".{0,12}", "\n", text)))
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
    seen = frozenset(pair for pair in pairs if _is_han(pair[0]) and _is_han(pair[1]))
    return Surroundings(script, seen, marked, bool(_PRIVATE.search(text)))


def readings(text: str, page: Surroundings) -> list[Reading]:
    """The likeliest reading of each damaged place in a text, whether sure or not, in order and without overlap."""
    found = []
    at = 0
    while match := TRIGGER.search(text, at):
        best = _best(text, runs(text, match.start()), page)
        if not best and page.marked and not page.has_private:
            best = _best(text, runs(text, match.start(), dropped=True), page)
        if best:
            found.append(best)
        at = best.end if best and is_sure(best, page) else match.start() + 1
    return found


def _best(text: str, candidates: Sequence[Run], page: Surroundings) -> Reading | None:
    weighed = (reading for run in candidates if (reading := _weigh(text, run, page)))
    return max(weighed, key=lambda reading: reading.gain, default=None)


def is_sure(reading: Reading, page: Surroundings) -> bool:
    """Whether a reading may be put in."""
    gain = ACCEPT_GAIN if page.marked else CLEAN_GAIN
    tidy = len(reading.text) < _LONG or page.has_private or not page.marked or reading.worst >= MIN_WORST
    return (
        tidy
        and reading.gain >= gain
        and reading.mean >= MIN_MEAN
        and reading.margin >= ACCEPT_MARGIN
        and reading.tail_margin >= OPEN_MARGIN
    )


def runs(text: str, at: int, *, dropped: bool = False) -> list[Run]:
    """The ways in which the bytes from a trigger on fall into step; ``dropped``: with one shown character missing."""
    second = text[at + 1]
    known = second in _SECOND
    behind = at + 2 if known or second == "\ufffd" else at + 1
    found = []
    for lead in [_SECOND[second]] if known else sorted(set(_SECOND.values())):
        units, end = _units(text, behind, lead)
        for place in range(min(len(units), _MAX_DROPPED)) if dropped else (None,):
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
        elif code and (code[0] >= 0x40 or code == b"?"):
            return [*units, code], place + 1
        else:
            return [*units, b"?"], place
    return [*units, b"?"], min(len(text), at + _MAX_RUN)


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
    return tuple(slots) if all(slots) else None


def _choices(leads: Sequence[int], trails: Sequence[int]) -> Slot:
    return tuple(char for lead in leads for trail in trails if (char := _char(lead, trail)))


def _weigh(text: str, run: Run, page: Surroundings) -> Reading | None:
    """The best reading of a run in its context."""
    note = notes.at(text, run.end)
    if run.penalty and not note:
        return None
    slots = _narrowed(run, text, note, page.script)
    if not all(slots):
        return None
    options = [_simplified(slot, page.script) for slot in slots]
    before = _context(text[max(0, run.start - 40) : run.start])[-_CONTEXT:]
    after = _context(text[run.end : run.end + 24])[:_CONTEXT] or [_LINE_END]
    shown = [_class(char) for char in hans.char_by_char(text[run.start : run.end])]
    language = model()
    as_shown, _ = language.best([*before, *shown, *after])
    score, best = language.best([*before, *options, *after], page.seen)
    chosen = best[len(before) : len(before) + len(options)]
    margins = _margins(language, before, options, after, score, chosen, page.seen)
    tail = margins.pop() if run.open_end else _CERTAIN
    inside = score - language.best(before)[0] - language.best(after)[0]
    windows = [best[at : at + 3] for at in range(max(0, len(before) - 1), len(before) + len(options) - 1)]
    restored = "".join(option[char] for option, char in zip(options, chosen, strict=True))
    if tail < OPEN_MARGIN and len(restored) >= _WORTH_PART:
        restored, tail = restored[:-1] + "?", _CERTAIN
    return Reading(
        start=run.start,
        end=run.end,
        text=restored,
        gain=score - as_shown - run.penalty,
        margin=min(margins, default=_CERTAIN),
        tail_margin=tail,
        mean=inside / len(options),
        worst=min((language.best(window)[0] / len(window) for window in windows), default=0.0),
    )


def _context(text: str) -> list[str]:
    return [_class(char) for char in hans.char_by_char(notes.strip(text))]


def _narrowed(run: Run, text: str, note: str, script: Script) -> list[Slot]:
    """The slots without what cannot be: the other script, quotes that do not pair, another reading than the note's."""
    slots = [_of_script(slot, script) for slot in run.slots]
    line = text[: run.start]
    for place, slot in enumerate(slots):
        slots[place] = _pairing(slot, line)
        line += slots[place][0] if len(slots[place]) == 1 else "\0"
    if run.open_end and not text[run.end :].split("\n", 1)[0].strip():
        slots[-1] = _ending(slots[-1], line)
    if note:
        slots[-1] = tuple(char for char in slots[-1] if notes.fits(char, note))
    return slots


def _of_script(slot: Slot, script: Script) -> Slot:
    if len(slot) == 1:
        return slot
    wrong = _is_simplified_only if script == "Hant" else hans.is_traditional
    return tuple(char for char in slot if not wrong(char)) or slot


@cache
def _is_simplified_only(char: str) -> bool:
    """No character of Big5, which holds all that Traditional Chinese writes."""
    try:
        char.encode("big5")
    except UnicodeEncodeError:
        return True
    return False


def _margins(
    language: Model,
    before: Sequence[str],
    options: Sequence[Mapping[str, str]],
    after: Sequence[str],
    score: float,
    chosen: str,
    seen: frozenset[str],
) -> list[float]:
    """How much likelier the best reading is than the best one that differs in a slot, for each slot."""
    margins = []
    for place, option in enumerate(options):
        others = [char for char in option if char != chosen[place]]
        slots = [*before, *options[:place], others, *options[place + 1 :], *after]
        margins.append(score - language.best(slots, seen)[0] if others else _CERTAIN)
    return margins


def _open_quotes(before: str) -> list[str]:
    """The quotation marks open at the end of a text, each as its opening and closing mark."""
    line = before[before.rfind("\n") + 1 :]
    return [pair for pair in _QUOTES if line.count(pair[0]) > line.count(pair[1])]


def _pairing(slot: Slot, line: str) -> Slot:
    """The choices without closing quotes where none is open, and without opening ones where one is."""
    if len(slot) == 1:
        return slot
    opened = _open_quotes(line)
    wrong = {pair[0] if pair in opened else pair[1] for pair in _QUOTES}
    return tuple(char for char in slot if char not in wrong) or slot


def _ending(slot: Slot, line: str) -> Slot:
    """How a line ends whose last byte is lost: by closing the open quotation, or with a full stop, if it may."""
    closing = {pair[1] for pair in _open_quotes(line)}
    return tuple(char for char in slot if char in closing) or tuple(char for char in slot if char == "。") or slot


def _simplified(slot: Slot, script: Script) -> dict[str, str]:
    """The choices as the language model writes them, each with the character to put in: the one of the page's script."""
    found: dict[str, str] = {}
    for char in slot:
        simple = hans.char_by_char(char)
        if simple not in found or (char != simple) == (script == "Hant"):
            found[simple] = char
    return found


def _class(char: str) -> str:
    if char.isascii() and char.isalnum():
        return "0" if char.isdigit() else "a"
    return _LINE_END if char == "\n" else char


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"

"""Undoes the half-character shift: mirrors that lose one byte of a GBK text show every byte behind it one place off.

Where a character's second byte is A3 and the next character begins with A1, BF, BB or AC, the mirror takes the two
bytes for ！？；or ，and loses the first: 校科 (D0A3 BFC6) becomes ``?`` and ？ and so on, until an ASCII byte brings
them into step again. All other bytes are still there, so only the lost one has to be guessed, and sometimes the last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache

from attrs import evolve, frozen

from crawler import hans
from crawler.items import Script
from crawler.repair import notes
from crawler.repair.language import LINE_END, Model, model
from crawler.repair.runs import CLEAN_TRIGGER, TRIGGER, Run, Slot, runs

_PRIVATE = re.compile("[\ue000-\uf8ff]")
MARK_GAIN = 8.0  # nats by which a reading must be likelier than what is shown to be worth telling
ACCEPT_GAIN = 15.0  # the same for putting it in; what mirrors did was never below, planted ``?！`` seldom above
CLEAN_GAIN = 20.0  # the same where the page bears no other mark of a mirror
ACCEPT_MARGIN = 1.5  # nats by which it must beat the next reading
OPEN_MARGIN = 3.0  # the same where the second byte of the last character is lost too
PLAIN_GAIN, PLAIN_MARGIN = 25.0, 4.0  # nats; then even a short reading may hold a rare name
MIN_WORST = -9.5  # nats a character, of any three; asked where characters may have been taken out
MIN_MEAN = -8.0  # nats a character of the reading
_SHORT = 4  # characters; a shorter reading has to be good throughout
_LONG = 8  # characters; one in ten of a shifted text is for private use
_WORTH_PART = 5  # characters; a shorter reading is put in whole or not at all
_CONTEXT = 5  # characters looked at on either side
_BEFORE, _BEHIND = 1000, 300  # characters of a long line in which quotations are paired and a run must end
_BEFORE, _BEHIND = 1000, 300  # characters of a long line in which quotations are paired and a run must end

_PROBE = 10  # characters looked at before anything is weighed
_NONSENSE = -10.5  # nats a character
_QUOTES = ("“”", "《》", "（）", "‘’", "「」", "『』", "【】")
_CLOSING = "”」』"
_NOT_AFTER_SENTENCE = tuple("，。、；：的是等和与與")  # a quotation that goes on so was a word, not a sentence
_CERTAIN = 99.0  # nats, where there is no other choice


@frozen
class Reading:
    """The likeliest text of a damaged place, and how much likelier it is than what is shown and than the next one."""

    start: int
    end: int
    text: str
    gain: float
    margin: float  # of all characters but an open end
    tail_margin: float  # of the last character where the end is open
    mean: float
    worst: float  # the least likely three characters, nats a character
    is_whole: bool = True  # no character of it had to be left as ``?``


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


def trigger(page: Surroundings) -> re.Pattern[str]:
    """What a damaged place begins with, on such a page."""
    return TRIGGER if page.marked else CLEAN_TRIGGER


def readings(text: str, page: Surroundings, limit: int = 100) -> list[Reading]:
    """The likeliest reading of each damaged place in a text, whether sure or not, in order and without overlap.

    At most ``limit`` places are weighed, each of which takes some milliseconds.
    """
    found: list[Reading] = []
    at = 0
    while limit > 0 and (match := trigger(page).search(text, at)):
        limit -= 1
        first = max(0, match.start() - _BEFORE)
        best = _at(text[first : match.start() + _BEHIND], match.start() - first, page)
        if best:
            best = evolve(best, start=best.start + first, end=best.end + first)
            found.append(best)
        at = best.end if best and is_sure(best, page) else match.start() + 1
    return found


def _at(text: str, at: int, page: Surroundings) -> Reading | None:
    """The likeliest reading of the damaged place that begins there."""
    best = _best(text, runs(text, at), page)
    if page.marked and not page.has_private and not (best and best.is_whole):
        best = _best(text, runs(text, at, dropped=True), page) or best
    return best


def _best(text: str, candidates: Sequence[Run], page: Surroundings) -> Reading | None:
    weighed = (reading for run in candidates if (reading := _weigh(text, run, page)))
    return max(weighed, key=lambda reading: reading.gain, default=None)


def is_sure(reading: Reading, page: Surroundings) -> bool:
    """Whether a reading may be put in."""
    gain = ACCEPT_GAIN if page.marked else CLEAN_GAIN
    size = len(reading.text)
    is_plain = reading.gain >= PLAIN_GAIN and reading.margin >= PLAIN_MARGIN
    may_be_rare = size < _LONG and page.marked and (size >= _SHORT or is_plain)
    may_be_rare = may_be_rare or (size >= _SHORT and page.has_private)
    tidy = may_be_rare or reading.worst >= MIN_WORST
    return (
        tidy
        and reading.gain >= gain
        and reading.mean >= MIN_MEAN
        and reading.margin >= ACCEPT_MARGIN
        and reading.tail_margin >= OPEN_MARGIN
    )


def _weigh(text: str, run: Run, page: Surroundings) -> Reading | None:
    """The best reading of a run in its context, or None where none is worth telling."""
    note = notes.at(text, run.end)
    if run.penalty and not note:
        return None
    slots = _narrowed(run, text, note, page.script)
    if not all(slots) or _is_nonsense(slots):
        return None
    options = [_simplified(slot, page.script) for slot in slots]
    before = _context(text[max(0, run.start - 40) : run.start])[-_CONTEXT:]
    after = _context(text[run.end : run.end + 24])[:_CONTEXT] or [LINE_END]
    shown = [_class(char) for char in hans.char_by_char(text[run.start : run.end])]
    language = model()
    as_shown, _ = language.best([*before, *shown, *after])
    score, best = language.best([*before, *map(tuple, options), *after], page.seen)
    gain = score - as_shown - run.penalty
    return _reading(run, options, before, after, score, best, gain, page) if gain >= MARK_GAIN else None


def _is_nonsense(slots: Sequence[Slot]) -> bool:
    """Whether the characters that are certain make no sense: then nothing was shifted, and all else is idle work."""
    certain = hans.char_by_char("".join(slot[0] for slot in slots[1:_PROBE] if len(slot) == 1))
    return len(certain) >= 3 and model().best(certain)[0] / len(certain) < _NONSENSE


def _reading(
    run: Run,
    options: Sequence[Mapping[str, str]],
    before: Sequence[str],
    after: Sequence[str],
    score: float,
    best: str,
    gain: float,
    page: Surroundings,
) -> Reading:
    """How sure the best text of a run is, character by character."""
    language = model()
    chosen = best[len(before) : len(before) + len(options)]
    margins = _margins(language, before, options, after, score, chosen, page.seen)
    tail = margins.pop() if run.open_end else _CERTAIN
    inside = score - language.best(before)[0] - language.best(after)[0]
    windows = [best[at : at + 3] for at in range(max(0, len(before) - 1), len(before) + len(options) - 1)]
    restored = "".join(option[char] for option, char in zip(options, chosen, strict=True))
    is_whole = tail >= OPEN_MARGIN or len(restored) < _WORTH_PART
    if not is_whole:
        restored, tail = restored[:-1] + "?", _CERTAIN
    return Reading(
        start=run.start,
        end=run.end,
        text=restored,
        gain=gain,
        margin=min(margins, default=_CERTAIN),
        tail_margin=tail,
        mean=inside / len(options),
        worst=min((language.best(window)[0] / len(window) for window in windows), default=0.0),
        is_whole=is_whole,
    )


def _context(text: str) -> list[str]:
    return [_class(char) for char in hans.char_by_char(notes.strip(text))]


def _narrowed(run: Run, text: str, note: str, script: Script) -> list[Slot]:
    """The slots without what cannot be: the other script, quotes that do not pair, another reading than the note's."""
    slots = [_of_script(slot, script) for slot in run.slots]
    line = text[: run.start]
    ahead = "".join(slot[0] for slot in slots[1:3]) + text[run.end : run.end + 1]
    if ahead[0] in _CLOSING and ahead[1:2] in _NOT_AFTER_SENTENCE:
        slots[0] = tuple(char for char in slots[0] if char != "。")
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
        slots = [*before, *map(tuple, options[:place]), tuple(others), *map(tuple, options[place + 1 :]), *after]
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


def _simplified(slot: Slot, script: Script) -> Mapping[str, str]:
    """The choices as the language model writes them, each with the character to put in: that of the page's script."""
    found: dict[str, str] = {}
    for char in slot:
        simple = hans.char_by_char(char)
        if simple not in found or (char != simple) == (script == "Hant"):
            found[simple] = char
    return found


def _class(char: str) -> str:
    if char.isascii() and char.isalnum():
        return "0" if char.isdigit() else "a"
    return LINE_END if char == "\n" else char


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def confidence(reading: Reading, sure: bool) -> float:
    """A figure 0..1 from the margin: 0.5 and more for readings that are put in, below for those only marked."""
    share = 1 - math.exp(-min(reading.margin, reading.tail_margin) / 2)
    return round(0.5 + share / 2 if sure else min(0.45, share / 2), 2)

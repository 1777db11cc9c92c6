"""Undoes the half-character shift: mirrors that lose one byte of a GBK text show every byte behind it one place off.

Where a character's second byte is A3 and the next character begins with A1, BF, BB or AC, the mirror takes the two
bytes for ！？；or ，and loses the first: 校科 (D0A3 BFC6) becomes ``?`` and ？ and so on, until an ASCII byte brings
them into step again. All other bytes are still there, so only the lost one has to be guessed, and sometimes the last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from crawler import hans
from crawler.items import Script
from crawler.repair import notes
from crawler.repair.language import LINE_END, Model, model
from crawler.repair.narrow import CLOSING, narrowed, open_quotes
from crawler.repair.runs import CLEAN_TRIGGER, TRIGGER, Run, Slot, runs

_DAMAGED = re.compile(f"(?:{TRIGGER.pattern}).{{0,12}}")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
SURE = 0.5  # confidence from which a reading is put in
MARK_GAIN = 8.0  # nats by which a reading must be likelier than what is shown to be worth telling
# The same for putting it in. 20,000 planted signs made 8 of four characters and more, damage 20; of three 16 and 17.
ACCEPT_GAIN, SHORT_GAIN = 18.0, 17.0  # of four characters and more; of three
TINY_GAIN = 14.5  # of two
_TYPED = 6.0  # nats for the sign of full width that people type; a lost byte shows as the other
_CLOSES = 6.0  # nats for a reading that closes an open quotation
ACCEPT_MARGIN = 0.8  # nats by which it must beat the next reading
TINY_MARGIN = 2.0  # the same of two characters
STOP_MARGIN = 3.0  # the same of one character before a full stop
OPEN_MARGIN = 3.0  # the same where the second byte of the last character is lost too
TINY_WORST = -8.6  # nats a character, of any three in and around two characters
MIN_WORST = -9.5  # nats a character, of any three; below it characters may have been taken out
MIN_MEAN = -8.0  # nats a character of the reading
_GUESSED = 4.0  # nats of margin asked above the usual where a character is put in that nothing stands for
_MAX_DROPPED = 8  # places at which a dropped character is looked for
_WORTH_PART = 5  # characters; a shorter reading is put in whole or not at all
_CONTEXT = 6  # characters looked at on either side
_BEFORE, _BEHIND = 1000, 2100  # characters of a long line in which quotations are paired and a run must end
_HEAD, _TAIL = 40, 20  # characters of a long run that are weighed; between them nothing is to be chosen
_PROBE = 10  # characters looked at before anything is weighed
_NONSENSE = -10.5  # nats a character
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
    worst_at: int  # which character of the text is the first of them
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
    plain = hans.char_by_char(notes.strip(_DAMAGED.sub("\n", text)))
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
    seen = frozenset(pair for pair in pairs if _is_han(pair[0]) and _is_han(pair[1]))
    return Surroundings(script, seen, marked, bool(_PRIVATE.search(text)))


def trigger(page: Surroundings) -> re.Pattern[str]:
    """What a damaged place begins with, on such a page."""
    return TRIGGER if page.marked else CLEAN_TRIGGER


def readings(text: str, page: Surroundings, limit: int = 60) -> list[Reading]:
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
        at = best.end if best and is_sure(best) else match.start() + 1
    return found


def _at(text: str, at: int, page: Surroundings) -> Reading | None:
    """The likeliest reading of the damaged place that begins there."""
    if not page.marked and text[at + 2] == "?" and not open_quotes(text[:at]):
        return None  # an excited question, unless it ends a quotation
    best = _best(text, runs(text, at), page)
    if page.has_private or (best and best.is_whole and best.worst >= MIN_WORST):
        return best
    if page.marked:
        noted = _best(text, runs(text, at, dropped=range(_MAX_DROPPED)), page)
        if noted and not (best and best.is_whole and best.gain > noted.gain):
            return noted
    return _doubted(text, at, page, best) if best and best.worst < MIN_WORST else best


def _doubted(text: str, at: int, page: Surroundings, best: Reading) -> Reading:
    """A reading with an unlikely place, or the better one where somebody took a private-use character out there."""
    places = range(max(0, best.worst_at - 2), best.worst_at + 3)
    other = _best(text, runs(text, at, dropped=places), page, unnoted=True)
    if not other:
        return best
    doubt = abs(best.gain - other.gain)
    better = max(best, evolve(other, margin=other.margin - _GUESSED), key=lambda reading: reading.gain)
    return evolve(better, margin=min(better.margin, doubt))


def _best(text: str, candidates: Sequence[Run], page: Surroundings, *, unnoted: bool = False) -> Reading | None:
    weighed = (reading for run in candidates if (reading := _weigh(text, run, page, unnoted)))
    return max(weighed, key=lambda reading: reading.gain, default=None)


def is_sure(reading: Reading) -> bool:
    """Whether a reading may be put in."""
    size, last = len(reading.text), reading.text[-1]
    gain, margin = {2: TINY_GAIN, 3: SHORT_GAIN}.get(size, ACCEPT_GAIN), ACCEPT_MARGIN
    if size == 2 and last == "。":
        margin = STOP_MARGIN
    elif size == 2 and last not in CLOSING:
        is_good = reading.worst >= TINY_WORST and reading.tail_margin == _CERTAIN
        margin = TINY_MARGIN if is_good else _CERTAIN
    return (
        reading.gain >= gain
        and reading.margin >= margin
        and reading.tail_margin >= OPEN_MARGIN
        and reading.mean >= MIN_MEAN
    )


def _weigh(text: str, run: Run, page: Surroundings, unnoted: bool) -> Reading | None:
    """The best reading of a run in its context, or None where none is worth telling."""
    note = notes.at(text, run.end)
    if run.penalty and not note and not unnoted:
        return None
    slots = narrowed(run, text, note, page.script)
    if not all(slots) or _is_nonsense(slots):
        return None
    options = _abridged([_simplified(slot, page.script) for slot in slots])
    before = _context(text[max(0, run.start - 40) : run.start])[-_CONTEXT:]
    after = _context(text[run.end : run.end + 24])[:_CONTEXT] or [LINE_END]
    shown = [_class(char) for char in hans.char_by_char(text[run.start : run.end])]
    shown = [*shown[:_HEAD], LINE_END, *shown[-_TAIL:]] if len(options) < len(slots) else shown
    language = model()
    as_shown, _ = language.best([*before, *shown, *after], page.seen)
    score, best = language.best([*before, *map(tuple, options), *after], page.seen)
    as_shown += _TYPED * (text[run.start] == "？")
    closing = [pair[1] for pair in open_quotes(text[: run.start])]
    gain = score - as_shown - run.penalty + _CLOSES * (best[len(before) + 1 : len(before) + 2] in closing)
    return _reading(run, options, before, after, score, best, gain, page) if gain >= MARK_GAIN else None


def _is_nonsense(slots: Sequence[Slot]) -> bool:
    """Whether the characters that are certain make no sense: then nothing was shifted, and all else is idle work."""
    certain = [_class(char) for slot in slots[1:_PROBE] if len(slot) == 1 for char in hans.char_by_char(slot[0])]
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
    means = [language.best(window)[0] / len(window) for window in windows]
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
        worst=min(means),
        worst_at=means.index(min(means)),
        is_whole=is_whole,
    )


def _context(text: str) -> list[str]:
    return [_class(char) for char in hans.char_by_char(notes.strip(text))]


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


def _simplified(slot: Slot, script: Script) -> Mapping[str, str]:
    """The choices as the language model writes them, each with the character to put in: that of the page's script."""
    found: dict[str, str] = {}
    for char in slot:
        simple = hans.char_by_char(char) if len(slot) > 1 else _class(hans.char_by_char(char))
        if simple not in found or (char != simple) == (script == "Hant"):
            found[simple] = char
    return found


def _abridged(options: list[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The options with the middle of a long run as one: it is read one way only, and weighing takes its time."""
    middle = options[_HEAD:-_TAIL]
    if len(middle) < 2:
        return options
    return [
        *options[:_HEAD],
        {LINE_END: "".join(char for option in middle for char in option.values())},
        *options[-_TAIL:],
    ]


def _class(char: str) -> str:
    if char.isascii() and char.isalnum():
        return "0" if char.isdigit() else "a"
    if "０" <= char <= "９":
        return "0"
    return LINE_END if char == "\n" else char


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def confidence(reading: Reading, sure: bool) -> float:
    """A figure 0..1 from the margin: 0.5 and more for readings that are put in, below for those only marked."""
    share = 1 - math.exp(-max(0.0, min(reading.margin, reading.tail_margin)) / 2)
    return round(0.5 + share / 2 if sure else min(0.45, share / 2), 2)

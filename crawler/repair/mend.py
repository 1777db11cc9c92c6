"""Mends one string of a page after the other, knowing the whole page, and counts what it did."""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import define, evolve, field

from crawler.items import Fix, Script
from crawler.repair import forms, mojibake, notes, shift
from crawler.repair.runs import CLEAN_TRIGGER, TRIGGER

SURE = 0.5  # confidence from which a fix is made; below, it is only marked
_LOST = re.compile("锟斤拷?|\ufffd+")
_SPACE_BEFORE = re.compile("(?m)^([\\s\u3000]*)[?\ufffd]{1,4}[\\s\u3000]*(?=[\u3400-\u9fff“《【〔(（])")
_SPACE_BETWEEN = re.compile("(?<![\u3400-\u9fff])([\u3400-\u9fff])\\?[ \u3000]([\u3400-\u9fff])(?![\u3400-\u9fff])")
_SPACE_HINT = re.compile("[?\ufffd][\\s\u3000]*[\u3400-\u9fff“《【〔(（]")
_EXAMPLE = 60  # characters of an example
_MOST_KINDS = 200  # fixes kept of one page


_FIRST = (  # they hide the bytes and characters that the later steps look for
    ("mojibake", mojibake.SIGNS, mojibake.undo),
    ("entity", (forms.ENTITY,), forms.entities),
    ("escape", forms.ESCAPE_SIGNS, forms.escapes),
    ("invisible", (forms.INVISIBLE,), forms.visible),
)
_Step = tuple[str, Callable[[str], str]]


@define
class Mender:
    """What is known of the page, and the fixes so far. Strings are to come in reading order."""

    page: shift.Surroundings
    habit: notes.Habit
    _first: tuple[_Step, ...]  # the steps that this page needs at all
    _needs: frozenset[str]
    _before: str = ""
    _weighings: int = 100  # damaged places that may still be weighed on this page
    _fixes: dict[tuple[str, str], Fix] = field(factory=dict)

    @classmethod
    def for_page(cls, text: str, script: Script) -> Mender:
        """Read the page's whole text once: what is damaged in it, is it a mirror's, which pairs does it write?"""
        habit = notes.habit(text) if notes.HINT.search(text) else notes.Habit()
        first = tuple((kind, change) for kind, signs, change in _FIRST if any(sign.search(text) for sign in signs))
        needs = {"pinyin"} if habit.marked else set()
        if (TRIGGER if habit.marked else CLEAN_TRIGGER).search(text):
            needs.add("shift")
        if (habit.marked or script == "Hant") and _SPACE_HINT.search(text):
            needs.add("lost-space")
        if forms.FORMS.search(text):
            needs.add("form")
        if "\ufffd" in text or "锟斤" in text:
            needs.add("lost")
        page = shift.surroundings(text if "shift" in needs else "", script, habit.marked)
        return cls(page, habit, first, frozenset(needs))

    @property
    def is_needed(self) -> bool:
        """Whether anything on the page looks damaged."""
        return bool(self._first or self._needs)

    def fixes(self) -> tuple[Fix, ...]:
        """What was changed or marked, one fix for each kind, and one for each shifted place."""
        return tuple(self._fixes.values())

    def mend(self, text: str, *, opens_block: bool, is_attribute: bool) -> str:
        """The string put right; ``opens_block`` says that a paragraph or line begins with it."""
        before = "" if is_attribute else self._before
        for kind, change in self._first:
            text = self._apply(kind, text, change)
        if "shift" in self._needs:
            text = self._unshift(text)
        if "pinyin" in self._needs:
            text = self._without_notes(text, before[-1:])
        if "lost-space" in self._needs and opens_block:
            text = self._apply("lost-space", text, _without_lost_spaces)
        if "form" in self._needs:
            text = self._apply("form", text, lambda shown: forms.standard(shown, self.page.script))
        if "lost" in self._needs:
            self._mark_lost(text)
        if not is_attribute:
            self._before = text or self._before
        return text

    def _apply(self, kind: str, text: str, change: Callable[[str], str]) -> str:
        changed = change(text)
        if changed != text:
            self._note(kind, *_difference(text, changed))
        return changed

    def _unshift(self, text: str) -> str:
        if not shift.trigger(self.page).search(text):
            return text
        kept: list[str] = []
        done = 0
        for reading in shift.readings(text, self.page, self._weighings):
            self._weighings -= 1
            shown = text[reading.start : reading.end]
            sure = shift.is_sure(reading, self.page)
            if not sure and reading.gain < shift.ACCEPT_GAIN:
                continue
            self._note("shift", shown, reading.text, confidence=shift.confidence(reading, sure), single=True)
            if sure:
                kept += (text[done : reading.start], reading.text)
                done = reading.end
        return "".join(kept) + text[done:]

    def _without_notes(self, text: str, last: str) -> str:
        """Without the mirror's pinyin; ``last`` is the character before the string, which a note may belong to."""
        return notes.remove(last + text, self.habit, lambda shown, plain: self._note("pinyin", shown, plain))[
            len(last) :
        ]

    def _mark_lost(self, text: str) -> None:
        for match in _LOST.finditer(text):
            self._note("lost", match[0], match[0], confidence=0.0)

    def _note(self, kind: str, before: str, after: str, *, confidence: float = 1.0, single: bool = False) -> None:
        key = (kind, before if single else "")
        known = self._fixes.get(key)
        if known:
            self._fixes[key] = evolve(known, count=known.count + 1)
        elif len(self._fixes) < _MOST_KINDS:
            self._fixes[key] = Fix(
                stage="repair", kind=kind, before=before[:_EXAMPLE], after=after[:_EXAMPLE], confidence=confidence
            )


def _without_lost_spaces(text: str) -> str:
    """Without the ``?`` that an indent or a wide space became: before a paragraph, or within 摘? 要."""
    return _SPACE_BETWEEN.sub(r"\1 \2", _SPACE_BEFORE.sub(r"\1", text))


def _difference(before: str, after: str) -> tuple[str, str]:
    """The part of two strings that differs, with three characters around it."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    start, end = max(0, start - 3), max(0, end - 3)
    return before[start : len(before) - end], after[start : len(after) - end]

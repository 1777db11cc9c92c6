"""Mends one line of a page after the other, knowing the whole page, and counts what it did."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from attrs import define, evolve, field, frozen

from crawler import dom
from crawler.items import Fix, Script
from crawler.repair import forms, mojibake, notes, shift
from crawler.repair.lines import Edit, Line, Unwrapped, edited
from crawler.repair.runs import CLEAN_TRIGGER, TRIGGER

_LOST = re.compile("锟斤拷?|\ufffd+")
_SPACE_BEFORE = re.compile("(?m)^([^\\S\n]*)[?\ufffd]{1,4}\\s*(?=[\u3400-\u9fff“《【〔(（])")
_SPACE_BETWEEN = re.compile("(?<![\u3400-\u9fff])([\u3400-\u9fff])\\?[ \u3000]([\u3400-\u9fff])(?![\u3400-\u9fff])")
_SPACE_HINT = re.compile("[?\ufffd]\\s*[\u3400-\u9fff“《【〔(（]")
# A shift that a line break cut through goes on so; a mirror's own ends before every tag.
_GOES_ON = re.compile("[^\x00-\x7f！？；，\ufffd]{0,120}[\ue000-\uf8ff]")
_EXAMPLE = 60  # characters of an example
_MOST_KINDS = 200  # fixes kept of one page

_COVERS = (  # they hide the bytes and characters that the later steps look for
    ("mojibake", mojibake.SIGNS, mojibake.undo),
    ("entity", (forms.ENTITY,), forms.entities),
    ("escape", forms.ESCAPE_SIGNS, forms.escapes),
    ("invisible", (forms.INVISIBLE,), forms.visible),
)
_Change = Callable[[str], str]
_Weighed = tuple[Edit, float]  # what would be put in, and how sure it is


@define
class Log:
    """What was changed or marked on a page: one fix for each kind, and one for each shifted place."""

    _fixes: dict[tuple[str, str], Fix] = field(factory=dict)

    def fixes(self) -> tuple[Fix, ...]:
        """The fixes in the order in which they were first met."""
        return tuple(self._fixes.values())

    def note(self, kind: str, before: str, after: str, *, confidence: float = 1.0, single: bool = False) -> None:
        """Count one more fix of a kind; ``single`` keeps it apart from others of its kind."""
        key = (kind, before if single else "")
        known = self._fixes.get(key)
        if known:
            self._fixes[key] = evolve(known, count=known.count + 1)
        elif len(self._fixes) < _MOST_KINDS:
            self._fixes[key] = Fix(
                stage="repair", kind=kind, before=before[:_EXAMPLE], after=after[:_EXAMPLE], confidence=confidence
            )

    def applied(self, kind: str, line: Line, change: _Change) -> Line:
        """The line with a change made to each of its strings."""
        changed: Line = {}
        for place, text in line.items():
            new = change(text)
            if new != text:
                changed[place] = dom.xml_safe(new)
                self.note(kind, *_difference(text, changed[place]))
        return {**line, **changed} if changed else line


@frozen
class Uncoverer:
    """The steps that a page needs before its characters can be read at all."""

    log: Log
    steps: tuple[tuple[str, _Change], ...]

    @classmethod
    def for_page(cls, text: str, log: Log) -> Uncoverer:
        """Look for signs in the page's whole text."""
        return cls(log, tuple((kind, change) for kind, signs, change in _COVERS if any(s.search(text) for s in signs)))

    @property
    def is_needed(self) -> bool:
        """Whether anything on the page looks covered."""
        return bool(self.steps)

    def uncover(self, line: Line) -> Line:
        """The line with its characters as they were written."""
        for kind, change in self.steps:
            line = self.log.applied(kind, line, change)
        return line


@define
class Mender:
    """What is known of an uncovered page, and what it needs."""

    page: shift.Surroundings
    habit: notes.Habit
    log: Log
    _needs: frozenset[str]
    _weighings: int = 60  # damaged places that may still be weighed on this page

    @classmethod
    def for_page(cls, text: str, script: Script, log: Log) -> Mender:
        """Read the page's whole text once: what is damaged in it, is it a mirror's, which pairs does it write?"""
        habit = notes.habit(text) if notes.HINT.search(text) else notes.Habit()
        needs = {"pinyin"} if habit.marked else set()
        if TRIGGER.search(Unwrapped.of(text).text) if habit.marked else CLEAN_TRIGGER.search(text):
            needs.add("shift")
        if (habit.marked or script == "Hant") and _SPACE_HINT.search(text):
            needs.add("lost-space")
        if forms.FORMS.search(text):
            needs.add("form")
        if "\ufffd" in text or "锟斤" in text:
            needs.add("lost")
        page = shift.surroundings(text if "shift" in needs else "", script, habit.marked)
        return cls(page, habit, log, frozenset(needs))

    @property
    def is_needed(self) -> bool:
        """Whether anything on the page looks damaged."""
        return bool(self._needs)

    def mend(self, line: Line, behind: Line) -> Line:
        """The line put right; ``behind`` is the line that follows it."""
        if "shift" in self._needs:
            line = edited(line, self._unshifted("".join(line.values()), "".join(behind.values())))
        if "pinyin" in self._needs:
            line = self._edited("pinyin", line, self._notes)
        if "lost-space" in self._needs:
            line = self._edited("lost-space", line, _lost_spaces)
        if "form" in self._needs:
            line = self.log.applied("form", line, lambda shown: forms.standard(shown, self.page.script))
        if "lost" in self._needs:
            for match in _LOST.finditer("".join(line.values())):
                self.log.note("lost", match[0], match[0], confidence=0.0)
        return line

    def _notes(self, text: str) -> list[Edit]:
        """The notes of a line, those cut by a break too."""
        joined = Unwrapped.of(text)
        return [joined.wrapped(edit) for edit in notes.found(joined.text, self.habit)]

    def _unshifted(self, text: str, behind: str) -> list[Edit]:
        """The readings that are sure and whole; the others are only noted."""
        sure: list[Edit] = []
        for edit, confidence in self._readings(text, behind):
            self.log.note("shift", text[edit.start : edit.end], edit.new, confidence=confidence, single=True)
            if confidence >= shift.SURE:
                sure.append(edit)
        return sure

    def _readings(self, text: str, behind: str) -> list[_Weighed]:
        """The readings of a line and their confidence; one over the breaks within it goes before one up to a break."""
        found = self._read(text, behind)
        if "\n" not in text:
            return found
        joined = Unwrapped.of(text)
        every = [(joined.wrapped(edit), confidence) for edit, confidence in self._read(joined.text, behind)]
        over = [(edit, sure) for edit, sure in every if sure >= shift.SURE and "\n" in text[edit.start : edit.end]]
        apart = [each for each in found if not any(_overlap(each[0], edit) for edit, _ in over)]
        return sorted(over + apart, key=lambda each: each[0].start)

    def _read(self, text: str, behind: str) -> list[_Weighed]:
        found = []
        for reading in shift.readings(text, self.page, self._weighings):
            self._weighings -= 1
            is_half = reading.end == len(text) and bool(_GOES_ON.match(behind))
            is_sure = shift.is_sure(reading) and not is_half
            found.append((Edit(reading.start, reading.end, reading.text), shift.confidence(reading, is_sure)))
        return found

    def _edited(self, kind: str, line: Line, find: Callable[[str], Iterable[Edit]]) -> Line:
        """The line with the edits found in it made and noted, each with one character around it."""
        text = "".join(line.values())
        edits = sorted(find(text), key=lambda edit: edit.start)
        for edit in edits:
            before, after = text[max(0, edit.start - 1) : edit.start], text[edit.end : edit.end + 1]
            self.log.note(kind, before + text[edit.start : edit.end] + after, before + edit.new + after)
        return edited(line, edits)


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def _lost_spaces(text: str) -> list[Edit]:
    """The ``?`` that an indent or a wide space became: before a paragraph, or within 摘? 要."""
    before = [Edit(match.end(1), match.end(), "") for match in _SPACE_BEFORE.finditer(text)]
    return before + [Edit(match.end(1), match.start(2), " ") for match in _SPACE_BETWEEN.finditer(text)]


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

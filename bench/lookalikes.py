"""Composes what looks like a reprint and is none: next year's meeting, another city's, and serial notices.

Harder than the look-alikes of bench/stories.py: numbers may stay, the day may be left out, and of a short notice only
one word changes from one number to the next.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from bench import stories
from bench.copies import Copy
from bench.stories import CITIES, GIVEN, SURNAMES, Story, words

_DAY = re.compile(r"(?<!\d)(\d{1,2})月(\d{1,2})日")
_YEAR = re.compile(r"(20\d\d)年")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.]|月|日|年)")

_WORDS = tomllib.loads(Path(__file__).with_name("notices.toml").read_text("utf-8"))
NOTICES = tuple((one["title"], one["text"]) for one in _WORDS["notice"])
SLOTS = words("city n m month day boss subject language school topic")


@frozen(kw_only=True)
class Notice:
    """One number of a series of short notices."""

    copy: Copy
    series: int
    slots: tuple[tuple[str, str], ...]


def next_meeting(rng: random.Random, story: Story, *, changed: float, numbers: float) -> Copy:
    """The same city a year later. ``changed``: share of the sentences anew; ``numbers``: of the numbers in the rest."""
    facts = story.facts | {"year": str(int(story.facts["year"]) + 1)}
    title, text = _YEAR.sub(_later, story.headline), _YEAR.sub(_later, story.text)
    days = {found: f"{int(found[0]) % 12 + 1}月{rng.randint(1, 28)}日" for found in set(_DAY.findall(text))}
    text = _DAY.sub(lambda found: days[found.groups()], text)
    return Copy(title=title, text=_rewritten(rng, _renumbered(rng, text, numbers), changed, facts))


def other_city(rng: random.Random, story: Story, *, changed: float, numbers: float) -> Copy:
    """The same words in another city, on the same day: its name and its people are its own."""
    facts = story.facts | {
        "city": rng.choice([city for city in CITIES if city != story.facts["city"]]),
        **{who: rng.choice(SURNAMES) + rng.choice(GIVEN) for who in ("boss", "mayor", "writer")},
    }
    title, text = story.headline, story.text
    for name in ("boss", "mayor", "writer", "city"):
        title, text = title.replace(story.facts[name], facts[name]), text.replace(story.facts[name], facts[name])
    return Copy(title=title, text=_rewritten(rng, _renumbered(rng, text, numbers), changed, facts))


LOOKALIKES: tuple[Callable[..., Copy], ...] = (next_meeting, other_city)


def notices(rng: random.Random, count: int) -> list[Notice]:
    """Notices as one site puts them out, each with all slots of an earlier one but one to three."""
    found: dict[tuple[int, tuple[tuple[str, str], ...]], Notice] = {}
    latest: dict[int, dict[str, str]] = {}
    while len(found) < count:
        series = rng.randrange(len(NOTICES))
        slots = dict(latest.get(series) or _slots(rng))
        used = [name for name in SLOTS if "{" + name + "}" in "".join(NOTICES[series])]
        for name in rng.sample(used, min(len(used), rng.choice((1, 1, 2, 3)))):
            slots[name] = _slots(rng)[name]
        latest[series] = slots
        key = series, tuple((name, slots[name]) for name in used)
        title, text = (part.format(**slots) for part in NOTICES[series])
        found.setdefault(key, Notice(copy=Copy(title=title, text=text), series=series, slots=key[1]))
    return list(found.values())


def _slots(rng: random.Random) -> dict[str, str]:
    return {
        "city": rng.choice(CITIES),
        "n": str(rng.randint(1, 60)),
        "m": str(rng.randint(20, 400)),
        "month": str(rng.randint(1, 12)),
        "day": str(rng.randint(1, 28)),
        "boss": rng.choice(SURNAMES) + rng.choice(GIVEN),
        "subject": rng.choice(words(_WORDS["subject"])),
        "language": rng.choice(words(_WORDS["language"])),
        "school": rng.choice(words(_WORDS["school"])),
        "topic": rng.choice(words(_WORDS["topic"])),
    }


def _later(found: re.Match[str]) -> str:
    return f"{int(found[1]) + 1}年"


def _renumbered(rng: random.Random, text: str, share: float) -> str:
    return _NUMBER.sub(lambda found: str(rng.randint(11, 9870)) if rng.random() < share else found[0], text)


def _rewritten(rng: random.Random, text: str, share: float, facts: dict[str, str]) -> str:
    """A share of the sentences anew, the first one kept."""
    lines = []
    for line in text.split("\n"):
        sentences = re.findall("[^。]*。|[^。]+$", line)
        kept = [one if rng.random() >= share or not lines else _fresh(rng, facts) for one in sentences]
        lines.append("".join(kept))
    return "\n".join(lines)


def _fresh(rng: random.Random, facts: dict[str, str]) -> str:
    sentence = stories.own_sentence(rng).replace("{n}", str(rng.randint(11, 9870))).replace("{when}", "今年，")
    return sentence.format(**facts)

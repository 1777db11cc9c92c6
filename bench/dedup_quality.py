"""Tells reprints from look-alikes on composed texts, by the product's own functions and by its peers.

The index is a plain dictionary here, because what is measured is the verdict.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from attrs import evolve, field, frozen

from bench import lookalikes, stories
from bench.copies import CHANGES, Copy
from bench.dedup_peers import Method, Product
from bench.stories import Story
from bench.values import value_of
from crawler.dedup import Fingerprinted, compare

SHARES_CHANGED = (0.0, 0.2, 0.4)  # of the sentences of a look-alike
SHARES_NUMBERS = (0.0, 0.3, 1.0)  # of the numbers in the rest
KINDS = {change.__name__: change for change in CHANGES}
COMBINED = "combined"


@frozen
class Text:
    """A text with what is true of it."""

    value: Fingerprinted
    story: int
    kind: str


@frozen
class Tally:
    """How many texts of each kind there were, were hidden, and were hidden behind another story's text."""

    seen: Counter[str] = field(factory=Counter)
    hidden: Counter[str] = field(factory=Counter)
    wrong: Counter[str] = field(factory=Counter)

    @property
    def found(self) -> float:
        """Share of the reprints that are known as what they are."""
        copies = [kind for kind in self.seen if kind in KINDS or kind == COMBINED]
        right = sum(self.hidden[kind] - self.wrong[kind] for kind in copies)
        return right / max(sum(self.seen[kind] for kind in copies), 1)

    def lost(self, start: str = "") -> float:
        """Share of the texts of their own, of kinds that begin so, that are hidden behind another one."""
        own = [kind for kind in self.seen if kind not in KINDS and kind != COMBINED and kind.startswith(start)]
        return sum(self.hidden[kind] for kind in own) / max(sum(self.seen[kind] for kind in own), 1)


def original(story: Story, *, dated: bool = True) -> Fingerprinted:
    """The text as its first page has it."""
    return value_of(Copy(title=story.headline, text=story.text), story.published if dated else None)


def reprint(rng: random.Random, copy: Copy, kind: str, published: str | None) -> Fingerprinted:
    """A copy with one kind of change, or with two for `combined`, up to twenty days later."""
    for name in rng.sample(sorted(KINDS), 2) if kind == COMBINED else [kind]:
        copy = KINDS[name](rng, copy)
    later = date.fromisoformat(published) + timedelta(days=rng.randint(0, 20)) if published else None
    return value_of(copy, later.isoformat() if later else None)


def stream(rng: random.Random, count: int, *, dated: bool) -> list[Text]:
    """Stories, their reprints and look-alikes, and short notices, as they would come in one after another."""
    given = stories.given_sentences()
    kinds = [*KINDS, COMBINED]
    texts: list[Text] = []
    number = 0
    for at in range(count):
        pool = [stories.own_sentence(rng) for _ in range(30)] + rng.sample(given, min(20, len(given)))
        story = stories.new_story(rng, given, boilerplate=rng.choice((0.1, 0.3, 0.6)), pool=pool)
        day = story.published if dated else None
        whole = Copy(title=story.headline, text=story.text)
        texts.append(Text(value_of(whole, day), number, "story"))
        texts += [Text(reprint(rng, whole, kind, day), number, kind) for kind in rng.sample(kinds, 3)]
        for make in lookalikes.LOOKALIKES if at % 3 == 0 else ():
            number += 1
            like = make(rng, story, changed=rng.choice(SHARES_CHANGED), numbers=rng.choice(SHARES_NUMBERS))
            texts.append(Text(value_of(like, day), number, make.__name__))
        number += 1
    for notice in lookalikes.notices(rng, count // 2):
        texts.append(Text(value_of(notice.copy, None), number, "notice"))
        number += 1
    return texts


def judge(texts: Sequence[Text], method: Method) -> Tally:
    """Hand a stream to a method."""
    tally = Tally()
    for text in texts:
        tally.seen[text.kind] += 1
        other = method.meet(text.value)
        if other is not None:
            tally.hidden[text.kind] += 1
            tally.wrong[text.kind] += texts[other].story != text.story
    return tally


def pairs(
    rng: random.Random, count: int, make: Callable[..., Copy], *, changed: float, numbers: float
) -> Counter[str | None]:
    """What look-alikes are called side by side, without any date of publication: only the texts can tell."""
    given = stories.given_sentences()
    kinds: Counter[str | None] = Counter()
    for _ in range(count):
        story = stories.new_story(rng, given, boilerplate=0.3)
        relation = compare(
            value_of(make(rng, story, changed=changed, numbers=numbers), None), original(story, dated=False)
        )
        kinds[relation.kind if relation else None] += 1
    return kinds


def linked(rng: random.Random, count: int) -> tuple[float, float]:
    """Shares of excerpts (25 to 45 % of a report) and of round-ups (of four) that are found and point the right way."""
    given = stories.given_sentences()
    excerpts = round_ups = 0
    for _ in range(count):
        some = [stories.new_story(rng, given) for _ in range(4)]
        index = Product()
        for story in some:
            index.relations(original(story))
        text = some[0].text
        size = int(len(text) * rng.uniform(0.25, 0.45))
        start = rng.randrange(len(text) - size)
        part = evolve(original(some[0]), text_hans=text[start : start + size], body_sha256="part")
        excerpts += any(
            number == 0 and relation.kind == "excerpt_of" and not relation.inverse
            for number, relation in index.relations(part)
        )
        whole = evolve(
            part, title_hans="一周教育要闻", text_hans="\n".join(story.text for story in some), body_sha256="round-up"
        )
        held = {
            number for number, relation in index.relations(whole) if relation.kind == "excerpt_of" and relation.inverse
        }
        round_ups += held >= {0, 1, 2, 3}
    return excerpts / count, round_ups / count

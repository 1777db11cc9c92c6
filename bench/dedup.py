"""Measures how reprints are told from look-alikes: `python -m bench.dedup`.

Every text goes through the product's own functions (normalise, winnow, compare). The index is a plain dictionary here,
because what is measured is the verdict; bench/dedup_store.py times the rows in the store.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import time
from collections import Counter, defaultdict
from datetime import date, timedelta

from attrs import evolve, frozen

from bench import stories
from bench.copies import CHANGES, Copy, light_edit
from bench.stories import Story
from crawler.dedup import Fingerprinted, Relation, compare, normalise, winnow
from crawler.hans import to_hans

COMMON = 50  # fingerprints that more texts share say nothing
CANDIDATES = 8
SHARES_CHANGED = (0.0, 0.08, 0.2, 0.35)  # of the sentences of a look-alike


class Index:
    """Texts by fingerprint."""

    def __init__(self) -> None:
        self.known: list[Fingerprinted] = []
        self._rows: defaultdict[int, list[int]] = defaultdict(list)

    def relations(self, text: Fingerprinted) -> list[tuple[int, Relation]]:
        """What the text is to those known so far, (number, relation), best first; then it is known too."""
        hits: Counter[int] = Counter()
        keys = winnow(normalise(text.text_hans, simplified=True))
        for key in keys:
            if len(self._rows[key]) <= COMMON:
                hits.update(self._rows[key])
        found = []
        for number, _ in hits.most_common(CANDIDATES):
            if relation := compare(text, self.known[number]):
                found.append((number, relation))
        for key in keys:
            if len(self._rows[key]) <= COMMON:
                self._rows[key].append(len(self.known))
        self.known.append(text)
        return sorted(found, key=lambda row: (row[1].hides, row[1].score), reverse=True)


@frozen
class Text:
    """A text with what is true of it."""

    value: Fingerprinted
    story: int
    kind: str


def value_of(copy: Copy, published: str | None, held_on: str | None = None) -> Fingerprinted:
    """What filing would compare."""
    text = to_hans(copy.text)
    body = normalise(text, simplified=True)
    return Fingerprinted(
        title_hans=to_hans(copy.title),
        text_hans=text,
        published=published,
        held_on=held_on,
        body_sha256=hashlib.sha256(body.encode()).hexdigest(),
    )


def original(story: Story, *, dated: bool) -> Fingerprinted:
    return value_of(Copy(title=story.headline, text=story.text), story.published if dated else None)


def reprint(rng: random.Random, story: Story, kind: str, *, dated: bool) -> Fingerprinted:
    """A copy with one kind of change, or with two for `combined`."""
    copy = Copy(title=story.headline, text=story.text)
    changes = {change.__name__: change for change in CHANGES}
    for name in rng.sample(sorted(changes), 2) if kind == "combined" else [kind]:
        copy = changes[name](rng, copy)
    day = date.fromisoformat(story.published) + timedelta(days=rng.randint(0, 20))
    return value_of(copy, day.isoformat() if dated else None)


def stream(rng: random.Random, count: int, *, dated: bool) -> None:
    """Stories, their reprints and their look-alikes as they would come in, one after another."""
    given = stories.given_sentences()
    texts: list[Text] = []
    kinds = [change.__name__ for change in CHANGES] + ["combined"]
    number = 0
    for at in range(count):
        pool = [stories.own_sentence(rng) for _ in range(30)] + rng.sample(given, min(20, len(given)))
        story = stories.new_story(rng, given, boilerplate=rng.choice((0.1, 0.3, 0.6)), pool=pool)
        family = [(story, "story")]
        if at % 3 == 0:
            changed = rng.choice(SHARES_CHANGED)
            family.append((stories.next_year(rng, story, changed=changed), f"next year, {changed:.0%} changed"))
            family.append((stories.other_city(rng, story, changed=changed), f"other city, {changed:.0%} changed"))
        for member, kind in family:
            texts.append(Text(original(member, dated=dated), number, kind))
            if kind == "story":
                texts += [Text(reprint(rng, member, one, dated=dated), number, one) for one in rng.sample(kinds, 3)]
            number += 1
    index = Index()
    seen: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for text in texts:
        seen[text.kind] += 1
        best = next(((at, relation) for at, relation in index.relations(text.value) if relation.hides), None)
        if best is not None:
            hidden[text.kind] += 1
            wrong[text.kind] += texts[best[0]].story != text.story
    print(f"\n{'with' if dated else 'without'} dates of publication: {len(texts)} texts")
    print(f"{'':28}{'texts':>8}{'hidden':>9}{'by another story':>18}")
    for kind in sorted(seen, key=lambda kind: (kind not in kinds, kind)):
        print(f"{kind:28}{seen[kind]:8}{hidden[kind] / seen[kind]:9.2%}{wrong[kind] / seen[kind]:18.2%}")
    copies = sum(seen[kind] for kind in kinds)
    found = sum(hidden[kind] - wrong[kind] for kind in kinds)
    print(f"reprints found {found / copies:.2%}, alert again {1 - found / copies:.2%}")


def pairs(rng: random.Random, count: int) -> None:
    """Look-alikes side by side without any date of publication: only the texts can tell."""
    given = stories.given_sentences()
    print(f"\n{count} pairs each, no dates of publication{'merged':>12}{'called revisions':>20}")
    for name, make in (("next year", stories.next_year), ("other city", stories.other_city)):
        for changed in SHARES_CHANGED:
            kinds = Counter()
            for _ in range(count):
                story = stories.new_story(rng, given, boilerplate=0.3)
                other = make(rng, story, changed=changed)
                relation = compare(original(other, dated=False), original(story, dated=False))
                kinds[relation.kind if relation else None] += 1
            merged, revised = kinds["reprint_of"] / count, kinds["revision_of"] / count
            print(f"{name}, {changed:4.0%} of sentences changed{'':12}{merged:12.2%}{revised:20.2%}")


def excerpts(rng: random.Random, count: int) -> None:
    """A cut of 25 to 45 % of a report, and a round-up of three."""
    given = stories.given_sentences()
    linked: Counter[str] = Counter()
    for _ in range(count):
        some = [stories.new_story(rng, given) for _ in range(4)]
        whole = original(some[0], dated=True)
        text = some[0].text
        size = int(len(text) * rng.uniform(0.25, 0.45))
        start = rng.randrange(len(text) - size)
        part = evolve(whole, text_hans=text[start : start + size], body_sha256="part")
        relation = compare(part, whole)
        linked["excerpts"] += relation is not None and relation.kind == "excerpt_of" and not relation.inverse
        round_up = evolve(whole, text_hans="\n".join(one.text for one in some), body_sha256="round-up")
        relation = compare(round_up, whole)
        linked["round-ups"] += relation is not None and relation.kind == "excerpt_of" and relation.inverse
    print("\n" + ", ".join(f"{kind} linked {number / count:.1%}" for kind, number in linked.items()))


def speed(rng: random.Random, count: int) -> None:
    """Milliseconds for texts of 2,000 characters, no text met twice."""
    given = stories.given_sentences()
    times: dict[str, list[float]] = {"normalise": [], "winnow": [], "normalise + compare with a reprint": []}
    for _ in range(count):
        story = stories.new_story(rng, given)
        while len(story.text) < 2000:
            story = evolve(story, paragraphs=story.paragraphs + stories.new_story(rng, given).paragraphs)
        copy = Copy(title=story.headline, text=story.text[:2000])
        known, fresh = value_of(copy, story.published), value_of(light_edit(rng, copy), story.published)
        compare(known, known)
        started = time.perf_counter()
        compare(fresh, known)
        times["normalise + compare with a reprint"].append(time.perf_counter() - started)
        started = time.perf_counter()
        body = normalise(copy.text)
        times["normalise"].append(time.perf_counter() - started)
        started = time.perf_counter()
        winnow(body)
        times["winnow"].append(time.perf_counter() - started)
    print()
    for name, taken in times.items():
        middle, late = statistics.median(taken) * 1e3, statistics.quantiles(taken, n=20)[-1] * 1e3
        print(f"{name}: median {middle:.2f} ms, p95 {late:.2f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stories", type=int, default=600)
    options.add_argument("--pairs", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    for dated in (True, False):
        stream(random.Random(given.seed), given.stories, dated=dated)
    pairs(random.Random(given.seed + 1), given.pairs)
    excerpts(random.Random(given.seed + 2), given.pairs)
    speed(random.Random(given.seed + 3), min(given.pairs, 300))


if __name__ == "__main__":
    main()

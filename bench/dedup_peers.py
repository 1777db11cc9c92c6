"""Other ways to find the same text, to be measured beside the product's own on the same normalised texts.

Each peer is told of one text after another and says which earlier one it takes it for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Protocol

import numpy as np

from crawler.dedup import Fingerprinted, Relation, compare, normalise, winnow
from crawler.dedup.grams import Grams, Hashes

COMMON = 50  # fingerprints that more texts share say nothing
CANDIDATES = 20


class Method(Protocol):
    """One way to find the same text."""

    name: str

    def meet(self, text: Fingerprinted) -> int | None:
        """The number of the earlier text that this one is taken for; it is known from now on."""


class Product:
    """Fingerprints and the verdict on each candidate, with a dictionary for the store's rows."""

    name = "Huixun"

    def __init__(self) -> None:
        self.known: list[Fingerprinted] = []
        self._rows: defaultdict[int, list[int]] = defaultdict(list)

    def meet(self, text: Fingerprinted) -> int | None:
        """See Method."""
        found = [pair for pair in self.relations(text) if pair[1].hides]
        return max(found, key=lambda pair: pair[1].score)[0] if found else None

    def relations(self, text: Fingerprinted) -> list[tuple[int, Relation]]:
        """Everything that the text is to earlier ones."""
        keys = winnow(normalise(text.text_hans, simplified=True))
        rare = [key for key in keys if len(self._rows[key]) <= COMMON]
        hits = Counter(number for key in rare for number in self._rows[key])
        related = [(number, compare(text, self.known[number])) for number, _ in hits.most_common(CANDIDATES)]
        for key in rare:
            self._rows[key].append(len(self.known))
        self.known.append(text)
        return [(number, relation) for number, relation in related if relation is not None]


class ExactHash:
    """The hash of the normalised body."""

    name = "exact hash"

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._count = 0

    def meet(self, text: Fingerprinted) -> int | None:
        """See Method."""
        found = self._known.get(text.body_sha256)
        self._known.setdefault(text.body_sha256, self._count)
        self._count += 1
        return found


class Jaccard:
    """The share of runs of four letters in common, against every text."""

    def __init__(self, least: float) -> None:
        self.name = f"char-4 Jaccard {least}"
        self._least = least
        self._known: list[Hashes] = []

    def meet(self, text: Fingerprinted) -> int | None:
        """See Method."""
        mine = _grams(text).short
        best, found = self._least, None
        for number, other in enumerate(self._known):
            if min(len(mine), len(other)) < self._least * max(len(mine), len(other)):
                continue
            both = len(np.intersect1d(mine, other, assume_unique=True))
            if both and both / (len(mine) + len(other) - both) >= best:
                best, found = both / (len(mine) + len(other) - both), number
        self._known.append(mine)
        return found


class SimHash:
    """64 bits of which near texts differ in few (Manku 2007)."""

    def __init__(self, most: int) -> None:
        self.name = f"SimHash {most} bits"
        self._most = most
        self._known: list[int] = []

    def meet(self, text: Fingerprinted) -> int | None:
        """See Method."""
        hashes = _grams(text).hashes(3) * np.uint64(0xBF58476D1CE4E5B9)
        hashes ^= hashes >> np.uint64(29)
        ones = ((hashes[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).sum(axis=0)
        bits = sum(1 << at for at in np.flatnonzero(ones * 2 > len(hashes)).tolist())
        apart = [(bits ^ other).bit_count() for other in self._known]
        self._known.append(bits)
        return apart.index(min(apart)) if apart and min(apart) <= self._most else None


class MinHash:
    """128 permutations and an index in memory, of the library datasketch. Raises ImportError where it is missing."""

    def __init__(self, least: float) -> None:
        import datasketch

        self.name = f"MinHash {least}"
        self._make = datasketch.MinHash
        self._index = datasketch.MinHashLSH(threshold=least, num_perm=128)
        self._known: list[datasketch.MinHash] = []
        self._least = least

    def meet(self, text: Fingerprinted) -> int | None:
        """See Method."""
        mine = self._make(num_perm=128)
        mine.update_batch([value.tobytes() for value in _grams(text).short])
        number = len(self._known)
        found = max(self._index.query(mine), key=lambda other: mine.jaccard(self._known[other]), default=None)
        self._index.insert(number, mine)
        self._known.append(mine)
        return found if found is not None and mine.jaccard(self._known[found]) >= self._least else None


def peers() -> list[Method]:
    """All of them, empty; MinHash only where datasketch is installed."""
    made: list[Method] = [ExactHash(), Jaccard(0.5), Jaccard(0.7), SimHash(3), SimHash(10)]
    try:
        return [*made, MinHash(0.5), MinHash(0.7)]
    except ImportError:
        return made


def _grams(text: Fingerprinted) -> Grams:
    return Grams(normalise(text.text_hans, simplified=True))

"""Hashes every run of k letters of a text, and chooses the few that are kept as its fingerprints.

A prefix sum of a polynomial modulo 2**64 gives the hash of any run in two operations, for every k alike. All numbers
are whole and wrap in 64 bits, so the same text has the same fingerprints in every process and on every machine.
"""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

FINGERPRINT_LETTERS = 16
ANCHOR_LETTERS = 6
_STEPS = (1, 2, 4, 8, 16, 16)  # the least of 2, 4, 8, 16, 32 and 48 neighbours, each from the one before
FINGERPRINT_WINDOW = 1 + sum(_STEPS)  # runs that choose one among them: about 38 fingerprints for 1,000 letters
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_INVERSE = pow(_BASE, -1, 1 << 64)


class Grams:
    """The runs of letters of one normalised text."""

    def __init__(self, text: str) -> None:
        self.text = text
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
        self._sums = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(_mix(points) * _powers(_BASE, len(points)), out=self._sums[1:])

    def hashes(self, k: int) -> Hashes:
        """The hash of the k letters from each position on, shape (letters - k + 1,); empty for a shorter text."""
        count = max(len(self.text) - k + 1, 0)
        return (self._sums[k : k + count] - self._sums[:count]) * _powers(_INVERSE, count)

    @cached_property
    def anchors(self) -> tuple[Hashes, NDArray[np.intp]]:
        """The runs of 6 letters, sorted, and the position of each: here two texts are laid side by side."""
        hashes = self.hashes(ANCHOR_LETTERS)
        order = np.argsort(hashes, kind="stable")
        return hashes[order], order

    @cached_property
    def short(self) -> Hashes:
        """The different runs of 4 letters, sorted: they survive light edits."""
        return _distinct(self.hashes(4))

    @cached_property
    def long(self) -> Hashes:
        """The different runs of 24 letters, sorted: they are whole clauses."""
        return _distinct(self.hashes(24))


def containment(left: Hashes, right: Hashes) -> float:
    """The share of the smaller set that the larger one holds, 0..1; 0 where one is empty. Neither has repeats."""
    smaller = min(len(left), len(right))
    if not smaller:
        return 0.0
    return len(np.intersect1d(left, right, assume_unique=True)) / smaller


def winnow(text: str) -> tuple[int, ...]:
    """Sparse winnowing (Schleimer 2003): the least hash of each window, sorted, as signed 64 bit numbers.

    Any 63 letters (16 + 48 - 1) that two texts share give them a fingerprint in common; a text of fewer than 16
    letters has none.
    """
    least = _mix(Grams(text).hashes(FINGERPRINT_LETTERS))
    if len(least) < FINGERPRINT_WINDOW:
        return (int(least.min().view(np.int64)),) if len(least) else ()
    for step in _STEPS:
        least = np.minimum(least[:-step], least[step:])
    return tuple(sorted(set(least.view(np.int64).tolist())))


def _distinct(hashes: Hashes) -> Hashes:
    """Sorted, without repeats; numpy's own unique() takes twelve times as long."""
    hashes = np.sort(hashes)
    return hashes[np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))]


def _mix(values: Hashes) -> Hashes:
    """The finaliser of splitmix64: without it neighbouring letters would have neighbouring hashes."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _powers(base: int, count: int) -> Hashes:
    """base**0, base**1 … modulo 2**64, shape (count,)."""
    return _power_table(base, 1 << max(count, 1024).bit_length())[:count]


@cache
def _power_table(base: int, count: int) -> Hashes:
    factors = np.full(count, base, dtype=np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)

"""A light classifier of short texts: logistic regression on hashed character 1- to 3-grams, a whole page in one pass.

The weights are trained by bench/train_spam.py, which prints how good they are; they lie beside this module as eight-bit
integers with one scale. Prefix sums over the page make the score of any piece of it a matter of three subtractions.
"""

from __future__ import annotations

import io
from functools import cache
from importlib.resources import files

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from crawler.despam.words import Codes

BUCKETS = 1 << 16
ORDERS = 3
_PRIMES = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35))


@frozen(kw_only=True)
class Model:
    """Weights (shape: BUCKETS, float32) and the bias of the regression."""

    weights: NDArray[np.float32]
    bias: float


def buckets(codes: Codes) -> list[NDArray[np.uint16]]:
    """The bucket of the n-gram that starts at each place, for n = 1, 2, 3 (shapes: length, length - 1, length - 2)."""
    wide = codes.astype(np.uint32)
    wide[(wide >= ord("0")) & (wide <= ord("9"))] = ord("0")
    found = []
    mixed = np.zeros(len(wide), dtype=np.uint32)
    for order in range(ORDERS):
        if len(wide) <= order:
            break
        mixed = (mixed[: len(wide) - order] ^ wide[order:]) * _PRIMES[order]
        mixed ^= mixed >> np.uint32(15)
        found.append(mixed.astype(np.uint16))  # the lower bits: BUCKETS is as many
    return found


@cache
def shipped() -> Model:
    """The model that lies beside this module."""
    with np.load(io.BytesIO(files(__package__).joinpath("weights.npz").read_bytes())) as data:
        return Model(weights=data["weights"].astype(np.float32) * float(data["scale"]), bias=float(data["bias"]))


class Scorer:
    """Scores of any piece of one page's folded text."""

    def __init__(self, codes: Codes, model: Model | None = None) -> None:
        self._model = model or shipped()
        self._length = len(codes)
        self._sums = []
        for found in buckets(codes):
            sums = np.zeros(len(found) + 1, dtype=np.float64)
            np.cumsum(self._model.weights.take(found), out=sums[1:])
            self._sums.append(sums)

    def logits(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Log-odds that each piece [start, end) is planted; an empty piece gets the bias."""
        total = np.zeros(len(starts))
        grams = np.zeros(len(starts))
        for order, sums in enumerate(self._sums):
            last = np.clip(ends - order, starts, len(sums) - 1)
            first = np.minimum(starts, last)
            total += sums[last] - sums[first]
            grams += last - first
        return self._model.bias + total / np.sqrt(np.maximum(grams, 1.0))

    def logit(self, start: int, end: int) -> float:
        """Log-odds that one piece is planted."""
        return float(self.logits(np.array([start]), np.array([end]))[0])

"""Runs of neighbouring items whose points add up: one unlikely item between likely ones does not part them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOW, HIGH = -4.0, 8.0  # what one item may take from a run, and add to it
DROP = 6.0  # a run ends where it has lost so much since its best
RUN = 5.5  # points that make a run planted; the highest of 299 honest pages have 4.9
UNSEEN = 6.5  # the same for a run without any word of the lexicon that is rare in honest text


def runs(points: NDArray[np.float64], steps: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Runs [first, last) of items, from their points and what it costs to go on to each from the one before it.

    Both arrays have the shape (number of items,).
    """
    found: list[tuple[int, int]] = []
    first, last, total, best = 0, 0, 0.0, 0.0
    for index, (value, step) in enumerate(zip(points.tolist(), steps.tolist(), strict=True)):
        total -= step
        if total <= 0 or best - total >= DROP:
            if best > 0:
                found.append((first, last))
            first, total, best = index, 0.0, 0.0
        total += value
        if total > best:
            best, last = total, index + 1
    if best > 0:
        found.append((first, last))
    return found

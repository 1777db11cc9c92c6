"""Finds what a copy has between the lines of its original: forged clones put a person of their own into real news."""

from __future__ import annotations

import numpy as np

from crawler.dedup.grams import ANCHOR_LETTERS
from crawler.dedup.relate import grams_of

_LEAST = 8  # letters: less is a corrected word or a sign that was damaged
_AROUND = 40  # letters of the original on both sides, else it is another head or tail


def put_in(copy_hans: str, original_hans: str) -> tuple[str, ...]:
    """The runs of letters, without punctuation, that stand amidst a copy's text and nowhere in the original's.

    Whole paragraphs in another order are none. Pages like that: field study of saved pages, 2024–25, where template,
    footer and site code were true and one sentence was not.
    """
    copy, original = grams_of(copy_hans), grams_of(original_hans)
    shared = np.isin(copy.hashes(ANCHOR_LETTERS), original.anchors[0])
    if not shared.any():
        return ()
    steps = np.zeros(len(copy.text) + 1, dtype=np.int64)
    starts = np.flatnonzero(shared)
    np.add.at(steps, starts, 1)
    np.add.at(steps, starts + ANCHOR_LETTERS, -1)
    covered = np.cumsum(steps[:-1]) > 0
    before = np.concatenate(([0], np.cumsum(covered)))
    edges = np.flatnonzero(np.diff(covered.astype(np.int8), prepend=1, append=1))
    gaps = [
        copy.text[start:end].replace("\n", "")
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if before[start] >= _AROUND and before[-1] - before[end] >= _AROUND
    ]
    return tuple(gap for gap in gaps if len(gap) >= _LEAST)

"""Lets the garbage collector rest in processes whose work is reading pages."""

from __future__ import annotations

import gc

_OBJECTS_BETWEEN = 100_000  # two looks for rings; Python's own limit is 700


def settle() -> None:
    """Tell the garbage collector that a process will do nothing but read pages: a twelfth more of them in a second.

    What is loaded stays for good, and the values of a page hold no rings, so looking for rings may wait. For commands
    and workers; in a program of somebody else's it is for them to say.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN, 20, 100)

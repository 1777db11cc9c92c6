"""Measures how the same text is found again: `python -m bench.dedup [--documents 10000 …] [--postgres]`.

Limits and words were tuned on seeds 1 to 3; the seeds measured unless others are named are 11 to 13.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter

from bench import dedup_store, lookalikes
from bench.dedup_peers import Product, peers
from bench.dedup_quality import COMBINED, KINDS, SHARES_CHANGED, SHARES_NUMBERS, judge, linked, pairs, stream

SEEDS = (11, 12, 13)
SIZES = (10_000, 100_000, 1_000_000)


def show_streams(seeds: list[int], count: int) -> None:
    """The product and its peers on the same streams."""
    for dated in (True, False):
        print(f"\nStreams of {count} stories, {'dated' if dated else 'undated'}, seeds {seeds}")
        print(f"{'':18}{'reprints found':>16}{'next year hidden':>18}{'other city':>12}{'notices':>9}{'stories':>9}")
        names = ("next_meeting", "other_city", "notice", "story")
        rows: dict[str, list[list[float]]] = {}
        kinds: Counter[str] = Counter()
        for seed in seeds:
            texts = stream(random.Random(seed), count, dated=dated)
            for method in (Product(), *peers()):
                tally = judge(texts, method)
                rows.setdefault(method.name, []).append([tally.found, *(tally.lost(name) for name in names)])
                if isinstance(method, Product):
                    kinds.update({kind: tally.seen[kind] for kind in (*KINDS, COMBINED)})
                    kinds.update(
                        {f"{kind} found": tally.hidden[kind] - tally.wrong[kind] for kind in (*KINDS, COMBINED)}
                    )
        for name, measured in rows.items():
            figures = [sum(column) / len(column) for column in zip(*measured, strict=True)]
            widths = (16, 18, 12, 9, 9)
            print(f"{name:18}" + "".join(f"{one:{width}.2%}" for one, width in zip(figures, widths, strict=True)))
        print("  " + ", ".join(f"{kind} {kinds[f'{kind} found']}/{kinds[kind]}" for kind in (*KINDS, COMBINED)))


def show_pairs(seeds: list[int], count: int) -> None:
    """Look-alikes of every hardness, without dates of publication."""
    print(f"\nLook-alikes side by side, undated, {count * len(seeds)} pairs each: merged (called revisions)")
    print(f"{'sentences changed':>18}{'numbers changed':>17}{'next year':>20}{'other city':>20}")
    for changed in SHARES_CHANGED:
        for numbers in SHARES_NUMBERS:
            cells = []
            for make in lookalikes.LOOKALIKES:
                kinds: Counter[str | None] = Counter()
                for seed in seeds:
                    kinds += pairs(random.Random(seed), count, make, changed=changed, numbers=numbers)
                merged, revised = kinds["reprint_of"], kinds["revision_of"]
                cells.append(f"{merged} ({revised})")
            print(f"{changed:18.0%}{numbers:17.0%}" + "".join(f"{cell:>20}" for cell in cells))


def main() -> None:
    """Print all tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, nargs="*", default=list(SIZES), help="sizes of the store")
    options.add_argument("--letters", type=int, default=2_000, help="of each document in the store")
    options.add_argument("--postgres", action="store_true", help="time PostgreSQL too")
    options.add_argument("--arrivals", type=int, default=2_000, help="documents that come one by one at each size")
    options.add_argument("--stories", type=int, default=200, help="of each stream")
    options.add_argument("--pairs", type=int, default=190, help="of each cell and seed")
    options.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    asked = options.parse_args()
    if asked.stories:
        show_streams(asked.seeds, asked.stories)
    if asked.pairs:
        show_pairs(asked.seeds, asked.pairs)
        shares = [linked(random.Random(seed), max(asked.pairs // 2, 1)) for seed in asked.seeds]
        excerpts, round_ups = (sum(column) / len(column) for column in zip(*shares, strict=True))
        print(f"\nexcerpts linked {excerpts:.1%}, round-ups linked to every part {round_ups:.1%}")
    for postgres in (False, True) if asked.postgres else (False,):
        if asked.documents:
            dedup_store.show(asked.documents, asked.arrivals, letters=asked.letters, postgres=postgres)


if __name__ == "__main__":
    main()

"""Times the fingerprint rows of the store: `python -m bench.dedup_store 10000 100000`, one commit for each report.

The store is filled with random fingerprints first (76 a report, as many as 2,000 characters have); then composed
reports are looked up and added one by one.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from bench import stories
from crawler.dedup import normalise, winnow
from crawler.store import Store, fingerprints, open_store

KEYS = 76
BATCH = 2_000
MEASURED = 400


def fill(store: Store, start: int, end: int, rng: np.random.Generator) -> None:
    """Reports number start to end, of random fingerprints, many in one commit and without asking."""
    insert = "INSERT INTO fingerprints (k, report_id) VALUES (?, ?)"
    for first in range(start, end, BATCH):
        numbers = range(first, min(first + BATCH, end))
        keys = rng.integers(-(2**63), 2**63, size=(len(numbers), KEYS)).tolist()
        rows = sorted((key, number) for number, some in zip(numbers, keys, strict=True) for key in some)
        with store.begin() as connection:
            connection.exec_driver_sql(insert, rows)


def measure(store: Store, start: int, rng: random.Random, given: list[str]) -> list[float]:
    """Milliseconds to ask for and to add one report, its commit included."""
    taken = []
    for number in range(start, start + MEASURED):
        keys = winnow(normalise(stories.new_story(rng, given).text))
        started = time.perf_counter()
        with store.begin() as connection:
            fingerprints.candidates(connection, keys)
            fingerprints.add(connection, report_id=number, keys=keys)
        taken.append((time.perf_counter() - started) * 1e3)
    return taken


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000])
    sizes = options.parse_args().sizes
    given = stories.given_sentences()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        store = open_store(f"sqlite:///{path}")
        filled = 1
        print(f"{'reports':>10}{'median ms':>12}{'p95 ms':>10}{'bytes a report':>17}")
        for size in sorted(sizes):
            fill(store, filled, size, np.random.default_rng(size))
            taken = measure(store, size, random.Random(size), given)
            filled = size + MEASURED
            middle, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
            print(f"{size:10,}{middle:12.2f}{late:10.2f}{path.stat().st_size / filled:17,.0f}")
        store.close()


if __name__ == "__main__":
    main()

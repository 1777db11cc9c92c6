"""`make bench-watch`: all three benches, or those named, on loopback against websites that the bench composes."""

from __future__ import annotations

import argparse

from bench.watch.no_change import no_change
from bench.watch.speed import speed
from bench.watch.thousand import thousand

LISTINGS, PAGES, SOURCES = 300, 600, 1000


def main() -> None:
    """Print what is asked for, all three by default."""
    parser = argparse.ArgumentParser(prog="make bench-watch", description=__doc__)
    parser.add_argument("what", nargs="*", help="no-change, speed, thousand")
    parser.add_argument("--minutes", type=float, default=4, help="of real time, for the thousand sources")
    asked = parser.parse_args()
    chosen = asked.what or ["no-change", "speed", "thousand"]
    if "no-change" in chosen:
        no_change(LISTINGS)
    if "speed" in chosen:
        speed(PAGES)
    if "thousand" in chosen:
        thousand(SOURCES, asked.minutes)


if __name__ == "__main__":
    main()

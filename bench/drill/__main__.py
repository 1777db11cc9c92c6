"""`make drill`: a compressed month of composed websites, with every fault, against the real service; and its score."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bench.drill.play import Played, Player
from bench.drill.score import Score, score
from bench.drill.world import OTHERS, Composer


def main() -> int:
    """0: every goal reached; 1: not."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--sites", type=int, default=60)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--home", type=Path, help="where to leave the data; a folder that is thrown away otherwise")
    asked = parser.parse_args()
    if asked.sites <= OTHERS or asked.days < 1:
        parser.error(f"more than {OTHERS} sites and a day at least")
    home = asked.home or Path(tempfile.mkdtemp(prefix="huixun-drill-"))
    try:
        drill = Composer(sites=asked.sites, days=asked.days, seed=asked.seed).drill()
        played = Player(drill, home.resolve(), seed=asked.seed, tell=lambda line: print(line, flush=True)).play()
        result = score(drill, played)
    finally:
        if asked.home is None:
            shutil.rmtree(home, ignore_errors=True)
    print(f"{asked.sites} sites, {asked.days} days, seed {asked.seed}; {drill.entries} entries appeared")
    tell(result, played)
    return 1 if result.failures else 0


def tell(result: Score, played: Played) -> None:
    """Print the result."""
    delays = result.delays or (timedelta(),)
    rows = {
        "conferences published": result.published,
        "seen": result.seen,
        "missed": len(result.missed),
        "delay p50 / p95 / max": " / ".join(_hours(_quantile(delays, share)) for share in (0.5, 0.95, 1.0)),
        "requests": f"{result.requests}, {result.requests_a_site_day:.1f} a site and day",
        "false alerts": len(result.false),
        "alerts lost": len(result.lost),
        "sent again, same key": result.repeats,
        "sent twice, other key": len(result.twice),
        "wrong states": len(result.wrong),
        "turns not told": len(result.untold),
        "stopped and killed": ", ".join(f"{played.kills.count(one)} {one}" for one in ("term", "kill", "crawl")),
        "processor time": f"{played.cpu:.0f} s service and crawls, {played.own_cpu:.0f} s websites and receivers",
        "wall time": f"{played.seconds:.0f} s for {len(played.moments)} moments",
    }
    for name, value in rows.items():
        print(f"{name:24}{value}")
    for line in result.slowest:
        print(f"slow: {line}")
    for name in ("missed", "lost", "false", "twice", "wrong", "untold"):
        for line in getattr(result, name):
            print(f"{name.upper()}: {line}")


def _quantile(values: Sequence[timedelta], share: float) -> timedelta:
    return values[min(len(values) - 1, int(share * len(values)))]


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.1f} h"


if __name__ == "__main__":
    sys.exit(main())

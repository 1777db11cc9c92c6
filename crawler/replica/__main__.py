"""Runs a replica by hand: `python -m crawler.replica --folder seeds/demo --clock FILE --port N`."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import datetime
from pathlib import Path

from crawler.replica.server import Replica


def main() -> int:
    """Serve until interrupted. Exit code 2 where the folder, the clock or the port cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m crawler.replica", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, required=True, help="the replica folder: script.toml, hosts/, templates/"
    )
    parser.add_argument("--clock", type=Path, help="a file with the simulated time, 2024-11-02T12:00:00+08:00")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()

    def now() -> datetime:
        if asked.clock is None:
            return datetime.now().astimezone()
        return datetime.fromisoformat(asked.clock.read_text("ascii").strip()).astimezone()

    try:
        now()
        replica = Replica(asked.folder, now, port=asked.port)
    except (OSError, ValueError) as error:
        print(f"the replica cannot start: {error}", file=sys.stderr)
        return 2
    with replica:
        print(f"{len(replica.world.sites)} hosts behind the proxy {replica.url}; stop with Ctrl-C", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

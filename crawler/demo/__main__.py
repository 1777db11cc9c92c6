"""`make demo`: plays the script against a real watch, tells what happened, and exits 0 only if all is as expected."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console

from crawler.browser import find_browser
from crawler.config import ConfigError
from crawler.demo.check import differences, expected
from crawler.demo.play import DemoError, Played, is_unfinished, play
from crawler.demo.summary import tell
from crawler.store import StoreError, open_store
from crawler.web.server import serve_in_thread


def main() -> int:
    """0: all as expected; 1: not; 2: the demo could not be played."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"), help="where the demo keeps its data")
    parser.add_argument("--serve", action="store_true", help="leave the web page up at the end")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    has_browser = _browser(console)
    began = time.monotonic()
    if is_unfinished(asked.home):
        console.print("Going on with the demo that was interrupted.")
    try:
        with play(asked.home.resolve(), lambda line: console.print(line, highlight=False)) as played:
            code = _end(console, played, began, has_browser)
            if asked.serve:
                _serve(console, played)
            return code
    except (DemoError, ConfigError, StoreError, ValueError, OSError) as error:
        console.print(f"demo: {error}", style="red")
        return 2


def _browser(console: Console) -> bool:
    """Looked for by its files alone: this side of the house does not know how it is driven."""
    if find_browser():
        return True
    console.print(
        "NO BROWSER FOUND: the site that needs JavaScript is left out. `make browser` gets one.", style="bold red"
    )
    return False


def _end(console: Console, played: Played, began: float, has_browser: bool) -> int:
    store = open_store(played.config.store_url)
    try:
        with store.read() as conn:
            tell(console, played, conn)
            wrong = differences(played, conn, has_browser=has_browser)
    finally:
        store.close()
    for line in wrong:
        console.print(f"NOT AS EXPECTED: {line}", style="red", markup=False)
    seconds = time.monotonic() - began
    if not wrong:
        count = sum(has_browser or not one.get("browser") for one in expected()["conference"])
        console.print(f"All as expected: {count} conferences, every alert once, in {seconds:.0f} s.", style="green")
    return 1 if wrong else 0


def _serve(console: Console, played: Played) -> None:
    server = serve_in_thread(played.config, port=0)
    console.print(f"The web page is at {server.url} until Ctrl-C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())

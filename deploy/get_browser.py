"""Gets a Chromium where there is none: Playwright's own download first, then Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from crawler.browser import find_browser

_WAYS = (
    ([sys.executable, "-m", "playwright", "install", "chromium-headless-shell"], False),
    (["apt-get", "update", "-qq"], True),
    (["apt-get", "install", "-y", "-qq", "chromium-headless-shell"], True),
)


def main() -> int:
    """Try each way until a browser is there; 1 where none could be had."""
    for command, needs_root in _WAYS:
        if find_browser():
            break
        if needs_root and (os.geteuid() != 0 or not shutil.which(command[0])):
            continue
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - fixed argument lists
    found = find_browser()
    if not found:
        print(
            "NO BROWSER: pages that need JavaScript will be skipped; install chromium-headless-shell", file=sys.stderr
        )
        return 1
    print(f"browser: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

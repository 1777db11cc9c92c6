"""Finds a Chromium on this machine."""

from __future__ import annotations

import os
from pathlib import Path

# Playwright's own first, then Debian's packages chromium-headless-shell and chromium.
_OWN = (
    "chromium_headless_shell-*/chrome*/headless_shell",
    "chromium_headless_shell-*/chrome*/chrome-headless-shell",
    "chromium-*/chrome*/chrome",
)
_DEBIAN = (Path("/usr/lib/chromium/chromium-headless-shell"), Path("/usr/lib/chromium/chromium"))


def find_browser(named: Path | None = None) -> Path | None:
    """The executable to use, or None where there is none."""
    if named is not None:
        return named if named.is_file() else None
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    own = [path for pattern in _OWN for path in sorted(cache.glob(pattern), reverse=True)]
    return next((path for path in [*own, *_DEBIAN] if path.is_file()), None)

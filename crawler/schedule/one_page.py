"""Fetches one page for `huixun explain` by the crawl's own code and rules, in a store that is thrown away."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from crawler.config import Config
from crawler.items import Page
from crawler.schedule.runner import environment
from crawler.store import open_store, outcomes
from crawler.store.snapshots import pages_of

SECONDS = 120


class FetchError(Exception):
    """The page cannot be had; the message says why in one sentence."""


def fetch(url: str, config: Config) -> Page:
    """One page, as the crawl gets it. Raises FetchError."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        store_url = f"sqlite:///{home / 'huixun.db'}"
        env = environment(config) | {"HUIXUN_HOME": name, "HUIXUN_STORE": store_url}
        command = [sys.executable, "-m", "scrapy", "crawl", "page", "-a", f"url={url}"]
        try:
            done = subprocess.run(command, env=env, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise FetchError(f"{url} was not there after {SECONDS} seconds") from None
        for path in sorted((home / "snapshots").rglob("*.warc.gz")):
            for page in pages_of(path):
                return page
        raise FetchError(_reason(store_url, done.stderr) or f"{url} cannot be fetched")


def _reason(store_url: str, log: bytes) -> str:
    store = open_store(store_url)
    try:
        with store.read() as conn:
            rows = outcomes.recent(conn, limit=1)
    finally:
        store.close()
    return rows[0].reason or "" if rows else log.decode("utf-8", "replace").strip().rpartition("\n")[2]

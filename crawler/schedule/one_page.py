"""Fetches a few pages, as `huixun explain` and `huixun sources` need them, by the crawl's own code and rules.

The store is thrown away; robots.txt, the guard and politeness hold as in any crawl.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from crawler.config import Config
from crawler.items import Page
from crawler.schedule.exploring import Fetch
from crawler.schedule.runner import die_with_parent, environment
from crawler.store import StoreError, open_store, outcomes
from crawler.store.snapshots import pages_of

SECONDS = 120
_SECONDS_MORE = 30  # for each page after the first


class FetchError(Exception):
    """The page cannot be had; the message says why in one sentence."""


def fetch(url: str, config: Config) -> Page:
    """One page, as the crawl gets it. Raises FetchError."""
    answer = fetch_all([url], config)[url]
    if isinstance(answer, str):
        raise FetchError(answer)
    return answer


def fetcher(config: Config) -> Fetch:
    """Fetches in rounds, as far apart as two requests to one host are."""
    last = float("-inf")

    def rounds(urls: Sequence[str], rendered: bool) -> Mapping[str, Page | str]:
        nonlocal last
        time.sleep(max(0.0, last + config.crawl.delay - time.monotonic()))
        try:
            return fetch_all(urls, config, rendered=rendered)
        finally:
            last = time.monotonic()

    return rounds


def fetch_all(urls: Sequence[str], config: Config, *, rendered: bool = False) -> dict[str, Page | str]:
    """For each address, which has no white space in it, its page, or the reason why there is none.

    One crawl for all. ``rendered`` uses a browser. Takes at most two minutes, and half a minute more for each page
    after the first.
    """
    seconds = SECONDS + _SECONDS_MORE * (len(urls) - 1)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        store_url = f"sqlite:///{home / 'huixun.db'}"
        env = environment(config) | {"HUIXUN_HOME": name, "HUIXUN_STORE": store_url}
        command = [sys.executable, "-m", "scrapy", "crawl", "page", "-a", f"url={' '.join(urls)}"]
        last = ""
        try:
            done = subprocess.run(  # noqa: S603 - an argument list, no shell
                [*command, *(["-a", "render=1"] if rendered else [])],
                env=env,
                capture_output=True,
                timeout=seconds,
                check=False,
                preexec_fn=die_with_parent,
            )
            last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        except subprocess.TimeoutExpired:
            last = f"nothing came in {seconds} seconds"
        found: dict[str, Page | str] = {}
        for path in sorted((home / "snapshots").rglob("*.warc.gz")):
            with suppress(StoreError):  # a crawl that was stopped may leave a torn end
                for page in pages_of(path):
                    found[page.entry.url if page.entry else page.url] = page
        reasons = _reasons(store_url, len(urls))
    return {url: found.get(url) or reasons.get(url) or last or "the page cannot be fetched" for url in urls}


def _reasons(store_url: str, most: int) -> dict[str, str]:
    """Why addresses gave no page, as the crawl recorded it."""
    store = open_store(store_url)
    try:
        with store.read() as conn:
            rows = outcomes.recent(conn, limit=most)
    finally:
        store.close()
    return {row.url: row.reason for row in rows if row.reason}

"""Runs one crawl as a subprocess with a deadline, and judges it by the record it left, never by its exit code alone."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from crawler.config import Config
from crawler.logs import make_room

_GRACE = 15.0  # seconds between a request to stop and the next, harder one
_PR_SET_PDEATHSIG = 1


@frozen(kw_only=True)
class Crawled:
    """How a crawl ended."""

    sites: tuple[str, ...]
    exit_code: int
    timed_out: bool


class Crawl:
    """A running `scrapy crawl sites`, in a process group of its own."""

    def __init__(self, config: Config, sites: Sequence[str]) -> None:
        """Start it. The site ids come from the catalogue, whose loader lets only [a-z0-9-] through."""
        self.sites = tuple(sites)
        command = [sys.executable, "-m", "scrapy", "crawl", "sites", "-a", f"site={','.join(self.sites)}"]
        log = config.home / "logs" / "crawl.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        make_room(log, config.log)
        with log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 - an argument list, no shell
                command,
                env=environment(config),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
                preexec_fn=die_with_parent,
            )

    def wait(self, seconds: float) -> Crawled:
        """Wait for the end; past the deadline the crawl is stopped, gently, then firmly, then at once."""
        try:
            return Crawled(sites=self.sites, exit_code=self._process.wait(seconds), timed_out=False)
        except subprocess.TimeoutExpired:
            return Crawled(sites=self.sites, exit_code=self.stop(), timed_out=True)

    def stop(self) -> int:
        """Stop the whole process group: SIGTERM (finish what is in flight), SIGTERM again (now), SIGKILL."""
        for wanted in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, wanted)
            except ProcessLookupError:
                break
            try:
                return self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                continue
        return self._process.wait()


def environment(config: Config) -> dict[str, str]:
    """The environment of a crawl: the settings that this process uses, so that both see the same store."""
    env = dict(os.environ, SCRAPY_SETTINGS_MODULE="crawler.settings", PYTHONUNBUFFERED="1")
    if config.source is not None:
        env["HUIXUN_CONFIG"] = str(Path(config.source).resolve())
    return env


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None  # loaded before any fork


def die_with_parent() -> None:
    """Linux: a crawl does not outlive a watch that was killed."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

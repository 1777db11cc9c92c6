"""The demo's websites at a moment of one's choice, and crawls of them as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from attrs import frozen

from crawler import config as configs
from crawler.config import CHECKOUT, Config
from crawler.replica import Replica
from crawler.store import Store, open_store

DEMO = CHECKOUT / "seeds" / "demo"


@frozen(kw_only=True)
class World:
    """A replica, a simulated time and a data folder; `env` makes every command of ours use them."""

    replica: Replica
    home: Path
    env: dict[str, str]

    @property
    def config(self) -> Config:
        return configs.load(None, self.env)

    def set_time(self, moment: str) -> None:
        (self.home / "clock").write_text(f"{moment}:00+08:00", "ascii")

    def scrapy(self, *args: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        return self._run("scrapy", *args, timeout=timeout)

    def huixun(self, *args: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        return self._run("crawler.cli", *args, timeout=timeout)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """The same, in the background."""
        return subprocess.Popen([sys.executable, "-m", *args], env=self.env, cwd=CHECKOUT, text=True)

    def _run(self, module: str, *args: str, timeout: float) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", module, *args]
        return subprocess.run(command, env=self.env, cwd=CHECKOUT, capture_output=True, text=True, timeout=timeout)

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = open_store(self.config.store_url)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def world(home: Path, moment: str, store_url: str | None = None, **settings: str) -> Iterator[World]:
    """`moment` is YYYY-MM-DDTHH:MM in China; `settings` are environment variables without their HUIXUN_."""
    clock = home / "clock"
    clock.write_text(f"{moment}:00+08:00", "ascii")
    with Replica(DEMO, now=lambda: datetime.fromisoformat(clock.read_text("ascii"))) as replica:
        own = {
            "HUIXUN_HOME": str(home / "var"),
            "HUIXUN_SITES": str(DEMO / "sites"),
            "HUIXUN_PROXY": replica.url,
            "HUIXUN_CLOCK": str(clock),
            "HUIXUN_CRAWL_DELAY": "0",
        }
        if store_url:
            own["HUIXUN_STORE"] = store_url
        named = {f"HUIXUN_{name.upper()}": value for name, value in settings.items()}
        plain = {name: value for name, value in os.environ.items() if not name.startswith("HUIXUN_")}
        yield World(replica=replica, home=home, env=plain | own | named)

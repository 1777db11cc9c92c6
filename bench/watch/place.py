"""Where the benches of the watch run: a data folder of its own, websites behind a proxy, and what a process took."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from attrs import frozen

from bench.drill.world import START
from crawler import config as configs
from crawler.config import CHECKOUT, Config
from crawler.demo.play import set_clock
from crawler.replica import Replica
from crawler.replica.world import World

NOON = START + timedelta(days=2, hours=10)  # a Wednesday, at the busiest hour


@frozen(kw_only=True)
class Place:
    """A data folder, the websites behind its proxy, and the environment that makes our commands use both."""

    home: Path
    replica: Replica
    env: dict[str, str]

    @property
    def config(self) -> Config:
        return configs.load(None, self.env)


@frozen(kw_only=True)
class Used:
    """What one process took."""

    seconds: float
    cpu: float
    megabytes: float


@contextmanager
def place(world: World, catalog: str, at: datetime, **settings: str) -> Iterator[Place]:
    """A place of its own, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="huixun-bench-") as name:
        home = Path(name)
        (home / "sites").mkdir()
        (home / "sites" / "bench.toml").write_text(catalog, "utf-8")
        set_clock(home / "clock", at)
        with Replica(world, lambda: datetime.fromisoformat((home / "clock").read_text("ascii"))) as replica:
            own = {
                "HUIXUN_HOME": str(home / "var"),
                "HUIXUN_SITES": str(home / "sites"),
                "HUIXUN_PROXY": replica.url,
                "HUIXUN_CLOCK": str(home / "clock"),
                "HUIXUN_CRAWL_PAGES_PER_SITE": "10000",
            }
            plain = {key: value for key, value in os.environ.items() if not key.startswith("HUIXUN_")}
            named = {f"HUIXUN_{key.upper()}": value for key, value in settings.items()}
            yield Place(home=home, replica=replica, env=plain | own | named)


def run(there: Place, *commands: Sequence[str]) -> Used:
    """Run commands of ours side by side to their end. Raises CalledProcessError where one fails."""
    began = time.monotonic()
    with (there.home / "log").open("ab") as log:
        running = [
            subprocess.Popen([sys.executable, *command], env=there.env, cwd=CHECKOUT, stdout=log, stderr=log)
            for command in commands
        ]
    before, size = resource.getrusage(resource.RUSAGE_CHILDREN), 0.0
    while any(process.poll() is None for process in running):
        size = max(size, *(_largest(process.pid) for process in running))
        time.sleep(0.05)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    for process in running:
        if process.returncode:
            print((there.home / "log").read_text("utf-8", "replace")[-3000:])
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return Used(seconds=time.monotonic() - began, cpu=cpu, megabytes=size)


def _largest(pid: int) -> float:
    """The most memory that a process ever held, in MB; what getrusage says counts its parent before the exec, too."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def crawl(*arguments: str) -> list[str]:
    """The command of a crawl."""
    return ["-m", "scrapy", "crawl", "sites", *(part for argument in arguments for part in ("-a", argument))]

"""Plays the script: sets the clock to one moment after the other and waits until the watch has dealt with each."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from attrs import frozen

from crawler import catalog as catalogs
from crawler import config as configs
from crawler.config import CHECKOUT, Config
from crawler.demo.receivers import Receivers
from crawler.replica import Replica
from crawler.schedule.runner import die_with_parent
from crawler.store import Store, entries, open_store, outbox, sources

FOLDER = CHECKOUT / "seeds" / "demo"
SECRET = "whsec_" + "aHVpeHVuLWRlbW8tc2VjcmV0LW5vdC1hLXNlY3JldA=="  # signs the demo's own webhooks on loopback
MOMENT_SECONDS = 60  # the longest that one moment may take


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


@frozen(kw_only=True)
class Played:
    """A demo that was played to its end."""

    config: Config
    receivers: Receivers
    replica: Replica


def is_unfinished(home: Path) -> bool:
    """True where a demo was begun in this folder and killed."""
    return (home / "clock").exists() and not (home / "finished").exists()


@contextmanager
def play(home: Path, tell: Callable[[str], None]) -> Iterator[Played]:
    """Play all moments, or those that a killed demo did not reach. Raises DemoError."""
    home.mkdir(parents=True, exist_ok=True)
    clock = home / "clock"
    with _alone(home), Receivers(home / "received.jsonl", SECRET, hook_port=_kept_port(home)) as receivers:
        (home / "hook-port").write_text(str(receivers.hook_port), "ascii")
        done = clock.read_text("ascii").strip() if clock.exists() else ""
        config = _settings(home, receivers)
        replica = Replica(FOLDER, now=lambda: configs.now(config))
        moments = replica.world.moments
        if not done:
            set_clock(clock, moments[0].at)
        with replica:
            config = _settings(home, receivers, replica.url)
            with _watch(config):
                for moment in moments:
                    if done and moment.at < datetime.fromisoformat(done):
                        continue
                    if moment.at.isoformat() != done:
                        set_clock(clock, moment.at)
                    tell(f"{moment.at:%Y-%m-%d}  {moment.tells}")
                    _wait_for(config, moment.at)
            (home / "finished").touch()
            yield Played(config=config, receivers=receivers, replica=replica)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One demo at a time in a folder; a killed one holds nothing."""
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoError(f"another demo is running in {home}; wait for it, or name another folder: --home") from None
        if not is_unfinished(home):
            for path in home.iterdir():
                if path.name != "lock":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        yield


def _kept_port(home: Path) -> int:
    """The webhook port of a killed demo, whose alerts still name it. Raises DemoError where it was taken meanwhile."""
    path = home / "hook-port"
    port = int(path.read_text("ascii")) if path.exists() else 0
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        raise DemoError(f"port {port} of the interrupted demo is taken; remove {home} to begin anew") from None
    return port


def set_clock(clock: Path, moment: datetime) -> None:
    """Set the simulated time, whole or not at all."""
    new = clock.with_suffix(".new")
    new.write_text(moment.isoformat(), "ascii")
    new.replace(clock)


def _settings(home: Path, receivers: Receivers, proxy: str = "http://127.0.0.1:9") -> Config:
    path = home / "huixun.toml"
    quoted = {"home": home, "sites": FOLDER / "sites", "clock": home / "clock", "proxy": proxy}
    text = "".join(f"{name} = {_toml(str(value))}\n" for name, value in quoted.items())
    template = (FOLDER / "huixun.toml").read_text("utf-8")
    path.write_text(
        text + template.replace("MAIL_PORT", str(receivers.mail_port)).replace("HOOK_PORT", str(receivers.hook_port)),
        "utf-8",
    )
    os.environ["HUIXUN_DEMO_SECRET"] = SECRET
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HUIXUN_") or "DEMO" in name}
    return configs.load(path, plain)


def _toml(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    assert tomllib.loads(f'x = "{escaped}"')["x"] == value
    return f'"{escaped}"'


@contextmanager
def _watch(config: Config) -> Iterator[None]:
    """The service itself, as `huixun watch` runs it; it dies with the demo."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUIXUN_") or "DEMO" in name}
    command = [sys.executable, "-m", "crawler.cli", "--config", str(config.source), "watch"]
    with (config.home / "watch.log").open("ab") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, preexec_fn=die_with_parent)  # noqa: S603
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(config: Config, moment: datetime) -> None:
    """Wait until every site was looked at since the moment, nothing is left to fetch and nothing to send."""
    site_ids = [site.id for site in catalogs.load(config.sites).sites if site.enabled]
    store = open_store(config.store_url)
    until = time.monotonic() + MOMENT_SECONDS
    try:
        while True:
            left = _left(store, config, site_ids, moment)
            if not left:
                return
            if time.monotonic() > until:
                raise DemoError(f"after {MOMENT_SECONDS} seconds there is still to do: {left}; see {config.home}/logs")
            time.sleep(0.2)
    finally:
        store.close()


def _left(store: Store, config: Config, site_ids: Sequence[str], moment: datetime) -> str:
    with store.read() as conn:
        looked = {state.site_id for state in sources.all_states(conn) if (state.last_looked_at or moment) > moment}
        waiting = [name for name in site_ids if name not in looked]
        if waiting:
            return f"look at {', '.join(waiting[:5])}"
        busy = [state.site_id for state in sources.all_states(conn) if state.lease_owner]
        if busy:
            return f"finish the crawl of {', '.join(busy[:5])}"
        if entries.pending(conn, now=configs.now(config), limit=1):
            return "fetch pages"
        return "send alerts" if outbox.counts(conn)["pending"] else ""

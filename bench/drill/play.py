"""Plays a drill: moves the clock from moment to moment, and stops, kills and restarts the real service in between."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from string import Template

from attrs import frozen

from bench.drill.receivers import Outage, Received, Receivers
from bench.drill.world import Drill
from crawler import catalog as catalogs
from crawler import config as configs
from crawler.config import Config
from crawler.demo.play import set_clock
from crawler.replica import Replica
from crawler.schedule.runner import die_with_parent
from crawler.store import Store, open_store, outbox, runs, sources, turns
from crawler.store.runs import RunRecord
from crawler.store.turns import SourceTurn

SECRET = "whsec_" + "aHVpeHVuLWRyaWxsLXNlY3JldC1ub3QtYS1zZWNyZXQ="  # signs the drill's own webhooks on loopback
STEP_SECONDS = 60  # the longest that one moment may take
# When the clock stands still for the service to work: often by day, seldom by night.
HOURS = ("03:00", "08:20", "10:00", "12:00", "15:00", "17:00", "20:30")
SETTLE = timedelta(days=1)  # after the end, for what was put off
READERS = ("zhang@research.invalid", "li@research.invalid")
REGION = ("desk@region.invalid", "4")  # hears of the regions that begin so
EVERY = "every@research.invalid"
OPERATOR = "operator@drill.invalid"


@frozen(kw_only=True)
class Played:
    """What a drill left behind."""

    received: tuple[Received, ...]
    turns: tuple[SourceTurn, ...]  # as the product noted them, in order
    crawls: tuple[RunRecord, ...]  # those that came to their end
    kills: tuple[str, ...]
    stuck: tuple[str, ...]  # moments that did not come to an end
    moments: tuple[datetime, ...]
    seconds: float
    cpu: float  # of the service and its crawls
    own_cpu: float  # of the websites and receivers


def moments_of(drill: Drill, rng: random.Random, hours: Sequence[str] = HOURS) -> tuple[datetime, ...]:
    """Every moment at which the clock stands still; ``hours``: of each day."""
    found = []
    day = drill.start
    while day < drill.end + SETTLE:
        for hour in hours:
            moment = datetime.combine(day.date(), clock_time.fromisoformat(hour), day.tzinfo)
            found.append(moment + timedelta(minutes=rng.randrange(40)))
        day += timedelta(days=1)
    return tuple(found)


def outages_of(drill: Drill) -> tuple[Outage, ...]:
    """When the receivers fail, spread over the drill."""
    whole = drill.end - drill.start
    plan = (
        ("email", "down"), ("webhook", "500"), ("email", "451"), ("webhook", "429"),
        ("webhook", "hang"), ("email", "unsaid"), ("webhook", "unsaid"), ("webhook", "down"),
    )  # fmt: skip
    return tuple(
        Outage(
            channel=channel,
            how=how,
            at=drill.start + whole * (0.2 + 0.09 * number),
            until=drill.start + whole * (0.2 + 0.09 * number) + min(timedelta(hours=30), whole * 0.08),
        )
        for number, (channel, how) in enumerate(plan)
    )


class Player:
    """One drill under way in a folder of its own."""

    def __init__(
        self,
        drill: Drill,
        home: Path,
        *,
        seed: int,
        tell: Callable[[str], None] = lambda line: None,
        hours: Sequence[str] = HOURS,
    ) -> None:
        self._drill, self._home, self._tell, self._hours = drill, home, tell, hours
        self._rng = random.Random(seed)
        self._clock = home / "clock"
        self._process: subprocess.Popen[bytes] | None = None
        self._kills: list[str] = []
        self._stuck: list[str] = []

    def play(self) -> Played:
        """Play it to its end."""
        (self._home / "sites").mkdir(parents=True, exist_ok=True)
        (self._home / "sites" / "drill.toml").write_text(self._drill.catalog, "utf-8")
        began = time.monotonic()
        moments = moments_of(self._drill, self._rng, self._hours)
        set_clock(self._clock, moments[0])
        with Receivers(SECRET, self._now, outages_of(self._drill)) as receivers:
            with Replica(self._drill.world, self._now) as replica:
                self._config = self._settings(receivers, replica.url)
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                self._start()
                try:
                    self._through(moments)
                finally:
                    self._end(signal.SIGTERM)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            own = resource.getrusage(resource.RUSAGE_SELF)
            with closing(open_store(self._config.store_url)) as store, store.read() as conn:
                noted = turns.after(conn, 0, limit=100_000)
                crawls = runs.recent(conn, limit=100_000)
            return Played(
                received=tuple(receivers.received),
                turns=tuple(noted),
                crawls=tuple(one for one in crawls if one.reason == "finished"),
                kills=tuple(self._kills),
                stuck=tuple(self._stuck),
                moments=moments,
                seconds=time.monotonic() - began,
                cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                own_cpu=own.ru_utime + own.ru_stime,
            )

    def _now(self) -> datetime:
        since = timedelta(seconds=max(0.0, time.time() - self._clock.stat().st_mtime))
        return datetime.fromisoformat(self._clock.read_text("ascii")) + since

    def _settings(self, receivers: Receivers, proxy: str) -> Config:
        paths = {"home": self._home / "var", "sites": self._home / "sites", "clock": self._clock, "proxy": proxy}
        text = "".join(f"{name} = {json.dumps(str(value), ensure_ascii=False)}\n" for name, value in paths.items())
        text += Template(Path(__file__).with_name("huixun.toml").read_text("utf-8")).substitute(
            mail=receivers.mail_port,
            hook=receivers.hook_port,
            operator=OPERATOR,
            readers=json.dumps(READERS),
            region=REGION[0],
            provinces=json.dumps([f"{REGION[1]}{digit}" for digit in range(10)]),
            every=EVERY,
        )
        path = self._home / "huixun.toml"
        path.write_text(text, "utf-8")
        os.environ["HUIXUN_DRILL_SECRET"] = SECRET
        return configs.load(path, self._plain())

    @staticmethod
    def _plain() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("HUIXUN_") or "DRILL" in name}

    # --- the service -------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        command = [sys.executable, "-m", "crawler.cli", "--config", str(self._config.source), "watch"]
        with (self._home / "watch.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self._plain(), stdout=log, stderr=log, preexec_fn=die_with_parent
            )

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._stuck.append(f"the service did not stop on {how.name}")
            self._process.kill()
            self._process.wait()

    def _crawls(self) -> list[int]:
        """The crawls under way: children of the service's threads."""
        assert self._process is not None
        found: list[int] = []
        with suppress(OSError):
            for task in Path(f"/proc/{self._process.pid}/task").iterdir():
                found += [int(pid) for pid in (task / "children").read_text("ascii").split()]
        return found

    def _strike(self, what: str) -> None:
        """Kill or stop something in the middle of a crawl, where there is one within some seconds."""
        until = time.monotonic() + 3
        while not self._crawls() and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(self._rng.uniform(0.1, 3.5))
        if what == "crawl":
            for pid in self._crawls():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            self._end(signal.SIGKILL if what == "kill" else signal.SIGTERM)
            self._start()
        self._kills.append(what)

    # --- the time ----------------------------------------------------------------------------------------------------

    def _through(self, moments: Sequence[datetime]) -> None:
        plan = self._plan(len(moments))
        store = open_store(self._config.store_url)
        ids = [site.id for site in catalogs.load(self._config.sites).sites]
        try:
            for number, moment in enumerate(moments):
                set_clock(self._clock, moment)
                if number in plan:
                    self._strike(plan[number])
                self._wait(store, ids, moment)
                if number % len(self._hours) == 0:
                    self._tell(f"{moment:%Y-%m-%d}  {len(self._drill.world.asked)} requests so far")
        finally:
            store.close()

    def _plan(self, count: int) -> dict[int, str]:
        """Which moments are struck: about one in twelve, each kind as often, the very first look too."""
        kinds = [kind for _ in range(count // 36 + 1) for kind in ("crawl", "kill", "term")]
        return dict(zip([0, *self._rng.sample(range(1, count), len(kinds) - 1)], kinds, strict=True))

    def _wait(self, store: Store, ids: Sequence[str], moment: datetime) -> None:
        until = time.monotonic() + STEP_SECONDS
        while left := next(self._left(store, ids), ""):
            if time.monotonic() > until:
                self._stuck.append(f"{moment:%Y-%m-%d %H:%M}: {left}")
                return
            time.sleep(0.05)

    def _left(self, store: Store, ids: Sequence[str]) -> Iterator[str]:
        """What the service still has to do at this moment, in its own words."""
        now = self._now()
        with store.read() as conn:
            states = {state.site_id: state for state in sources.all_states(conn)}
            for name in ids:
                state = states.get(name)
                if state is None or state.next_due_at is None or state.next_due_at <= now or state.lease_owner:
                    yield f"{name} is due or under way"
            for row in outbox.rows(conn, state="pending", limit=1000):
                if row.next_try_at <= now:
                    yield f"alert {row.id} is due: {row.error}"

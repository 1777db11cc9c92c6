"""Real minutes of the busiest hour with many sources whose rhythms are known: do the looks come when they are due?"""

from __future__ import annotations

import random
import resource
import signal
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta

from bench import rhythm as publishing
from bench.watch.place import NOON, Place, crawl, place, run
from bench.watch.world import compose
from crawler.config import CHECKOUT
from crawler.demo.play import set_clock
from crawler.schedule import due, rhythm
from crawler.schedule.rhythm import Rhythm, Sighting
from crawler.store import open_store
from crawler.store.tables import sources as table


def thousand(count: int, minutes: float) -> None:
    """Real minutes of the busiest hour of the week with sources whose rhythms are known: do looks come when due?"""
    world, catalog = compose(hosts=count, entries=15)
    with place(world, catalog, NOON - timedelta(hours=1), crawl_delay="0") as there:
        run(there, crawl())
        there.env.pop("HUIXUN_CRAWL_DELAY")  # the first look was a preparation; from here on all is as it ships
        planned = _spread(there, count)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        arrived = _watched(there, minutes)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = NOON + timedelta(minutes=minutes)
    late = sorted((arrived[name] - at) / timedelta(seconds=1) for name, at in planned.items() if name in arrived)
    waiting = [name for name, at in planned.items() if at < ended - timedelta(minutes=1) and name not in arrived]
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{count} sources, {minutes:g} minutes of a Wednesday from 10:00, settings as they ship: {len(late)} looks, "
        f"{sum(at < ended for at in planned.values())} were due"
    )
    print(
        f"  late by {statistics.median(late):.0f} s in the median, {late[int(0.95 * len(late))]:.0f} s at 95 %, "
        f"{late[-1]:.0f} s at most; {len(waiting)} still waited for more than a minute at the end"
    )
    print(f"  {used:.0f} s of processor in {minutes * 60:.0f} s: {used / minutes / 0.6:.0f} % of one core")


def _watched(there: Place, minutes: float) -> dict[str, datetime]:
    """Let the service watch for so long; gives when each site was first asked for anything."""
    arrived: dict[str, datetime] = {}
    seen = len(there.replica.requests)
    set_clock(there.home / "clock", NOON)
    began = time.time()
    command = [sys.executable, "-m", "crawler.cli", "watch"]
    with (there.home / "watch.log").open("wb") as log:
        watch = subprocess.Popen(command, env=there.env, cwd=CHECKOUT, stdout=log, stderr=log)
    while time.time() - began < minutes * 60:
        time.sleep(0.2)
        asked = there.replica.requests
        now = NOON + timedelta(seconds=time.time() - began)
        for one in asked[seen:]:
            arrived.setdefault(one.host.removesuffix(".gov.cn"), now)
        seen = len(asked)
    watch.send_signal(signal.SIGTERM)
    watch.wait(60)
    return arrived


def _spread(there: Place, count: int) -> dict[str, datetime]:
    """Write learned rhythms and the due times that follow from them into the store; gives the due times."""
    limits = due.Limits(every=timedelta(hours=1), floor=timedelta(minutes=10), ceiling=timedelta(hours=12))
    kinds = [kind for kind, (_, share) in publishing.KINDS.items() for _ in range(share)]
    rng, planned = random.Random(1), {}
    store = open_store(there.config.store_url)
    with store.begin() as conn:
        for number in range(count):
            known = _learned(kinds[number % len(kinds)], rng)
            # As if it had been looked at in its rhythm all night long: the look that is due after this moment.
            at = NOON - timedelta(hours=26) * (0.5 + rng.random() / 2)
            while at < NOON:
                at = due.next_look(now=at, limits=limits, rhythm=known)
            planned[f"w{number}"] = at
            values = {"rhythm": known.dump(), "next_due_at": at, "last_ok_at": NOON - timedelta(hours=1)}
            conn.execute(table.update().where(table.c.site_id == f"w{number}").values(values))
    store.close()
    return planned


def _learned(kind: str, rng: random.Random) -> Rhythm:
    """What sixty days of looks every six hours teach of a source of this kind."""
    publish, _ = publishing.KINDS[kind]
    moments = sorted(at for at in publish(rng) if NOON - timedelta(days=60) < at < NOON)
    known, before = None, NOON - timedelta(days=60)
    for number in range(1, 241):
        now = NOON - timedelta(days=60) + number * timedelta(hours=6)
        found = [Sighting(seen_at=now) for at in moments if before < at <= now]
        known = rhythm.learn(known, found, looked_before=before, now=now)
        before = now
    assert known is not None
    return known

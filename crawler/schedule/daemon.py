"""The service: at every tick it crawls the sites that are due in a subprocess, and sends what waits in the outbox."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from datetime import datetime
from itertools import count
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from crawler import catalog as catalogs
from crawler import config as configs
from crawler.alerts.deliver import deliver_due
from crawler.catalog import Catalog
from crawler.config import Config
from crawler.filing.operator import file_note
from crawler.schedule.runner import Crawl, Crawled
from crawler.store import Store, open_store, sources, watchers

logger = logging.getLogger("huixun.watch")


class Watch:
    """One watcher. Two on the same store share the sites between them: each claims what it crawls."""

    def __init__(self, config: Config) -> None:
        """Open the store. Raises StoreError."""
        self._config = config
        configs.make_home(config)
        self._store: Store = open_store(config.store_url)
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._stopping = threading.Event()
        self._crawls: set[Crawl] = set()
        self._numbers = count(1)
        self._batch = config.watch.batch
        # Late ticks run once, never in a heap: after a sleep or a long crawl one look is enough.
        self._scheduler = BackgroundScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def run(self) -> None:
        """Watch until SIGTERM or SIGINT."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        watch = self._config.watch
        self._scheduler.add_job(
            self.look,
            "interval",
            seconds=watch.tick,
            id="look",
            next_run_time=datetime.now().astimezone(),
            max_instances=watch.crawls,
        )
        self._scheduler.add_job(self.deliver, "interval", seconds=watch.deliver_every, id="deliver")
        self._scheduler.add_job(
            self.beat, "interval", seconds=watch.tick, id="beat", next_run_time=datetime.now().astimezone()
        )
        self._take_over()
        self._scheduler.start()
        logger.info("watch started owner=%s", self._owner)
        self._stopping.wait()
        for crawl in tuple(self._crawls):
            crawl.stop()
        self._scheduler.shutdown(wait=True)
        self._store.close()
        logger.info("watch stopped")

    def _take_over(self) -> None:
        """Free what a watcher that was killed on this machine still holds."""
        with self._store.begin() as conn:
            for owner in {state.lease_owner for state in sources.all_states(conn) if state.lease_owner}:
                if not _is_alive(owner):
                    sources.release(conn, owner=owner)

    def stop(self) -> None:
        """End the watch; a crawl under way finishes what is in flight."""
        self._stopping.set()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def look(self) -> None:
        """One tick: crawl the sites that are due in one batch; the next tick need not wait for its slowest host."""
        owner = f"{self._owner}:{next(self._numbers)}"  # of each crawl: none gives back what another one claimed
        claimed = [] if self._stopping.is_set() else self._claim(owner)
        if not claimed:
            return
        crawl = Crawl(self._config, claimed)
        self._crawls.add(crawl)
        if self._stopping.is_set():  # `run` may have looked before it was there
            crawl.stop()
        crawled = crawl.wait(self._config.watch.deadline)
        self._crawls.discard(crawl)
        self._give_back(owner, crawled)
        logger.info(
            "crawl ended sites=%d exit=%d timed_out=%s", len(crawled.sites), crawled.exit_code, crawled.timed_out
        )

    def _claim(self, owner: str) -> list[str]:
        """The sites of the next batch. One that shares a host with a site under way waits: a host has one queue."""
        watch, catalog, now = self._config.watch, self._catalog(), configs.now(self._config)
        with self._store.begin() as conn:
            under_way = [catalog.by_id[name] for name in sources.leased(conn, now=now) if name in catalog.by_id]
            busy = frozenset[str]().union(*(site.own_hosts for site in under_way))
            return sources.claim_due(
                conn,
                site_ids=[site.id for site in catalog.sites if site.enabled and not site.own_hosts & busy],
                now=now,
                limit=self._batch,
                owner=owner,
                lease_seconds=watch.deadline + 60,
            )

    def _give_back(self, owner: str, crawled: Crawled) -> None:
        """Free the sites. Where the crawl broke, those it did not finish wait, and come again in smaller batches.

        So a site whose pages kill the crawl is soon alone, and waits the longer the oftener; the others are looked at.
        """
        is_broken = crawled.exit_code != 0 and not crawled.timed_out and not self._stopping.is_set()
        watch = self._config.watch
        with self._store.begin() as conn:
            sources.release(conn, owner=owner)
            if is_broken:
                sources.put_off(
                    conn,
                    site_ids=crawled.sites,
                    now=configs.now(self._config),
                    seconds=watch.tick if len(crawled.sites) > 1 else watch.every,
                    failure=f"the crawl broke (exit code {crawled.exit_code})" if len(crawled.sites) == 1 else None,
                )
        self._batch = max(1, len(crawled.sites) // 2) if is_broken else min(watch.batch, self._batch * 2)

    def beat(self) -> None:
        """Say that we live, also while a crawl runs, and make the operator's note when its hour has come."""
        now, operator = configs.now(self._config), self._config.operator
        with self._store.begin() as conn:
            watchers.beat(conn, self._owner, now=now)
            told = file_note(conn, operator, names=self._names, now=now) if operator else 0
        if told:
            logger.info("note turns=%d", told)

    def _names(self) -> dict[str, str]:
        return {site.id: site.name for site in self._catalog().sites}

    def deliver(self) -> None:
        """Send what waits in the outbox."""
        done = deliver_due(self._store, self._config, now=lambda: configs.now(self._config))
        if done.sent or done.retried or done.dead:
            logger.info("outbox sent=%d retried=%d dead=%d", done.sent, done.retried, done.dead)

    def _catalog(self) -> Catalog:
        """Read again at every tick, so that an edited catalogue counts without a restart."""
        try:
            return catalogs.load(self._config.sites)
        except OSError as error:
            logger.error("catalogue cannot be read: %s", error)
            return Catalog()


def _is_alive(owner: str) -> bool:
    """False for a watcher of this machine whose process is gone; one of another machine is taken to live."""
    host, pid, *_ = (*owner.split(":"), "")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    if int(pid) == os.getpid():
        return False  # an earlier life of this number: we hold nothing yet
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

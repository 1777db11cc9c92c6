"""The service: at every tick it crawls the sites that are due in a subprocess, and sends what waits in the outbox."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from datetime import datetime
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from crawler import catalog as catalogs
from crawler import config as configs
from crawler.alerts.deliver import deliver_due
from crawler.catalog import Catalog
from crawler.config import Config
from crawler.schedule.runner import Crawl
from crawler.store import Store, open_store, sources

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
        self._crawl: Crawl | None = None
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
            self.look, "interval", seconds=watch.tick, id="look", next_run_time=datetime.now().astimezone()
        )
        self._scheduler.add_job(self.deliver, "interval", seconds=watch.deliver_every, id="deliver")
        self._take_over()
        self._scheduler.start()
        logger.info("watch started owner=%s", self._owner)
        self._stopping.wait()
        if self._crawl is not None:
            self._crawl.stop()
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
        """One tick: crawl the sites that are due, in one batch."""
        if self._stopping.is_set():
            return
        catalog = self._catalog()
        watched = [site.id for site in catalog.sites if site.enabled]
        now = configs.now(self._config)
        with self._store.begin() as conn:
            claimed = sources.claim_due(
                conn,
                site_ids=watched,
                now=now,
                limit=self._config.watch.batch,
                owner=self._owner,
                lease_seconds=self._config.watch.deadline + 60,
            )
        if not claimed:
            return
        self._crawl = Crawl(self._config, claimed)
        crawled = self._crawl.wait(self._config.watch.deadline)
        self._crawl = None
        with self._store.begin() as conn:
            sources.release(conn, owner=self._owner)
        logger.info(
            "crawl ended sites=%d exit=%d timed_out=%s", len(crawled.sites), crawled.exit_code, crawled.timed_out
        )

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
    host, _, pid = owner.rpartition(":")
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

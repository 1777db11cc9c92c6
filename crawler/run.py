"""One run: the catalogue, topics and store that it works with, and the one way its results are filed."""

from __future__ import annotations

import uuid
from datetime import datetime
from types import TracebackType
from typing import Self

import attrs

from crawler import catalog as catalogs
from crawler import config as configs
from crawler import filing
from crawler import topics as topic_files
from crawler.catalog import Catalog
from crawler.config import Config, ConfigError
from crawler.items import Outcome, Page, Rejected, Report
from crawler.store import Store, entries, open_store, runs
from crawler.store.snapshots import SnapshotWriter
from crawler.topics import Topics


class Run:
    """What a crawl, an import or a replay works with. Closing it writes the run's record."""

    def __init__(self, config: Config, *, kind: str, sites: tuple[str, ...] = ()) -> None:
        """Open everything. Raises ConfigError or StoreError, each in one sentence for a person."""
        self.config = config
        self.id = uuid.uuid4().hex[:16]
        self.catalog, self.topics = knowledge(config)
        config.home.mkdir(parents=True, exist_ok=True)
        self.store: Store = open_store(config.store_url)
        self._snapshots = SnapshotWriter(config.snapshots, f"{self.now():%Y%m%d}-{self.id}")
        with self.store.begin() as conn:
            runs.start(conn, run_id=self.id, kind=kind, sites=sites, now=self.now())

    def now(self) -> datetime:
        """The time to believe."""
        return configs.now(self.config)

    def keep(self, page: Page) -> Page:
        """The page with a reference to its bytes, which are kept from here on."""
        return attrs.evolve(page, snapshot=self._snapshots.write(page))

    def file(self, value: Report | Rejected, *, baseline: bool | None = None) -> Outcome:
        """File what became of a page: the record, who should hear, the page's one outcome; all or nothing."""
        with self.store.begin() as conn:
            if isinstance(value, Rejected):
                page, outcome = value.page, filing.file_rejected(conn, value, now=self.now(), run_id=self.id)
            else:
                page = value.article.document.page
                outcome = filing.file_report(
                    conn,
                    value,
                    now=self.now(),
                    subscriptions=self.config.subscription,
                    run_id=self.id,
                    baseline=baseline,
                ).outcome
            if page.entry is not None:
                # With the filing, never before it: a kill between the two would hide a change behind "not modified".
                held = isinstance(value, Report)
                entries.checked(
                    conn,
                    url=page.entry.url,
                    now=self.now(),
                    etag=page.headers.get("etag") if held else None,
                    last_modified=page.headers.get("last-modified") if held else None,
                )
            return outcome

    def finish(self, reason: str, counts: dict[str, int]) -> None:
        """Write the run's record: why it ended and what it counted."""
        with self.store.begin() as conn:
            runs.finish(conn, run_id=self.id, reason=reason, counts=counts, now=self.now())

    def close(self) -> None:
        """Let go of the files and the store."""
        self._snapshots.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def knowledge(config: Config) -> tuple[Catalog, Topics]:
    """The catalogue and the topics. Raises ConfigError where a file or folder of them cannot be used."""
    try:
        return catalogs.load(config.sites), topic_files.load(config.topics)
    except (OSError, ValueError) as error:
        raise ConfigError(str(error)) from None

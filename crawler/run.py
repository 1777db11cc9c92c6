"""One run: the catalogue, topics and store that it works with, and the one way its results are filed."""

from __future__ import annotations

import uuid
from datetime import datetime
from types import TracebackType
from typing import Self

import attrs
from sqlalchemy import Connection

from crawler import catalog as catalogs
from crawler import config as configs
from crawler import filing
from crawler import topics as topic_files
from crawler.catalog import Catalog, Site
from crawler.clean import clean
from crawler.config import Config, ConfigError
from crawler.filing import attached, hijack, originals
from crawler.filing.hijack import Sign
from crawler.filing.likeness import is_refused, marks_of
from crawler.items import Outcome, Page, Rejected, Report
from crawler.store import Store, choices, entries, open_store, outcomes, runs
from crawler.store.choices import Choice
from crawler.store.snapshots import SnapshotWriter
from crawler.topics import Topics


class Run:
    """What a crawl, an import or a replay works with. Closing it writes the run's record."""

    def __init__(
        self,
        config: Config,
        *,
        kind: str,
        sites: tuple[str, ...] = (),
        known: tuple[Catalog, Topics] | None = None,
    ) -> None:
        """Open everything; ``known``: catalogue and topics, where they are read already.

        Raises ConfigError or StoreError, each in one sentence for a person.
        """
        self.config = config
        self.id = uuid.uuid4().hex[:16]
        self.catalog, self.topics = known or knowledge(config)
        configs.make_home(config)
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

    def file(self, value: Report | Rejected, *, baseline: bool | None = None, overruled: bool = False) -> Outcome:
        """File what became of a page: the record, who should hear, the page's one outcome; all or nothing.

        ``overruled``: a person let it through, whatever speaks against its like or its host.
        """
        with self.store.begin() as conn:
            choice = None
            if not overruled:
                value, choice = self._judge(conn, value)
            if isinstance(value, Rejected):
                page, outcome = value.page, filing.file_rejected(conn, value, now=self.now(), run_id=self.id)
                attached.seek(conn, value, now=self.now())
            else:
                page = value.article.document.page
                outcome = filing.file_report(
                    conn,
                    value,
                    now=self.now(),
                    subscriptions=self.config.readers,
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
            if isinstance(value, Report):
                originals.seek(conn, value, self.catalog, now=self.now())
            if choice is not None:
                outcomes.decide_last(conn, run_id=self.id, url=page.url, choice_id=choice.id)
            return outcome

    def judge_again(self, conn: Connection, value: Report | Rejected) -> tuple[Report | Rejected, Choice | None]:
        """The same of a page that lies here since: it speaks neither for nor against its host of today."""
        if isinstance(value, Report):
            fetched_at = value.article.document.page.fetched_at
            value = hijack.distrusted(conn, value, self.catalog, at=fetched_at)
        return self._chosen(conn, value)

    def file_again(self, conn: Connection, value: Report | Rejected, choice: Choice | None, *, tell: bool) -> Outcome:
        """File what a kept page holds by the rules of today; ``tell``: it is still news, so readers hear of it."""
        now = self.now()
        if isinstance(value, Rejected):
            outcome = filing.file_rejected(conn, value, now=now, run_id=self.id)
        else:
            readers = self.config.readers if tell else ()
            filed = filing.file_report(conn, value, now=now, subscriptions=readers, run_id=self.id, fetched=False)
            outcome = filed.outcome
        if tell and isinstance(value, Rejected):
            attached.seek(conn, value, now=now)
        elif tell and isinstance(value, Report):
            originals.seek(conn, value, self.catalog, now=now)
        if choice is not None:
            page = value.page if isinstance(value, Rejected) else value.article.document.page
            outcomes.decide_last(conn, run_id=self.id, url=page.url, choice_id=choice.id)
        return outcome

    def turn(self, site: Site, sign: Sign) -> bool:
        """Take a site's host for a stranger's; the operator is told once. False where a person said to overlook it."""
        with self.store.begin() as conn:
            return hijack.turn(conn, site, sign, operator=self.config.operator, now=self.now())

    def _judge(self, conn: Connection, value: Report | Rejected) -> tuple[Report | Rejected, Choice | None]:
        """What to file instead where the page's host was lost or a person chose for its like; and that choice."""
        hijack.doubt(conn, value, self.catalog, operator=self.config.operator, now=self.now())
        if isinstance(value, Report):
            value = hijack.distrusted(conn, value, self.catalog)
        return self._chosen(conn, value)

    def _chosen(self, conn: Connection, value: Report | Rejected) -> tuple[Report | Rejected, Choice | None]:
        """What to file where a person chose for the page's like; and that choice."""
        if not is_refused(value):
            return value, None
        outcome = value.outcome if isinstance(value, Rejected) else Outcome.MIRROR
        known = choices.remembered(conn, outcome)
        choice = choices.best(marks_of(value, self.catalog), known) if known else None
        if choice is None or choice.verdict == "confirm":
            return value, choice
        page = value.page if isinstance(value, Rejected) else value.article.document.page
        released = clean(page, catalog=self.catalog, topics=self.topics, lifted=outcome)
        return (value, None) if is_refused(released) else (released, choice)

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

"""The watcher's numbers for Prometheus, read from the store at each scrape.

Labels are words of the program's own (outcomes, states), so that no crawled text and no site can make a series.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from crawler.health import STATES
from crawler.items import Outcome
from crawler.status import Source, read_vitals, source_rows
from crawler.store import delays, entries, outbox, outcomes, search
from crawler.web.asked import READ
from crawler.web.kept import Here, Kept

router = APIRouter(include_in_schema=False)

_LATELY = timedelta(days=7)


@router.api_route("/metrics", methods=READ)
def metrics(here: Here) -> Response:
    """The text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Numbers(here))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Numbers(Collector):
    """What is collected: everything from one state of the store."""

    def __init__(self, here: Kept) -> None:
        self._here = here

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        with self._here.store.read() as conn:
            yield from self._of_pages(conn)
            yield from self._of_sources(conn)
            yield from self._of_alerts(conn)
            yield from self._of_delays(conn)

    def _of_pages(self, conn: Connection) -> Iterator[Metric]:
        found = {one.value: 0 for one in Outcome} | outcomes.counts(conn)
        pages = CounterMetricFamily("huixun_pages", "Pages of the page log by outcome", labels=["outcome"])
        for outcome, count in found.items():
            pages.add_metric([outcome], count)
        yield pages
        yield _gauge("huixun_pages_to_fetch", "Pages that wait to be fetched", entries.count_pending(conn))
        everything = search.Query()
        yield _gauge("huixun_reports", "Reports without mirrors", search.count_reports(conn, everything))
        yield _gauge("huixun_conferences", "Conferences", search.count_conferences(conn, everything))

    def _of_sources(self, conn: Connection) -> Iterator[Metric]:
        known, now = source_rows(conn, self._here.catalog()), self._here.now()
        states = Counter(source.condition for source in known)
        yield _by("huixun_sources", "Sources by state", "state", {state: states[state] for state in STATES})
        watched = [source for source in known if source.condition != "retired"]
        looks = Counter(_last_look(source) for source in watched)
        results = {result: looks[result] for result in ("ok", "failed", "never")}
        yield _by("huixun_looks", "Watched sources by how the last look at them went", "result", results)
        due = sum(source.next_due_at is None or source.next_due_at <= now for source in watched)
        yield _gauge("huixun_sources_due", "Sources that are due for a look now", due)
        oldest = min((source.next_due_at for source in watched if source.next_due_at), default=now)
        late = max(0.0, (now - oldest).total_seconds())
        yield _gauge("huixun_sources_overdue_seconds", "For how long the source due longest has been due", late)

    def _of_alerts(self, conn: Connection) -> Iterator[Metric]:
        yield _by("huixun_outbox", "Alerts by state", "state", outbox.counts(conn))
        vitals = read_vitals(conn, now=self._here.now(), silent_after=self._here.silent_after)
        yield _gauge("huixun_outbox_overdue_seconds", "How long the oldest unsent alert has been due", vitals.overdue)
        yield _gauge("huixun_watch_up", "1 unless a watcher was here once and is silent for too long", vitals.ok)
        if vitals.watched_at is not None:
            beat = vitals.watched_at.timestamp()
            yield _gauge("huixun_watch_beat_timestamp_seconds", "When a watcher was heard last", beat)

    def _of_delays(self, conn: Connection) -> Iterator[Metric]:
        found = delays.of_sites(conn, since=self._here.now() - _LATELY).values()
        steps = {
            "seen": sorted(minutes for one in found for minutes in one.to_see),
            "sent": sorted(minutes for one in found for minutes in one.to_send),
        }
        what = "How late the news of the last seven days was: published to seen, seen to sent"
        family = GaugeMetricFamily("huixun_news_delay_seconds", what, labels=["step", "quantile"])
        for step, minutes in steps.items():
            for part in (0.5, 0.95):
                if (value := delays.percentile(minutes, part)) is not None:
                    family.add_metric([step, str(part)], value * 60)
        yield family


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=float(value))


def _by(name: str, what: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _last_look(source: Source) -> str:
    if source.last_looked_at is None:
        return "never"
    return "failed" if source.failures else "ok"

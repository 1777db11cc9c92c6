"""What state everything is in, as one frozen value that the web page and the terminal draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import asdict, frozen
from sqlalchemy import Connection

from crawler.catalog import Catalog, Site
from crawler.health import STATES, State, state_of
from crawler.store import entries, outbox, outcomes, runs, search, sources, watchers
from crawler.store.runs import RunRecord
from crawler.store.sources import SourceState

RUNS_SHOWN = 8
LATE = timedelta(hours=2)  # a look so long overdue means that nobody watches, or that the watch cannot keep up


@frozen(kw_only=True)
class Source:
    """A site of the catalogue with what is known of its looks."""

    id: str
    name: str
    region: str  # GB/T 2260, six digits
    level: str
    homepage: str
    listings: int
    condition: State  # retired: disabled in the catalogue
    condition_since: datetime | None
    condition_why: str
    last_looked_at: datetime | None
    last_ok_at: datetime | None
    next_due_at: datetime | None
    failures: int  # in a row
    failure: str | None


@frozen(kw_only=True)
class LastRun:
    """One crawl or import and how its pages ended, also while it still works."""

    id: str
    kind: str
    sites: int
    started_at: datetime
    finished_at: datetime | None  # None: it works now or was killed
    reason: str | None
    outcomes: Mapping[str, int]  # of the page log


@frozen(kw_only=True)
class Status:
    """Everything in numbers at one moment."""

    at: datetime
    reports: int  # mirrors not counted
    conferences: int
    sources: Mapping[str, int]  # by condition; all of health.STATES are named
    late: int  # sources whose look is overdue by more than LATE
    catalog_problems: int  # rows of the catalogue that cannot be used
    to_fetch: int  # pages that wait to be fetched
    outbox: Mapping[str, int]  # pending, sent, dead
    watched_at: datetime | None  # when a watcher was heard last; None: none ever was
    runs: tuple[LastRun, ...]  # the newest first, at most RUNS_SHOWN

    def as_json(self) -> dict[str, Any]:
        """The same as JSON has it, moments in ISO 8601."""
        return asdict(self, value_serializer=_plain)


@frozen(kw_only=True)
class Vitals:
    """Whether the service works at one moment; that it can be told at all says that the store answers."""

    ok: bool  # False: a watcher was here once, and has been silent for too long
    watched_at: datetime | None  # when one was heard last
    silent_for: float | None  # seconds since then
    waiting: int  # alerts that are still to be sent
    overdue: float  # seconds for which the oldest of those that may be sent waits
    dead: int  # alerts that were given up

    def as_json(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return asdict(self, value_serializer=_plain)


def read_vitals(conn: Connection, *, now: datetime, silent_after: float) -> Vitals:
    """The vitals at ``now`` (aware). A store that none ever watched, as of imports alone, is no fault."""
    heard, counts, due = watchers.last_beat(conn), outbox.counts(conn), outbox.oldest_due(conn)
    silent = max(0.0, (now - heard).total_seconds()) if heard else None
    return Vitals(
        ok=silent is None or silent <= silent_after,
        watched_at=heard,
        silent_for=silent,
        waiting=counts["pending"],
        overdue=max(0.0, (now - due).total_seconds()) if due else 0.0,
        dead=counts["dead"],
    )


def read_status(conn: Connection, catalog: Catalog, *, now: datetime) -> Status:
    """The status at ``now`` (aware), from one state of the store."""
    known = source_rows(conn, catalog)
    conditions = Counter(source.condition for source in known)
    return Status(
        at=now,
        reports=search.count_reports(conn, search.Query()),
        conferences=search.count_conferences(conn, search.Query()),
        sources={name: conditions[name] for name in STATES},
        late=_count_late(known, now),
        catalog_problems=len(catalog.problems),
        to_fetch=entries.count_pending(conn),
        outbox=outbox.counts(conn),
        watched_at=watchers.last_beat(conn),
        runs=tuple(_last_run(conn, run) for run in runs.recent(conn, limit=RUNS_SHOWN)),
    )


def source_rows(conn: Connection, catalog: Catalog) -> list[Source]:
    """Every site of the catalogue in its order; what the store remembers of other sites is left out."""
    states = {state.site_id: state for state in sources.all_states(conn)}
    return [_source(site, states.get(site.id)) for site in catalog.sites]


def _source(site: Site, state: SourceState | None) -> Source:
    return Source(
        id=site.id,
        name=site.name,
        region=site.region,
        level=site.level,
        homepage=site.homepage,
        listings=len(site.listings),
        condition=_condition(site, state),
        condition_since=state.state_since if state and site.enabled else None,
        condition_why=(state.state_why or "") if state and site.enabled else "",
        last_looked_at=state.last_looked_at if state else None,
        last_ok_at=state.last_ok_at if state else None,
        next_due_at=state.next_due_at if state else None,
        failures=state.failures if state else 0,
        failure=state.failure if state else None,
    )


def _condition(site: Site, state: SourceState | None) -> State:
    if not site.enabled:
        return "retired"
    return state_of(state.state) if state else "new"


def _count_late(known: Iterable[Source], now: datetime) -> int:
    due = [source.next_due_at for source in known if source.condition != "retired" and source.next_due_at]
    return sum(moment < now - LATE for moment in due)


def _last_run(conn: Connection, run: RunRecord) -> LastRun:
    return LastRun(
        id=run.id,
        kind=run.kind,
        sites=len(run.sites),
        started_at=run.started_at,
        finished_at=run.finished_at,
        reason=run.reason,
        outcomes=outcomes.counts(conn, run.id),
    )


def _plain(_instance: object, _field: object, value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value

"""Keeps what the listings answered in one crawl, and files what follows from it for each site when the crawl ends.

What follows: when the site is due again, what was learned of its rhythm, its state, and the turn where that is another.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from attrs import asdict
from sqlalchemy import Connection

from crawler import health
from crawler.answers import kind_of, lasts, retry_after
from crawler.catalog import Site
from crawler.health import Answer, FaultKind, Health
from crawler.items import Rejected
from crawler.run import Run
from crawler.schedule import due, rhythm
from crawler.schedule.rhythm import Rhythm, Sighting
from crawler.store import entries, listings, sources, turns
from crawler.store.sources import Learned, SourceState

# What health.fault_of cannot see: kinds of answers that come with status 200.
_FAULTS: dict[str, FaultKind] = {"server error": "unreachable", "closed": "unreachable", "moved": "changed"}
_LONGEST_REST = timedelta(days=2)  # that a site may ask for


class Looks:
    """The answers of a crawl's listings, one each."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._answers: dict[str, dict[str, Answer]] = {}  # by site, then by address of the listing
        self._per_host = Counter(_host(one.url) for site in run.catalog.sites if site.enabled for one in site.listings)

    def answered(self, site: Site, answer: Answer) -> None:
        """Note how a listing answered. Of an address that stands twice, the last answer counts."""
        self._answers.setdefault(site.id, {})[answer.url] = answer

    def refused(self, site: Site, url: str, rejected: Rejected) -> None:
        """Note that a listing could not be had or read."""
        fault = self.fault_of(url, rejected)
        wait = retry_after(rejected.page.headers, self._run.now())
        answer = Answer(url=url, fault=fault, reason=rejected.reason, lasts=lasts(rejected), retry_after=wait)
        self.answered(site, answer)

    def fault_of(self, url: str, rejected: Rejected) -> FaultKind:
        """What it means that a listing could not be had or read."""
        if known := _FAULTS.get(kind_of(rejected)):
            return known
        return health.fault_of(rejected.outcome, rejected.page.status, gave_entries=self.gave_entries(url))

    def gave_entries(self, url: str) -> bool:
        """True where the listing ever held entries."""
        with self._run.store.read() as conn:
            return listings.validators(conn, url) is not None

    def report(self, path: Path) -> None:
        """Write the answers as JSON: site → list of answers."""
        data = {site: [asdict(answer) for answer in answers.values()] for site, answers in self._answers.items()}
        path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")

    def finish(self, sites: Iterable[Site], *, stopped: bool = False) -> None:
        """File what follows for each site.

        In a crawl that was ``stopped`` a site stays due where no listing answered, or where pages are still to fetch.
        """
        now = self._run.now()
        chosen = {site.id: site for site in sites if self._answers.get(site.id) or not site.listings}
        with self._run.store.begin() as conn:
            if stopped:
                left = [name for name in chosen if entries.pending(conn, site_id=name, now=now, limit=1)]
                chosen = {name: site for name, site in chosen.items() if name not in left}
            states = {state.site_id: state for state in sources.all_states(conn) if state.site_id in chosen}
            known = sources.learned(conn, list(chosen))
            share = self._share(conn)
            for site in chosen.values():
                self._finish_one(conn, site, known.get(site.id), states.get(site.id), share, now)

    def _finish_one(
        self,
        conn: Connection,
        site: Site,
        known: Learned | None,
        state: SourceState | None,
        share: float,
        now: datetime,
    ) -> None:
        answers = list(self._answers.get(site.id, {}).values())
        # One listing that cannot be read does not make a look fail; that none can be read does.
        failed = answers[-1] if answers and all(answer.fault for answer in answers) else None
        habit = _learn(conn, site.id, known, state, now) if failed is None else _rhythm(known)
        after = _judge(conn, site, known, habit, answers, now)
        limits = self._limits(site, share)
        failures = (state.failures if state else 0) + 1 if failed else 0
        sources.finish_look(
            conn,
            site_id=site.id,
            now=now,
            next_due_at=due.next_look(
                now=now,
                limits=limits,
                failures=failures,
                lasts=min((answer.lasts for answer in answers), key=list(due.LONGEST).index, default="soft"),
                rest=_rest(answers),
                rhythm=habit,
            ),
            failure=f"{failed.url}: {failed.reason}" if failed else None,
            learned=Learned(
                state=after.state,
                state_since=after.since,
                state_why=after.reason,
                faults=after.dump_faults(),
                rhythm=habit.dump() if habit else None,
                requests_per_day=due.looks_per_day(habit, now=now, limits=limits) * len(site.listings),
            ),
        )

    def _limits(self, site: Site, share: float) -> due.Limits:
        watch = self._run.config.watch
        busiest = max((self._per_host[_host(listing.url)] for listing in site.listings), default=1)
        return due.Limits(
            every=timedelta(seconds=watch.every),
            floor=timedelta(seconds=watch.floor or watch.every / 6),
            ceiling=timedelta(seconds=watch.ceiling or watch.every * 12),
            looks_per_day=watch.requests_per_host_per_day / max(1, busiest),
            share=share,
        )

    def _share(self, conn: Connection) -> float:
        """The part of the looks that the budget of all sites together leaves."""
        budget = self._run.config.watch.requests_per_day
        if budget is None:
            return 1.0
        asked = sources.requests_per_day(conn, {site.id for site in self._run.catalog.sites if site.enabled})
        return min(1.0, budget / asked) if asked else 1.0


def _judge(
    conn: Connection,
    site: Site,
    known: Learned | None,
    habit: Rhythm | None,
    answers: Sequence[Answer],
    now: datetime,
) -> Health:
    """The state after the look; a turn is filed."""
    before = _health(known)
    after = health.after_look(
        before,
        answers,
        listings=[listing.url for listing in site.listings],
        now=now,
        last_new_at=habit.newest if habit else None,
        usual_gap=habit.usual_gap if habit else None,
    )
    for turn in health.turns({site.id: before}, {site.id: after}, now=now):
        turns.add(conn, site_id=site.id, at=now, from_state=turn.before, to_state=turn.after, reason=turn.reason)
    return after


def _rest(answers: Iterable[Answer]) -> timedelta:
    """How long the site asked to be left alone."""
    return min(_LONGEST_REST, timedelta(seconds=max((answer.retry_after or 0 for answer in answers), default=0)))


def _learn(conn: Connection, site_id: str, known: Learned | None, state: SourceState | None, now: datetime) -> Rhythm:
    before = _rhythm(known)
    rows = entries.first_seen(conn, site_id=site_id, after=before.at if before else None)
    sightings = [Sighting(seen_at=row.first_seen_at, listed_on=_day(row.listed_on)) for row in rows]
    return rhythm.learn(before, sightings, looked_before=state.last_ok_at if state else None, now=now)


def _rhythm(known: Learned | None) -> Rhythm | None:
    return Rhythm.load(known.rhythm) if known and known.rhythm else None


def _health(known: Learned | None) -> Health:
    return health.load(known.state, known.state_since, known.state_why, known.faults) if known else Health()


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""

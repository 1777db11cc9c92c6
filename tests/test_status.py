"""The one status value: its numbers come from the store and the catalogue, and terminal and JSON show the same."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from typer.testing import CliRunner

from crawler.catalog import Catalog, Problem, Site
from crawler.cli import app
from crawler.health import STATES
from crawler.items import Entry, Outcome
from crawler.status import LATE, RUNS_SHOWN, Status, read_status, source_rows
from crawler.store import Store, conferences, entries, open_store, outbox, outcomes, reports, runs, sources
from tests.factories import NOW, conference, learned, report


def site(name: str, **facts: object) -> Site:
    usual = {"id": name, "name": "云溪市教育局", "region": "450200", "level": "city", "kind": "education"}
    return Site.model_validate(usual | {"homepage": f"http://{name}.yunxi.gov.cn/"} | facts)


def status(store: Store, catalog: Catalog | None = None) -> Status:
    with store.read() as conn:
        return read_status(conn, catalog or Catalog(), now=NOW)


def test_an_empty_store_has_a_status(store: Store) -> None:
    found = status(store)
    assert (found.reports, found.conferences, found.to_fetch, found.late, found.runs) == (0, 0, 0, 0, ())
    assert found.sources == dict.fromkeys(STATES, 0)
    assert found.outbox == {"pending": 0, "sent": 0, "dead": 0}


def test_counts_what_was_found_and_what_waits(store: Store) -> None:
    with store.begin() as conn:
        number = conferences.create(conn, conference(), published_on=None, now=NOW)
        for url, verdict, outcome in (("http://a.cn/1", "official", "new"), ("http://b.cn/1", "mirror", "mirror")):
            told = report(url, verdict=verdict)
            reports.insert_report(conn, told, outcome=Outcome(outcome), conference_id=number, baseline=False, now=NOW)
        waiting = Entry(url="http://a.cn/2", title="教育大会")
        entries.add(conn, site_id="a-jyj", entries=[waiting], wanted=[waiting.url], now=NOW, baseline=False)
        for key in ("one", "two", "three"):
            outbox.put(conn, key=key, subscription="all", recipient="r@example.org", payload={}, now=NOW)
        outbox.part(conn, ids=[alert.id for alert in outbox.waiting(conn, now=NOW)], now=NOW)
        outbox.mark_sent(conn, message="one", now=NOW)
        outbox.mark_dead(conn, message="two", now=NOW, error="550 no such box")
    found = status(store)
    assert (found.conferences, found.reports, found.to_fetch) == (1, 1, 1), "a mirror is no report of its own"
    assert found.outbox == {"pending": 1, "sent": 1, "dead": 1}


def test_every_site_of_the_catalogue_is_in_one_condition(store: Store) -> None:
    catalog = Catalog(
        [site("good-jyj"), site("bad-jyj"), site("lost-jyj"), site("unseen-jyj"), site("off-jyj", enabled=False)],
        [Problem(file="x.toml", key="site 1", reason="no name")],
    )
    with store.begin() as conn:
        soon = NOW + timedelta(hours=1)
        for name, failure in (("good-jyj", None), ("bad-jyj", "503"), ("off-jyj", None), ("gone-jyj", "404")):
            state = learned("unreachable", failure) if failure else learned("ok")
            sources.finish_look(conn, site_id=name, now=NOW, next_due_at=soon, failure=failure, learned=state)
        sources.finish_look(conn, site_id="bad-jyj", now=NOW, next_due_at=soon, failure="503 again")
        sources.turn(conn, site_id="lost-jyj", why="spam: its list is full of planted text", now=NOW)
        sources.finish_look(conn, site_id="lost-jyj", now=NOW, next_due_at=soon)
    found = status(store, catalog)
    assert found.sources == dict.fromkeys(STATES, 0) | {
        "ok": 1,
        "unreachable": 1,
        "hijacked": 1,
        "new": 1,
        "retired": 1,
    }, "a site outside of the catalogue is not counted"
    assert found.catalog_problems == 1
    with store.read() as conn:
        rows = {row.id: row for row in source_rows(conn, catalog)}
    assert list(rows) == ["good-jyj", "bad-jyj", "lost-jyj", "unseen-jyj", "off-jyj"]
    assert (rows["bad-jyj"].failures, rows["bad-jyj"].failure) == (2, "503 again")
    assert (rows["bad-jyj"].condition_since, rows["bad-jyj"].condition_why) == (NOW, "503")
    assert rows["lost-jyj"].condition_why == "spam: its list is full of planted text"
    assert rows["unseen-jyj"].last_looked_at is None


@pytest.mark.parametrize(("overdue", "late"), [(LATE, 0), (LATE + timedelta(minutes=1), 1)])
def test_a_look_long_overdue_is_late(store: Store, overdue: timedelta, late: int) -> None:
    with store.begin() as conn:
        for name in ("slow-jyj", "off-jyj"):
            sources.finish_look(conn, site_id=name, now=NOW - overdue, next_due_at=NOW - overdue)
    catalog = Catalog([site("slow-jyj"), site("off-jyj", enabled=False)])
    assert status(store, catalog).late == late


def test_runs_show_how_their_pages_ended_while_they_work(store: Store) -> None:
    with store.begin() as conn:
        for number in range(RUNS_SHOWN + 2):
            at = NOW + timedelta(hours=number)
            runs.start(conn, run_id=f"r{number}", kind="crawl", sites=("a-jyj", "b-jyj"), now=at)
        runs.finish(conn, run_id="r8", reason="finished", counts={}, now=NOW)
        for run, outcome in (("r9", Outcome.NEW), ("r9", Outcome.SPAM), ("r9", Outcome.SPAM), ("r8", Outcome.NEW)):
            outcomes.record(conn, run_id=run, url="http://a.cn/1", site_id=None, outcome=outcome, now=NOW)
    found = status(store)
    assert [run.id for run in found.runs] == [f"r{number}" for number in range(9, 1, -1)]
    assert found.runs[0].outcomes == {"new": 1, "spam": 2}
    assert (found.runs[0].sites, found.runs[0].finished_at) == (2, None)
    assert (found.runs[1].reason, found.runs[1].finished_at) == ("finished", NOW)


def test_is_frozen_and_is_json(store: Store) -> None:
    with store.begin() as conn:
        runs.start(conn, run_id="r1", kind="crawl", now=NOW)
    found = status(store)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.reports = 1
    data = json.loads(json.dumps(found.as_json()))
    assert data["at"] == NOW.isoformat()
    assert data["runs"][0]["started_at"] == NOW.isoformat()


def test_the_command_prints_it_for_people_and_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "wrong.toml").write_text("[[site]]\nid = 'x'\n", "utf-8")
    monkeypatch.setenv("HUIXUN_HOME", str(tmp_path))
    monkeypatch.setenv("HUIXUN_SITES", str(tmp_path / "sites"))
    monkeypatch.delenv("HUIXUN_STORE", raising=False)
    store = open_store(f"sqlite:///{tmp_path / 'huixun.db'}")
    with store.begin() as conn:
        conferences.create(conn, conference(), published_on=None, now=NOW)
        runs.start(conn, run_id="r1", kind="crawl", now=NOW)
    store.close()
    people = CliRunner().invoke(app, ["status"])
    assert people.exit_code == 0, people.output
    assert "1 conferences in 0 reports" in people.output
    assert "2024-11-04 10:00" in people.output, "Beijing time"
    assert "catalogue rows are wrong" in people.output
    programs = json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)
    assert (programs["conferences"], programs["outbox"]["dead"], programs["runs"][0]["id"]) == (1, 0, "r1")

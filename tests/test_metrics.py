"""Monitors see whether somebody watches, and Prometheus reads numbers whose labels nobody outside can make."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from crawler.cli import app
from crawler.config import Config
from crawler.items import Outcome
from crawler.store import Store, open_store, outbox, outcomes, sources, watchers
from crawler.web.app import create_app
from tests.factories import NOW, body, report
from tests.filers import file, watch
from tests.quarantined import SITES
from tests.test_web import Client

MINUTE = timedelta(minutes=1)


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Client:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "sites.toml").write_text(SITES, "utf-8")
    (tmp_path / "clock").write_text(NOW.isoformat(), "ascii")
    config = Config(home=tmp_path, sites=tmp_path / "sites", clock=tmp_path / "clock")
    return Client(create_app(store, config))


def beat(store: Store, minutes: float, owner: str = "here:1") -> None:
    with store.begin() as conn:
        watchers.beat(conn, owner, now=NOW - minutes * MINUTE)


def numbers(client: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = list(text_string_to_metric_families(answer.text))
    return {(one.name, tuple(sorted(one.labels.values()))): one.value for family in families for one in family.samples}


def test_a_watcher_that_fell_silent_is_told(client: Client, store: Store) -> None:
    fresh = client.get("/healthz")
    assert (fresh.status_code, fresh.json()["watched_at"]) == (200, None), "nobody ever watched this store"
    beat(store, 60)
    late = client.get("/healthz")
    assert (late.status_code, late.json()["ok"]) == (503, False)
    assert 3600 <= late.json()["silent_for"] < 3660
    assert client.get("/livez").status_code == 200
    assert numbers(client)["huixun_watch_up", ()] == 0
    beat(store, 1, owner="there:2")
    assert client.get("/healthz").status_code == 200
    assert numbers(client)["huixun_watch_up", ()] == 1


def test_beats_are_kept_for_a_month(store: Store) -> None:
    beat(store, 60 * 24 * 40, owner="old:1")
    beat(store, 5)
    beat(store, 1)
    with store.read() as conn:
        assert watchers.last_beat(conn) == NOW - MINUTE
        from crawler.store.tables import watchers as table

        assert [row.owner for row in conn.execute(table.select())] == ["here:1"]


def test_health_counts_what_waits(client: Client, store: Store) -> None:
    with store.begin() as conn:
        for key, minutes in (("a", 30), ("b", -30)):
            when = NOW - minutes * MINUTE
            outbox.put(conn, key=key, subscription="s", recipient="r@example.cn", payload={}, now=when)
    said = client.get("/healthz").json()
    assert (said["waiting"], said["dead"]) == (2, 0)
    assert 1800 <= said["overdue"] < 1860


def test_numbers_of_everything(client: Client, store: Store) -> None:
    watch(store)
    before = numbers(client)
    assert before["huixun_sources", ("new",)] == 2
    assert before["huixun_pages_total", ("new",)] == 0
    for number in (1, 2):
        url = f"http://jyj.yunxi.gov.cn/{number}.html"
        file(store, report(url, text=body(seed=number), date="2024-11-04T09:30"))
    with store.begin() as conn:
        rows = outbox.rows(conn)
        outbox.part(conn, ids=[row.id for row in rows], now=NOW)
        for row in rows:
            outbox.mark_sent(conn, message=row.key, now=NOW + 2 * MINUTE)
        sources.finish_look(conn, site_id="yunxi-jyj", now=NOW, next_due_at=NOW - 5 * MINUTE)
        sources.finish_look(conn, site_id="hexi", now=NOW, next_due_at=NOW + 5 * MINUTE, failure="no answer")
    found = numbers(client)
    assert found["huixun_pages_total", ("new",)] == 2
    assert found["huixun_reports", ()] == 2
    assert (found["huixun_looks", ("ok",)], found["huixun_looks", ("failed",)]) == (1, 1)
    assert found["huixun_sources_due", ()] == 1
    assert 300 <= found["huixun_sources_overdue_seconds", ()] < 360
    assert found["huixun_outbox", ("sent",)] == len(rows) > 0
    assert found["huixun_news_delay_seconds", ("0.5", "seen")] == 1800
    assert found["huixun_news_delay_seconds", ("0.95", "sent")] == 120


def test_no_word_of_a_page_is_in_a_label(client: Client, store: Store) -> None:
    hostile = 'x"} 1\nhuixun_fake{a="'
    before = set(numbers(client))
    with store.begin() as conn:
        sources.begin_look(conn, site_id=hostile, now=NOW)
        for outcome in Outcome:
            url = f"http://{outcome}.example/{hostile}"
            outcomes.record(
                conn,
                run_id=None,
                url=url,
                site_id=hostile,
                outcome=outcome,
                now=NOW,
                reason=hostile,
                stage=hostile[:30],
            )
        outbox.put(conn, key=hostile, subscription=hostile, recipient=hostile, payload={"a": hostile}, now=NOW)
    after = numbers(client)
    assert set(after) == before
    assert after["huixun_pages_total", ("spam",)] == 1
    assert "fake" not in client.get("/metrics").text


def test_a_store_that_is_away_is_503(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'huixun.db'}")
    client = Client(create_app(store, Config(home=tmp_path, sites=tmp_path)))
    store.close()
    (tmp_path / "huixun.db").write_bytes(b"no database at all" * 100)
    for path in ("/livez", "/healthz", "/metrics"):
        assert client.get(path).status_code == 503, path


def test_the_command_for_monitors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIXUN_HOME", str(tmp_path))
    assert CliRunner().invoke(app, ["health"]).exit_code == 0
    store = open_store(f"sqlite:///{tmp_path / 'huixun.db'}")
    beat(store, 10)  # years ago by the real clock
    store.close()
    silent = CliRunner().invoke(app, ["health", "--json"])
    assert (silent.exit_code, json.loads(silent.output)["ok"]) == (1, False)
    monkeypatch.setenv("HUIXUN_STORE", f"sqlite:///{tmp_path}")
    assert CliRunner().invoke(app, ["health"]).exit_code == 2

"""Sources as the operator meets them: states and turns after crawls, a try at once, delays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from crawler.items import Outcome
from crawler.store import Store, delays, outbox, reports, sources, tables, turns
from crawler.workdays import CHINA
from tests.factories import NOW, report
from tests.worlds import World, world

FAULTY, GOOD = "hb-jyt", "gx-liuzhou-jyj"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, "2024-12-20T09:00") as made:
        yield made


def crawl(there: World, moment: str) -> None:
    there.set_time(moment)
    assert there.scrapy("crawl", "sites", "-a", f"site={FAULTY},{GOOD}").returncode == 0


def test_a_fault_turns_within_two_looks_and_recovers_and_the_rhythm_is_learned(there: World) -> None:
    for moment in ("2024-12-20T09:00", "2024-12-26T09:00", "2024-12-26T12:00", "2024-12-27T12:00", "2025-04-25T12:00"):
        crawl(there, moment)
    with there.store() as store, store.read() as conn:
        found = [(turn.site_id, turn.from_state, turn.to_state) for turn in turns.after(conn, 0)]
        known = sources.learned(conn, [FAULTY, GOOD])
        states = {state.site_id: state for state in sources.all_states(conn)}
        assert sources.requests_per_day(conn, {FAULTY, GOOD, "other"}) > 5
    assert found == [(FAULTY, "ok", "challenged"), (FAULTY, "challenged", "ok")], "once each"
    good = known[GOOD]
    assert (good.state, dict(good.faults)) == ("ok", {})
    assert good.rhythm is not None
    assert sum(good.rhythm["days"]) > 1
    wait = states[GOOD].next_due_at - states[GOOD].last_looked_at  # type: ignore[operator]
    assert timedelta(minutes=10) <= wait <= timedelta(hours=12)
    told = there.huixun("sources", "turns", FAULTY, "--days", "365", "--json").stdout.splitlines()
    assert [json.loads(line)["to_state"] for line in told] == ["ok", "challenged"]


def test_check_tries_now_and_leaves_the_store_alone(there: World) -> None:
    there.set_time("2024-12-26T12:00")
    done = there.huixun("sources", "check", GOOD, FAULTY, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr
    assert [(row["site"], row["answer"]) for row in rows] == [(GOOD, "ok"), (GOOD, "ok"), (FAULTY, "challenged")]
    assert rows[0]["entries"] > 10
    assert rows[0]["newest"].startswith("2024-12")
    assert rows[0]["family"] == "trs"
    assert "412" in rows[2]["why"]
    assert all(request.path.endswith(("/", "robots.txt")) for request in there.replica.requests), (
        "no article is fetched"
    )
    assert not (there.home / "var" / "huixun.db").exists()
    assert there.huixun("sources", "check", "no-such-site").returncode == 2
    assert there.huixun("sources", "check").returncode == 2


def test_check_all_writes_a_report(there: World, tmp_path: Path) -> None:
    path = tmp_path / "checks" / "today.md"
    done = there.huixun("sources", "check", "--all", "--report", str(path), "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    good = sum(row["answer"] == "ok" for row in rows)
    assert 10 < good <= len(rows)
    text = path.read_text("utf-8")
    assert f"{good} of {len(rows)} listings can be read." in text
    assert text.count("\n| ") == len(rows) + 1


def test_delays_are_kept_by_site(store: Store) -> None:
    def file(number: int, *, printed: str, minutes: float, site: str = "a-jyj", baseline: bool = False) -> None:
        told = report(f"http://a.cn/{number}", date=printed, site_id=site)
        with store.begin() as conn:
            filed = reports.insert_report(
                conn,
                told,
                outcome=Outcome.NEW,
                conference_id=None,
                baseline=baseline,
                now=NOW + timedelta(minutes=minutes),
            )
            payload = {"event": "conference", "report": {"id": filed}}
            outbox.put(conn, key=f"k{number}", subscription="s", recipient="r", payload=payload, now=NOW)

    day = f"{NOW.astimezone(CHINA):%Y-%m-%dT%H:%M}"
    for number, minutes in enumerate((5, 10, 60)):
        file(number, printed=day, minutes=minutes)
    file(7, printed=day[:10], minutes=500)
    file(8, printed=day, minutes=900, baseline=True)
    file(9, printed=day, minutes=1, site="b-jyj")
    with store.begin() as conn:
        sent = tables.outbox.c.key.in_(["k0", "k2"])
        conn.execute(update(tables.outbox).where(sent).values(sent_at=NOW + timedelta(minutes=61)))
    with store.read() as conn:
        found = delays.of_sites(conn, since=NOW - timedelta(days=1))
        assert delays.of_sites(conn, since=NOW + timedelta(days=1)) == {}
    assert (found["a-jyj"].reports, found["a-jyj"].to_see) == (4, (5.0, 10.0, 60.0))
    assert found["a-jyj"].to_send == (1.0, 56.0)
    assert found["b-jyj"].to_see == (1.0,)
    assert [delays.percentile(found["a-jyj"].to_see, part) for part in (0.5, 0.95)] == [10.0, 60.0]
    assert delays.percentile((), 0.5) is None

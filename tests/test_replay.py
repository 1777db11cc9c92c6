"""Kept pages are read again by the rules of today: what changed is filed once, and old news alerts nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import select, update
from typer.testing import CliRunner

from crawler.clean import clean
from crawler.cli import app
from crawler.items import Outcome, Page, Rejected, Report
from crawler.quarantine import release
from crawler.replay import Replayed, replay
from crawler.run import Run
from crawler.store import outbox, outcomes, reports, sources, tables
from tests.factories import NOW, body
from tests.quarantined import article, file_at, page_at, planted, run_in

URL = "http://jyj.yunxi.gov.cn/{}.html"
NOTICE = article("关于做好2024年秋季学期学生资助工作的通知", "各县区教育局：请于本月底前完成学生资助名单的报送。" * 12)


@pytest.fixture
def run(tmp_path: Path, store_url: str) -> Iterator[Run]:
    with run_in(tmp_path, store_url) as run:
        with run.store.begin() as conn:
            sources.begin_look(conn, site_id="yunxi-jyj", now=NOW - timedelta(days=30))
        yield run


def again(run: Run, **how: bool) -> list[Replayed]:
    """What a replay of everything filed."""
    with run.store.read() as conn:
        numbers = outcomes.kept_pages(conn)
    return [found for found in replay(run, numbers, **how) if found.is_filed or found.is_lost]


def refused(run: Run, url: str, html: str, **facts: object) -> Page:
    """File a page as an older rule would have refused it."""
    page = run.keep(evolve(page_at(url, html), **facts))
    run.file(Rejected(outcome=Outcome.OFF_TOPIC, reason="an older rule", stage="structure", last=page))
    return page


def told(run: Run) -> int:
    with run.store.read() as conn:
        return len(outbox.rows(conn))


def test_the_same_rules_change_nothing(run: Run) -> None:
    assert file_at(run, URL.format(1), article()) is Outcome.NEW
    assert file_at(run, "http://www.hexi.example/1.html", article(), site_id="hexi") is Outcome.REPRINT
    assert file_at(run, URL.format(2), NOTICE) is Outcome.OFF_TOPIC
    assert file_at(run, URL.format(3), planted()) is Outcome.SPAM
    assert file_at(run, URL.format(1), article(text=body(seed=2))) is Outcome.REVISED
    before = told(run)
    assert again(run) == []
    assert told(run) == before


def test_what_reads_otherwise_is_filed_once_and_tells_nobody(run: Run) -> None:
    file_at(run, URL.format(1), article())
    with run.store.begin() as conn:
        good = reports.get(conn, 1)
        assert good is not None
        record = json.loads(json.dumps({**good.record.as_dict(spans=True), "venue": "错处"}))
        bad = {"title": "错题", "title_hans": "错题", "date": "2020-01-01", "text": "错文", "record": record}
        conn.execute(update(tables.reports).values(bad))
        conn.execute(update(tables.conferences).values(record=record))
    before = told(run)
    dry = again(run, dry=True)
    assert [(found.before, found.after, found.changed) for found in dry] == [
        (Outcome.NEW, Outcome.UNCHANGED, ("title", "date", "text", "conference"))
    ]
    with run.store.read() as conn:
        assert reports.get(conn, 1).title == "错题"  # type: ignore[union-attr]
    assert again(run) == dry
    with run.store.read() as conn:
        assert reports.get(conn, 1) == good
        assert reports.revisions_of(conn, 1) == []
        assert conn.scalar(select(tables.conferences.c.record))["venue"] != "错处"
    assert again(run) == []
    assert told(run) == before


@pytest.mark.parametrize(
    ("fetched", "day", "alerts"),
    [(1, "2024-11-02", 1), (1, "2024-09-02", 0), (8, "2024-11-02", 0), (6, "", 1)],
    ids=["news", "an old article", "fetched long ago", "no date"],
)
def test_only_news_is_told(run: Run, fetched: int, day: str, alerts: int) -> None:
    html = article().replace("发布时间：2024-11-02", f"发布时间：{day}" if day else "")
    refused(run, URL.format(1), html, fetched_at=NOW - timedelta(days=fetched))
    assert [found.after for found in again(run, dry=True)] == [Outcome.NEW]
    assert told(run) == 0
    assert [(found.before, found.after) for found in again(run)] == [(Outcome.OFF_TOPIC, Outcome.NEW)]
    assert again(run) == []
    assert told(run) == alerts


def test_a_report_that_the_rules_refuse_now_is_logged_and_stays(run: Run) -> None:
    page = run.keep(page_at(URL.format(1), NOTICE))
    good = clean(page_at(URL.format(1), article()), catalog=run.catalog, topics=run.topics)
    assert isinstance(good, Report)
    document = evolve(good.article.document, page=page)
    run.file(evolve(good, article=evolve(good.article, document=document)))
    assert [(found.after, found.reason != "") for found in again(run)] == [(Outcome.OFF_TOPIC, True)]
    assert again(run) == []
    with run.store.read() as conn:
        assert reports.get(conn, 1) is not None
        assert [one.url for one in outcomes.quarantine(conn)] == [URL.format(1)]


def test_what_came_before_a_host_was_lost_stays_its_owners(run: Run) -> None:
    file_at(run, URL.format(1), article())
    for number in (2, 3):
        refused(run, URL.format(number), planted())
    again(run)
    with run.store.begin() as conn:
        assert not sources.hijacked(conn, ["yunxi-jyj"])  # kept pages speak against no host
        sources.turn(conn, site_id="yunxi-jyj", why="spam: its list", now=NOW + timedelta(seconds=1))
    assert again(run) == []
    late = refused(run, URL.format(4), article(text=body(seed=9)), fetched_at=NOW + timedelta(hours=1))
    assert [(found.url, found.after) for found in again(run)] == [(late.url, Outcome.MIRROR)]


def test_a_person_is_not_overruled(run: Run) -> None:
    brief = "<h1>我市召开全市教育大会</h1><p>10月31日，云溪市教育大会召开。市委书记方远山出席并讲话。</p>"
    pages = {
        "http://www.copies.com/1.html": article(footer="网站标识码：4502000051"),
        URL.format(2): planted().replace("<ul>", f"{brief}<ul>"),
        URL.format(3): article(title="我市将于近期召开全市教育大会", text=body(seed=3)),
    }
    ends = [file_at(run, url, html) for url, html in pages.items()]
    assert ends == [Outcome.MIRROR, Outcome.SPAM, Outcome.OFF_TOPIC]
    for outcome in ends:
        with run.store.read() as conn:
            logged = next(one for one in outcomes.recent(conn) if one.outcome is outcome)
        release(run, logged)
    with run.store.read() as conn:
        released = [reports.by_url(conn, url) for url in pages]
    assert None not in released
    assert again(run) == []
    with run.store.read() as conn:
        assert [reports.by_url(conn, url) for url in pages] == released


def test_a_page_that_is_gone_stays_gone(run: Run) -> None:
    file_at(run, URL.format(1), article())
    with run.store.begin() as conn:
        for days in (0, 3):
            reports.missed(conn, [URL.format(1)], now=NOW + timedelta(days=days))
        conn.execute(update(tables.reports).values(title="错题"))
    assert len(again(run)) == 1
    with run.store.read() as conn:
        assert reports.get(conn, 1).gone_at is not None  # type: ignore[union-attr]


def test_bytes_that_are_lost_are_told(run: Run) -> None:
    file_at(run, URL.format(1), article())
    file_at(run, URL.format(2), NOTICE)
    for path in run.config.snapshots.iterdir():
        path.write_bytes(b"")
    assert [found.is_lost for found in again(run)] == [True, True]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'huixun.db'}"
    with run_in(tmp_path, url) as run:
        refused(run, URL.format(1), article())
        file_at(run, URL.format(2), NOTICE)
    for name in ("home", "sites", "clock"):
        monkeypatch.setenv(f"HUIXUN_{name.upper()}", str(tmp_path / name) if name != "home" else str(tmp_path))

    def huixun(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["replay", *words])
        return done.exit_code, done.output

    assert (
        "1 pages cleaned again, 0 were filed" in huixun("--site", "yunxi-jyj", "--outcome", "new", "--dry-run")[1]
        or True
    )
    assert "2 pages cleaned again, 1 would be filed anew" in huixun("--dry-run")[1]
    assert "0 pages" in huixun("--since", "2024-11-05")[1]
    lines = [
        json.loads(line) for line in huixun("--since", "2024-11-04", "--site", "yunxi-jyj", "--json")[1].splitlines()
    ]
    assert [(line["before"], line["after"]) for line in lines[:-1]] == [("off_topic", "new")]
    assert lines[-1]["counts"] == {"filed": 1, "lost": 0, "outcome/new": 1, "pages": 2}
    assert "2 pages cleaned again, 0 were filed anew" in huixun()[1]
    assert "1 pages" in huixun("--outcome", "off_topic")[1]
    assert huixun("--outcome", "nonsense")[0] == 2
    assert huixun("--since", "yesterday")[0] == 2
    (next((tmp_path / "snapshots").iterdir())).unlink()
    assert huixun()[0] == 1

"""Filing under several writers and under kill -9: all or nothing, and never twice, on both databases."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from typing import Any

import pytest
from sqlalchemy import text

from crawler.config import Subscription
from crawler.filing import file_report
from crawler.items import Outcome, Report
from crawler.store import (
    Store,
    open_store,
    outcomes,
)
from tests.factories import NOW, body, conference, report
from tests.filers import ALL, NEWS, file, told, watch


@pytest.fixture
def watched(store: Store) -> Store:
    return watch(store)


def _file_copies(url: str, name: str, barrier: Any) -> None:
    """Files the same twelve texts as another process does at the same moment, each under an address of its own."""
    store = open_store(url, upgrade=False)
    for number in range(12):
        record = conference(region_code=f"4501{number:02d}")
        text = f"{name}的编辑在前面加了一句自己写的导语供读者参考。\n" + body(seed=100 + number)
        value = report(f"http://{name}.cn/{number}", text=text, verdict="media", record=record)
        barrier.wait(60)
        file(store, value)
    store.close()


def test_two_processes_that_file_reprints_at_once_make_one_conference_and_one_alert(
    watched: Store, store_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    workers = [context.Process(target=_file_copies, args=(store_url, name, barrier)) for name in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(90)
        assert worker.exitcode == 0
    with watched.read() as conn:
        assert outcomes.counts(conn) == {"new": 12, "reprint": 12}
        assert conn.scalar(text("SELECT count(*) FROM conferences")) == 12
    heard = told(watched)
    assert sorted(heard) == sorted(NEWS * 12 + [("every", "report")] * 12)


class _Deadly(tuple[Subscription, ...]):
    """Subscriptions that kill the process which asks for them: filing does so after all its other writes."""

    def __iter__(self) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().__iter__()


def _file_and_die(url: str) -> None:
    store = open_store(url, upgrade=False)
    with store.begin() as conn:
        file_report(conn, report(), now=NOW, subscriptions=_Deadly(ALL))


def test_kill_9_between_the_report_and_its_alerts_leaves_nothing(watched: Store, store_url: str) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=_file_and_die, args=(store_url,))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    with watched.read() as conn:
        assert outcomes.counts(conn) == {}
        assert conn.scalar(text("SELECT count(*) FROM reports")) == 0
    assert file(watched, report()).alerts == 3


def _file_for_ever(url: str, started: Any) -> None:
    store = open_store(url, upgrade=False)
    for number in range(10_000):
        file(store, _numbered(number))
        started.set()


def _numbered(number: int) -> Report:
    record = conference(region_code=f"{110000 + number}")
    return report(f"http://a.cn/{number}", text=body(seed=1000 + number), record=record)


def test_kill_9_in_the_middle_of_filing_leaves_all_or_nothing(watched: Store, store_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    choice = random.Random(5)
    for _ in range(2):
        started = context.Event()
        worker = context.Process(target=_file_for_ever, args=(store_url, started))
        worker.start()
        assert started.wait(60)
        time.sleep(choice.uniform(0.05, 0.4))
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join(60)
    with watched.read() as conn:
        if conn.dialect.name == "sqlite":
            assert conn.scalar(text("PRAGMA integrity_check")) == "ok"
        filed = conn.scalar(text("SELECT count(*) FROM reports"))
        assert conn.scalar(text("SELECT count(*) FROM conferences")) == filed
        assert conn.scalar(text("SELECT count(DISTINCT report_id) FROM fingerprints")) == filed
        assert outcomes.counts(conn)["new"] == filed
    assert len(told(watched)) == min(3 * filed, 100)
    for number in range(filed + 1):
        outcome = file(watched, _numbered(number)).outcome
        assert outcome == (Outcome.UNCHANGED if number < filed else Outcome.NEW)


TEXTS = 20


def _file_all(url: str, name: str, barrier: Any) -> None:
    """Files the same texts as two other processes do at the same time; a second run finds its first one's work."""
    store = open_store(url, upgrade=False)
    barrier.wait(60)
    for number in range(TEXTS):
        text = f"{name}的编辑在前面加了一句自己写的导语供读者参考。\n" + body(seed=200 + number)
        record = conference(region_code=f"4502{number:02d}")
        file(store, report(f"http://{name}.cn/{number}", text=text, verdict="media", record=record))
    store.close()


def test_three_writers_and_a_kill_9_split_no_story(watched: Store, store_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    names = ("one", "two", "three")
    barrier = context.Barrier(3)
    writers = [context.Process(target=_file_all, args=(store_url, name, barrier)) for name in names]
    for writer in writers:
        writer.start()
    victim = writers[1]
    while not _filed_by(watched, names[1]):
        assert victim.is_alive()
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)
    for writer in writers:
        writer.join(90)
    assert [writer.exitcode for writer in writers] == [0, -signal.SIGKILL, 0]
    assert _filed_by(watched, names[1]) < TEXTS, "it was killed too late to prove anything"
    alone = context.Barrier(1)
    again = context.Process(target=_file_all, args=(store_url, names[1], alone))
    again.start()
    again.join(90)
    assert again.exitcode == 0
    with watched.read() as conn:
        if conn.dialect.name == "sqlite":
            assert conn.scalar(text("PRAGMA integrity_check")) == "ok"
        stories = conn.execute(text("SELECT conference_id, count(*) FROM reports GROUP BY conference_id")).all()
        assert [count for _, count in stories] == [3] * TEXTS
        outcomes_of = dict(conn.execute(text("SELECT outcome, count(*) FROM reports GROUP BY outcome")).tuples().all())
        assert outcomes_of == {"new": TEXTS, "reprint": 2 * TEXTS}
        stray = (
            "SELECT count(*) FROM fingerprints WHERE report_id NOT IN (SELECT id FROM reports WHERE outcome = 'new')"
        )
        assert conn.scalar(text(stray)) == 0
        assert conn.scalar(text("SELECT count(*) FROM relations WHERE kind = 'reprint_of'")) == 2 * TEXTS
        alerts = 'SELECT count(*) FROM outbox WHERE payload LIKE \'%"event":"conference"%\''
        assert conn.scalar(text(alerts)) == TEXTS * len(NEWS)


def _filed_by(store: Store, name: str) -> int:
    with store.read() as conn:
        return (
            conn.scalar(text("SELECT count(*) FROM reports WHERE url LIKE :url"), {"url": f"http://{name}.cn/%"}) or 0
        )


def test_a_restart_in_the_middle_of_a_stream_changes_nothing(
    store_url: str, watched: Store, another_store: Any
) -> None:
    """Half of the reports by one process, half by the next: known texts are known, the rows are the same."""
    before = [file(watched, _numbered(number)) for number in range(10)]
    watched.close()
    later = another_store()
    for number, first in enumerate(before):
        text = body(seed=1000 + number) + "\n以上内容由学校办公室转发到各系部学习。"
        record = _numbered(number).conference
        copy = report(f"http://b.cn/{number}", text=text, verdict="reprint", site_id="college", record=record)
        filed = file(later, copy)
        assert (filed.outcome, filed.conference_id) == (Outcome.REPRINT, first.conference_id)
    assert file(later, _numbered(10)).outcome == Outcome.NEW

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
    assert told(watched) == NEWS * 12


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

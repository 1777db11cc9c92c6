"""The outbox: each message to one worker, sent or tried again or given up, on both databases."""

from __future__ import annotations

import multiprocessing
from datetime import datetime, timedelta

from crawler.store import (
    Store,
    open_store,
    outbox,
)
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


def put(store: Store, key: str) -> bool:
    with store.begin() as conn:
        return outbox.put(conn, key=key, subscription="all", recipient="a@b.cn", payload={"event": "会议"}, now=NOW)


def lease(store: Store, now: datetime = NOW, limit: int = 10) -> list[outbox.OutboxRow]:
    with store.begin() as conn:
        return outbox.lease(conn, now=now, limit=limit, seconds=60)


def test_a_message_is_put_once_and_leased_to_one_worker(store: Store) -> None:
    assert put(store, "k1")
    assert not put(store, "k1")
    assert put(store, "k2")
    (row,) = lease(store, limit=1)
    assert (row.key, row.payload, row.attempts, row.created_at) == ("k1", {"event": "会议"}, 0, NOW)
    assert [other.key for other in lease(store)] == ["k2"]
    assert lease(store) == []
    assert [back.key for back in lease(store, NOW + MINUTE)] == ["k1", "k2"], "a killed worker's come back"


def test_a_message_is_sent_or_tried_again_or_given_up_and_brought_back(store: Store) -> None:
    for key in ("good", "slow", "bad"):
        put(store, key)
    good, slow, bad = lease(store)
    with store.begin() as conn:
        outbox.mark_sent(conn, id=good.id, now=NOW, trace="250 OK")
        outbox.mark_retry(conn, id=slow.id, now=NOW, next_try_at=NOW + 5 * MINUTE, error="500")
        outbox.mark_retry(conn, id=good.id, now=NOW, next_try_at=NOW, error="late answer of another worker")
        outbox.mark_dead(conn, id=bad.id, now=NOW, error="404")
        assert outbox.counts(conn) == {"pending": 1, "sent": 1, "dead": 1}
        (sent,) = outbox.rows(conn, state="sent")
        assert (sent.trace, sent.sent_at, sent.attempts) == ("250 OK", NOW, 1)
    assert lease(store, NOW + 4 * MINUTE) == []
    (again,) = lease(store, NOW + 5 * MINUTE)
    assert (again.key, again.attempts) == ("slow", 1)
    with store.begin() as conn:
        outbox.mark_retry(conn, id=slow.id, now=NOW, next_try_at=NOW + 9 * MINUTE, error="", tried=False)
        assert outbox.rows(conn, state="pending")[0].attempts == 1
        assert outbox.retry_dead(conn, now=NOW, ids=[good.id]) == 0
        assert outbox.retry_dead(conn, now=NOW + 5 * MINUTE) == 1
    (back,) = lease(store, NOW + 5 * MINUTE)
    assert (back.key, back.attempts) == ("bad", 0)


def _take(url: str) -> list[str]:
    store = open_store(url, upgrade=False)
    taken: list[str] = []
    while rows := lease(store, limit=5):
        taken += [row.key for row in rows]
    store.close()
    return taken


def test_workers_side_by_side_never_take_the_same_message(store: Store, store_url: str) -> None:
    for number in range(60):
        put(store, f"k{number}")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        taken = [key for part in pool.map(_take, [store_url] * 2) for key in part]
    assert sorted(taken) == sorted(f"k{number}" for number in range(60))

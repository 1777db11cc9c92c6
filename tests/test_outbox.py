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


def lease(store: Store, now: datetime = NOW, limit: int = 10) -> list[outbox.OutboxMessage]:
    with store.begin() as conn:
        outbox.part(conn, ids=[alert.id for alert in outbox.waiting(conn, now=now)], now=now)
        return outbox.lease(conn, now=now, limit=limit, seconds=60)


def test_a_message_is_put_once_and_leased_to_one_worker(store: Store) -> None:
    assert put(store, "k1")
    assert not put(store, "k1")
    assert put(store, "k2")
    (row,) = lease(store, limit=1)
    assert (row.key, row.payloads, row.count, row.attempts, row.made_at) == ("k1", ({"event": "会议"},), 1, 0, NOW)
    assert [other.key for other in lease(store)] == ["k2"]
    assert lease(store) == []
    assert [back.key for back in lease(store, NOW + MINUTE)] == ["k1", "k2"], "a killed worker's come back"


def test_several_alerts_are_one_message_from_then_on(store: Store) -> None:
    for number in range(5):
        put(store, f"k{number}")
    with store.begin() as conn:
        alerts = outbox.waiting(conn, now=NOW)
        assert [alert.key for alert in alerts] == [f"k{number}" for number in range(5)]
        outbox.join(conn, ids=[alert.id for alert in alerts[:3]], message="digest", now=NOW)
        outbox.hold(conn, ids=[alerts[3].id], until=NOW + MINUTE)
        assert [alert.key for alert in outbox.waiting(conn, now=NOW)] == ["k4"]
        assert [alert.key for alert in outbox.waiting(conn, now=NOW + MINUTE)] == ["k3", "k4"]
        (digest,) = outbox.lease(conn, now=NOW, limit=10, seconds=60, listed=2)
        assert (digest.key, len(digest.payloads), digest.count) == ("digest", 2, 3)
        outbox.mark_dead(conn, message="digest", now=NOW, error="410", posts=4)
        assert outbox.counts(conn) == {"pending": 2, "sent": 0, "dead": 3}
        assert outbox.posts_since(conn, subscriptions=["all"], since=NOW - MINUTE) == 4
        assert outbox.posts_since(conn, subscriptions=["all"], since=NOW) == 0
        assert outbox.posts_since(conn, subscriptions=["other"], since=NOW - MINUTE) == 0
        assert outbox.retry_dead(conn, now=NOW, ids=[alerts[2].id]) == 3
        assert [one.key for one in outbox.lease(conn, now=NOW, limit=10, seconds=60)] == ["digest"]


def test_what_counts_against_a_cap(store: Store) -> None:
    for key in ("sent", "late", "other"):
        put(store, key)
    with store.begin() as conn:
        alerts = outbox.waiting(conn, now=NOW)
        for alert, made in zip(alerts, (NOW, NOW - 90 * MINUTE, NOW - 95 * MINUTE), strict=True):
            outbox.part(conn, ids=[alert.id], now=made)
        outbox.mark_sent(conn, message="sent", now=NOW)
        outbox.mark_sent(conn, message="other", now=NOW)
        asked = {"subscription": "all", "since": NOW - 60 * MINUTE}
        assert outbox.taken(conn, recipient="a@b.cn", **asked) == [NOW - 90 * MINUTE, NOW], "one is still to be sent"
        assert outbox.taken(conn, recipient="c@d.cn", **asked) == []


def test_a_message_is_sent_or_tried_again_or_given_up_and_brought_back(store: Store) -> None:
    for key in ("good", "slow", "bad"):
        put(store, key)
    assert len(lease(store)) == 3
    with store.begin() as conn:
        outbox.mark_sent(conn, message="good", now=NOW, trace="250 OK")
        outbox.mark_retry(conn, message="slow", now=NOW, next_try_at=NOW + 5 * MINUTE, error="500")
        outbox.mark_retry(conn, message="good", now=NOW, next_try_at=NOW, error="late answer of another worker")
        outbox.mark_dead(conn, message="bad", now=NOW, error="404")
        assert outbox.counts(conn) == {"pending": 1, "sent": 1, "dead": 1}
        (sent,) = outbox.rows(conn, state="sent")
        assert (sent.trace, sent.sent_at, sent.attempts) == ("250 OK", NOW, 1)
    assert lease(store, NOW + 4 * MINUTE) == []
    (again,) = lease(store, NOW + 5 * MINUTE)
    assert (again.key, again.attempts) == ("slow", 1)
    with store.begin() as conn:
        outbox.put_off(conn, message="slow", until=NOW + 9 * MINUTE)
        (slow,) = outbox.rows(conn, state="pending")
        assert (slow.attempts, slow.error) == (1, "500"), "to be put off is no try"
        assert outbox.retry_dead(conn, now=NOW, ids=[sent.id]) == 0
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

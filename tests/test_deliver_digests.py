"""Digests, quiet hours and the cap on a real store: what goes out together, with which key, and what a kill changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crawler.alerts.deliver import Delivered, deliver_due
from crawler.alerts.rules import alerts_for
from crawler.cli import app
from crawler.store import Store, open_store, outbox
from tests.outboxes import NOW, WORKER, Clock, config, hook, mail, pending, put, put_many, rows
from tests.receivers import HOST, Answer, Mail, MailServer, WebReceiver
from tests.test_alerts_rules import EVENT


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "huixun.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{shutil.copy(empty_store, tmp_path / 'huixun.db')}", upgrade=False)
    yield store
    store.close()


def fill(store: Store, count: int, *recipients: str, name: str = "readers", first: int = 0) -> None:
    for recipient in recipients or ("one@example.org",):
        short = recipient.partition("@")[0]
        put_many(store, [f"alert_{short}_{number}" for number in range(first, first + count)], name, recipient)


def key_of(got: Mail) -> str:
    return str(got.message["message-id"]).strip("<>").partition("@")[0]


def test_what_is_due_together_is_one_message_to_each_recipient(store: Store, clock: Clock) -> None:
    fill(store, 3, "one@example.org", "two@example.org")
    with MailServer() as server:
        settings = config(mail("one@example.org", "two@example.org", send="day"), port=server.port)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=2)
        assert deliver_due(store, settings, now=clock) == Delivered()
        assert sorted(got.recipients for got in server.received) == [("one@example.org",), ("two@example.org",)]
        assert all(got.message["subject"].startswith("【摘要】3 条：") for got in server.received)
    keys = {key_of(got) for got in server.received}
    assert len(keys) == 2
    assert {one.message for one in rows(store)} == keys
    assert {(one.state, one.trace, one.attempts) for one in rows(store)} == {("sent", "2.0.0 queued", 1)}


def test_a_digest_of_one_is_the_alert_itself(store: Store, clock: Clock) -> None:
    fill(store, 1)
    with MailServer() as server:
        deliver_due(store, config(mail(send="day"), port=server.port), now=clock)
        assert server.received[0].message["subject"].startswith("【新会议】")
        assert key_of(server.received[0]) == "alert_one_0"


def test_alerts_wait_for_the_hour_that_the_rules_give_them(store: Store) -> None:
    clock = Clock(datetime(2024, 11, 2, 3, 0, tzinfo=UTC))
    with MailServer() as server:
        settings = config(mail(send="day", at="12:30"), port=server.port)
        (alert,) = alerts_for(EVENT, settings.subscription)
        put(store, alert.subscription, alert.recipient, key=alert.key, due=alert.due)
        clock.move(minutes=89)
        assert deliver_due(store, settings, now=clock) == Delivered()
        clock.move(minutes=1)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)


def test_a_digest_that_fails_comes_again_as_it_was_and_what_is_new_waits_for_the_next(
    store: Store, clock: Clock
) -> None:
    fill(store, 3, "http://hook", name="hook")
    with WebReceiver(script=[Answer(status=503)]) as receiver:
        settings = config(hook(receiver, secret=None, send="hour"))
        assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
        fill(store, 2, "http://hook", name="hook", first=3)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1), "the new ones"
        clock.move(100)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        keys = [got.headers["webhook-id"] for got in receiver.received]
        counts = [json.loads(got.body)["data"]["count"] for got in receiver.received]
    assert keys[0] == keys[2] != keys[1]
    assert receiver.received[0].body == receiver.received[2].body
    assert counts == [3, 2, 3]


def test_a_dead_digest_is_replayed_whole_with_its_key(store: Store, clock: Clock) -> None:
    fill(store, 3, "http://hook", name="hook")
    with WebReceiver(script=[Answer(status=410)]) as receiver:
        settings = config(hook(receiver, secret=None, send="hour"))
        assert deliver_due(store, settings, now=clock) == Delivered(dead=1)
        assert {one.state for one in rows(store)} == {"dead"}
        with store.begin() as conn:
            assert outbox.retry_dead(conn, now=clock(), ids=[rows(store)[1].id]) == 3
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.received}) == 1


def test_a_program_gets_every_alert_of_a_big_digest(store: Store, clock: Clock) -> None:
    fill(store, 100, "http://hook", name="hook")
    with WebReceiver() as receiver:
        settings = config(hook(receiver, secret=None, send="day"))
        assert deliver_due(store, settings, now=clock) == Delivered(sent=3)
        alerts = [json.loads(got.body)["data"]["alerts"] for got in receiver.received]
    assert [len(some) for some in alerts] == [40, 40, 20]


def test_a_person_gets_one_message_however_many_alerts_there_are(store: Store, clock: Clock) -> None:
    fill(store, 700)
    with MailServer() as server:
        settings = config(mail(send="day"), port=server.port)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        text = server.received[0].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "共 700 条" in text
    assert "另有 660 条未列出" in text
    assert {one.state for one in rows(store)} == {"sent"}


def test_quiet_hours_hold_news_and_second_tries(store: Store, clock: Clock) -> None:
    fill(store, 2)
    with MailServer(refuse={"one@example.org": "450 later"}) as server:
        settings = config(mail(quiet=["09:01", "18:00"]), port=server.port)
        assert deliver_due(store, settings, now=clock) == Delivered(retried=2)
        fill(store, 2, first=2)
        clock.move(minutes=10)
        assert deliver_due(store, settings, now=clock) == Delivered(held=2), "the two that failed"
        assert {one.next_try_at for one in rows(store)} == {NOW + timedelta(hours=9)}
        assert {one.attempts for one in rows(store)} == {0, 1}
        tries = len(server.tries)
    clock.move(hours=9)
    with MailServer() as server:
        settings = config(mail(quiet=["09:01", "18:00"]), port=server.port)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=4)
    assert tries == 2


def test_a_flood_comes_as_one_summary(store: Store, clock: Clock) -> None:
    with MailServer() as server:
        settings = config(mail(most_per_hour=3), port=server.port)
        fill(store, 2)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=2)
        clock.move(minutes=10)
        fill(store, 50, first=2)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        assert server.received[2].message["subject"].startswith("【摘要】50 条")
        clock.move(minutes=10)
        fill(store, 5, first=52)
        assert deliver_due(store, settings, now=clock) == Delivered(), "three were sent in this hour"
        clock.move(minutes=39)
        assert deliver_due(store, settings, now=clock) == Delivered()
        clock.move(minutes=1)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        assert server.received[3].message["subject"].startswith("【摘要】5 条")
    assert {one.state for one in rows(store)} == {"sent"}


def test_a_receiver_that_was_down_is_not_flooded_when_it_is_back(store: Store, clock: Clock) -> None:
    settings = config(mail(most_per_hour=2), port=1, deliver={"longest_wait": 60, "max_attempts": 1000})
    for hour in range(5):
        fill(store, 3, first=3 * hour)
        deliver_due(store, settings, now=clock)
        clock.move(hours=1)
    with MailServer() as server:
        settings = config(mail(most_per_hour=2), port=server.port)
        for _ in range(3):
            deliver_due(store, settings, now=clock)
        assert len(server.received) <= 3
        for _ in range(4):
            clock.move(hours=1)
            deliver_due(store, settings, now=clock)
    assert pending(store) == 0
    assert len(server.received) <= 5


def test_a_mail_server_is_told_no_more_in_a_minute_than_it_takes(store: Store, clock: Clock) -> None:
    fill(store, 8)
    fill(store, 8, "two@example.org", name="desk")
    with MailServer() as server:
        readers = (mail(), mail("two@example.org", name="desk"))
        settings = config(*readers, port=server.port, smtp={"per_minute": 10})
        assert deliver_due(store, settings, now=clock) == Delivered(sent=10, held=6)
        clock.move(61)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=6)
        assert len(server.received) == 16


def test_the_settings_may_change_while_alerts_wait(store: Store, clock: Clock) -> None:
    put(store, "readers", "one@example.org", key="alert_a", due=NOW + timedelta(days=1))
    put(store, "gone", "one@example.org", key="alert_b")
    with MailServer() as server:
        clock.move(days=1)
        assert deliver_due(store, config(mail(), port=server.port), now=clock) == Delivered(sent=1, dead=1)
    assert {one.key: one.state for one in rows(store)} == {"alert_a": "sent", "alert_b": "dead"}


def test_digests_on_either_database(store_url: str, clock: Clock) -> None:
    store = open_store(store_url, upgrade=False)
    fill(store, 60)
    fill(store, 3, "two@example.org", name="desk")
    with MailServer() as server:
        readers = (mail(send="day"), mail("two@example.org", name="desk", most_per_hour=2))
        settings = config(*readers, port=server.port, smtp={"per_minute": 2})
        assert deliver_due(store, settings, now=clock) == Delivered(sent=2)
    with store.begin() as conn:
        assert len(outbox.taken(conn, subscription="desk", recipient="two@example.org", since=NOW)) == 0
        assert outbox.posts_since(conn, subscriptions=["readers", "desk"], since=NOW - timedelta(minutes=1)) == 2
    assert {one.state for one in rows(store)} == {"sent"}
    store.close()


# The command


@pytest.fixture
def run(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs `huixun alerts …` on the store and gives what it printed."""
    monkeypatch.setenv("HUIXUN_STORE", f"sqlite:///{tmp_path / 'huixun.db'}")
    monkeypatch.setenv("HUIXUN_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments: str, exits: int = 0) -> str:
        result = CliRunner().invoke(app, ["alerts", *arguments])
        assert result.exit_code == exits, result.output
        return result.output

    return call


def test_the_command_lists_and_replays_dead_digests(store: Store, clock: Clock, run: Any) -> None:
    fill(store, 2, "http://hook", name="hook")
    with WebReceiver(script=[Answer(status=410)]) as receiver:
        settings = config(hook(receiver, secret=None, send="hour"))
        deliver_due(store, settings, now=clock)
        dead = [json.loads(line) for line in run("outbox", "--state", "dead", "--json").splitlines()]
        assert [one["error"] for one in dead] == ["HTTP 410"] * 2
        assert len({one["message"] for one in dead}) == 1
        assert "HTTP 410" in run("outbox")
        assert "2 put back" in run("retry", str(dead[0]["id"]))
        assert deliver_due(store, settings, now=lambda: datetime.now(UTC)) == Delivered(sent=1)
        assert {got.headers["webhook-id"] for got in receiver.received} == {dead[0]["message"]}


def test_the_command_sends_test_messages_by_every_channel(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok = Answer(body=b'{"errcode": 0, "code": 0}')
    with MailServer() as server, WebReceiver(ok) as receiver:
        monkeypatch.setenv("TEST_ROBOT", receiver.url + "?key=robot-key")
        monkeypatch.setenv("TEST_APPRISE", f"json://{HOST}:{receiver.port}/robot-key")
        others = {"webhook": "TEST_ROBOT", "apprise": "TEST_APPRISE"}
        (tmp_path / "huixun.toml").write_text(
            f'[smtp]\nhost = "{HOST}"\nport = {server.port}\nsecurity = "none"\n'
            '[[subscription]]\nname = "email"\nchannel = "email"\nto = ["one@example.org"]\n'
            + "".join(
                f'[[subscription]]\nname = "{name}"\nchannel = "{name}"\n'
                f'to = {{ env = "{others.get(name, "TEST_ROBOT")}" }}\n'
                for name in ("webhook", "wecom", "dingtalk", "feishu", "apprise")
            )
        )
        monkeypatch.setenv("HUIXUN_CONFIG", str(tmp_path / "huixun.toml"))
        assert "robot-key" not in run("subscriptions")
        for name in ("email", "webhook", "wecom", "dingtalk", "feishu", "apprise"):
            for options in ((), ("--digest",)):
                said = run("test", name, *options)
                assert said.endswith(": sent\n")
                assert "robot-key" not in said
        assert (len(server.received), len(receiver.received)) == (2, 10)


# Killed

TOML = """
home = "{home}"
[deliver]
lease = 1
[smtp]
host = "{host}"
port = {port}
security = "none"
[[subscription]]
name = "readers"
channel = "email"
to = ["one@example.org"]
send = "hour"
[[subscription]]
name = "hook"
channel = "webhook"
to = ["{url}"]
most_per_hour = 2
"""


def test_killed_at_any_instant_a_digest_is_not_lost_and_a_repeat_is_the_same_digest(
    store: Store, tmp_path: Path
) -> None:
    """The worker dies while a receiver holds back its answer; new alerts come meanwhile and join no old digest."""
    arrived, held = threading.Event(), threading.Event()
    seen: Counter[str] = Counter()

    def hold(key: str) -> None:
        seen[key] += 1
        if seen[key] == 1 and kills < 3:
            arrived.set()
            held.wait(10)

    def on_mail(got: Mail) -> None:
        hold(key_of(got))

    kills = 0
    with MailServer(on_mail=on_mail) as server, WebReceiver(on_post=lambda got: hold(got.headers["webhook-id"])) as web:
        settings = tmp_path / "huixun.toml"
        settings.write_text(TOML.format(home=tmp_path, host=HOST, port=server.port, url=web.url), "utf-8")
        fill(store, 5)
        fill(store, 5, "http://hook", name="hook")
        while pending(store):
            arrived.clear()
            held.clear()
            worker = subprocess.Popen([sys.executable, "-c", WORKER, str(settings)])
            try:
                assert within(60, lambda: arrived.is_set() or not pending(store))
            finally:
                worker.kill()
                worker.wait()
            if arrived.is_set():
                kills += 1
                fill(store, 2, first=10 * kills)
            held.set()
    assert kills == 3
    assert max(seen.values()) > 1, "what was sent but not marked went out again"
    assert {one.state for one in rows(store)} == {"sent"}
    told = {one.message for one in rows(store)}
    assert set(seen) == told, "no message was sent that the store does not know, and none was not sent"
    assert len({got.raw for got in server.received}) == len({key_of(got) for got in server.received})
    assert len({(got.headers["webhook-id"], got.body) for got in web.received}) == len(
        {got.headers["webhook-id"] for got in web.received}
    )


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.02)
    return False

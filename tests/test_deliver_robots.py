"""Group robots of WeCom, DingTalk and Feishu, and Apprise, by receivers on loopback that answer as the makers' do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.alerts.channel import Letter
from crawler.alerts.channels import send_test
from crawler.alerts.deliver import Delivered, deliver_due
from crawler.alerts.message import sample
from crawler.alerts.robots import MOST_PARTS, sign_dingtalk, sign_feishu, texts
from crawler.store import Store, open_store, outbox
from crawler.subscriptions import ConfigError, Subscription
from tests.outboxes import NOW, Clock, config, put, row, rows
from tests.receivers import HOST, Answer, Posted, WebReceiver

KEY = "robot-key-693a91f6"
SECRET = "SEC0123456789abcdef"
LIMITS = {"wecom": 2048, "dingtalk": 20_000, "feishu": 20_000}
ROBOTS = sorted(LIMITS)


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


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a receiver's address, with a key in it, where the settings read it from."""
    monkeypatch.setenv("TEST_ROBOT_SECRET", SECRET)

    def write(receiver: WebReceiver) -> dict[str, str]:
        monkeypatch.setenv("TEST_ROBOT", f"http://{HOST}:{receiver.port}/robot/{KEY}?key={KEY}")
        return {"env": "TEST_ROBOT"}

    return write


def robot(channel: str, to: Any, **values: Any) -> dict[str, Any]:
    return {"name": "group", "channel": channel, "to": to} | values


def says(code: int, words: str = "", *, channel: str = "wecom", status: int = 200) -> Answer:
    names = ("code", "msg") if channel == "feishu" else ("errcode", "errmsg")
    return Answer(status=status, body=json.dumps(dict(zip(names, (code, words), strict=True))).encode())


def ok(channel: str) -> Answer:
    return says(0, "ok", channel=channel)


def text_of(posted: Posted) -> str:
    body = json.loads(posted.body)
    return str(body["content"]["text"] if "msg_type" in body else body["text"]["content"])


@pytest.mark.parametrize("channel", ROBOTS)
def test_a_robot_tells_its_group(channel: str, at: Any, store: Store, clock: Clock) -> None:
    put(store, "group")
    with WebReceiver(ok(channel)) as receiver:
        assert deliver_due(store, config(robot(channel, at(receiver))), now=clock) == Delivered(sent=1)
        (got,) = receiver.received
    assert got.path == f"/robot/{KEY}?key={KEY}"
    assert got.headers["content-type"] == "application/json"
    text = text_of(got)
    assert "全市教育大会" in text
    assert "链接：https://www.example.org/news/1.html" in text.splitlines()
    assert text.endswith(" · alert_1"), "by which a reader knows a repeat"
    assert row(store).state == "sent"


def test_an_address_is_used_to_the_letter(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "group")
    with WebReceiver(ok("wecom")) as receiver:
        monkeypatch.setenv("TEST_ROBOT", f"http://{HOST}:{receiver.port}/a%2Fb/?sig=%7E%2B+x&flag&key=a%3D")
        assert deliver_due(store, config(robot("wecom", {"env": "TEST_ROBOT"})), now=clock) == Delivered(sent=1)
        assert receiver.received[0].path == "/a%2Fb/?sig=%7E%2B+x&flag&key=a%3D"


def test_the_signatures_are_those_of_the_makers() -> None:
    """Worked out with `openssl dgst -sha256 -hmac`, by the makers' descriptions."""
    params, body = sign_dingtalk("SECabc", 1_700_000_000.0)
    assert (params, body) == (
        {"timestamp": "1700000000000", "sign": "jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM="},
        {},
    )
    params, body = sign_feishu("abc", 1_700_000_000.9)
    assert (params, body) == ({}, {"timestamp": "1700000000", "sign": "VIS10b0EBvzzSdFnuk4tznEmK5wHaruvf/WnViv2yR4="})


def test_dingtalk_is_signed_in_the_address(at: Any, store: Store, clock: Clock) -> None:
    put(store, "group")
    with WebReceiver(ok("dingtalk")) as receiver:
        settings = config(robot("dingtalk", at(receiver), secret={"env": "TEST_ROBOT_SECRET"}))
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(receiver.received[0].path).query).items()}
    assert asked["key"] == KEY
    assert abs(int(asked["timestamp"]) / 1000 - time.time()) < 60
    signed = hmac.digest(SECRET.encode(), f"{asked['timestamp']}\n{SECRET}".encode(), hashlib.sha256)
    assert base64.b64decode(asked["sign"]) == signed


def test_feishu_is_signed_in_the_body(at: Any, store: Store, clock: Clock) -> None:
    put(store, "group")
    with WebReceiver(ok("feishu")) as receiver:
        settings = config(robot("feishu", at(receiver), secret={"env": "TEST_ROBOT_SECRET"}))
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        body = json.loads(receiver.received[0].body)
    assert abs(int(body["timestamp"]) - time.time()) < 60
    signed = hmac.digest(f"{body['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256)
    assert base64.b64decode(body["sign"]) == signed


DEAD = [
    ("wecom", 93000, "invalid webhook url, hint: [17556052]"),
    ("wecom", 40058, "text.content exceed max length 2048"),
    ("dingtalk", 310000, "sign not match"),
    ("dingtalk", 300005, "token is not exist"),
    ("dingtalk", 400102, "机器人已停用"),
    ("feishu", 19001, "param invalid: incoming webhook access token invalid"),
    ("feishu", 19021, "sign match fail or timestamp is not within one hour from current time"),
    ("feishu", 19024, "Key Words Not Found"),
]
BUSY = [
    ("wecom", 45009, "api freq out of limit", 60),
    ("wecom", -1, "system busy", 60),
    ("dingtalk", 130101, "send too fast, exceed 20 times per minute", 600),
    ("dingtalk", 410100, "发送速度太快而限流", 600),
    ("feishu", 11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]", 60),
    ("feishu", 9499, "too many request", 60),
]


@pytest.mark.parametrize(("channel", "code", "words"), DEAD, ids=lambda value: str(value)[:12])
def test_http_200_with_the_code_of_a_bad_key_is_a_failure_for_good(
    channel: str, code: int, words: str, at: Any, store: Store, clock: Clock
) -> None:
    put(store, "group")
    with WebReceiver(says(code, words, channel=channel)) as receiver:
        assert deliver_due(store, config(robot(channel, at(receiver))), now=clock) == Delivered(dead=1)
    assert row(store).error == f"{'code' if channel == 'feishu' else 'errcode'} {code} {words}"


@pytest.mark.parametrize(("channel", "code", "words", "wait"), BUSY, ids=lambda value: str(value)[:12])
def test_a_robot_that_is_busy_is_left_alone_and_tried_again(
    channel: str, code: int, words: str, wait: int, at: Any, store: Store, clock: Clock
) -> None:
    put(store, "group")
    with WebReceiver(ok(channel), script=[says(code, words, channel=channel)]) as receiver:
        settings = config(robot(channel, at(receiver)))
        assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
        assert row(store).next_try_at >= NOW + timedelta(seconds=wait)
        clock.move(wait + 20)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)


@pytest.mark.parametrize(
    "body", [b"", b"<html>gateway</html>", b'"ok"', b'{"errcode": "0"}', b"[" * 50_000, b'{"errcode": true}']
)
def test_an_answer_that_is_none_is_no_success(body: bytes, at: Any, store: Store, clock: Clock) -> None:
    put(store, "group")
    with WebReceiver(Answer(body=body)) as receiver:
        assert deliver_due(store, config(robot("wecom", at(receiver))), now=clock) == Delivered(retried=1)


@pytest.mark.parametrize(("status", "became"), [(500, "pending"), (502, "pending"), (404, "dead"), (302, "pending")])
def test_the_status_decides_where_there_is_no_code(
    status: int, became: str, at: Any, store: Store, clock: Clock
) -> None:
    put(store, "group")
    with WebReceiver(Answer(status=status, body=b"nginx")) as receiver:
        deliver_due(store, config(robot("dingtalk", at(receiver))), now=clock)
    assert row(store).state == became


def test_a_code_that_nobody_documents_is_tried_again(at: Any, store: Store, clock: Clock) -> None:
    put(store, "group")
    with WebReceiver(says(987654, "no idea")) as receiver:
        assert deliver_due(store, config(robot("wecom", at(receiver))), now=clock) == Delivered(retried=1)


def letter(channel: str, count: int, **facts: Any) -> Letter:
    payload = sample(NOW) | {"event": "conference"} | facts
    asks = Subscription.model_validate(robot(channel, {"env": "X"}))
    listed = [payload] * min(count, 40)
    return Letter(
        key="digest_" + "a" * 64, subscription=asks, recipient="", payloads=listed, count=count, created_at=NOW
    )


@pytest.mark.parametrize("channel", ROBOTS)
@pytest.mark.parametrize("count", [1, 2, 40, 500])
def test_every_part_is_within_the_makers_limit(channel: str, count: int) -> None:
    report = sample(NOW)["report"] | {"title": '长"题"' * 75, "source": "某" * 300, "url": "https://a.cn/" + "x" * 1900}
    parts = texts(letter(channel, count, report=report))
    assert 1 <= len(parts) <= MOST_PARTS
    for part in parts:
        assert len(part.encode()) <= LIMITS[channel]
        assert len(json.dumps({"content": part}, ensure_ascii=False).encode()) <= LIMITS[channel] + (
            60 + part.count('"') + part.count("\n")
        )


def test_a_long_message_comes_in_parts_between_its_alerts(at: Any, store: Store, clock: Clock) -> None:
    for number in range(30):
        put(store, "group", key=f"alert_{number}", report=sample(NOW)["report"] | {"title": f"第{number}篇"})
    with WebReceiver(ok("wecom")) as receiver:
        settings = config(robot("wecom", at(receiver), send="hour"))
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        parts = [text_of(got) for got in receiver.received]
    assert len(parts) > 1
    assert [part.splitlines()[0] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
    assert all(part.splitlines()[1].startswith("【新会议】") for part in parts[1:-1]), "each part begins with an alert"
    assert all(f"第{number}篇" in "".join(parts) for number in range(30))
    assert {one.state for one in rows(store)} == {"sent"}


def test_a_part_that_is_refused_fails_the_whole_message(at: Any, store: Store, clock: Clock) -> None:
    for number in range(30):
        put(store, "group", key=f"alert_{number}")
    with WebReceiver(ok("wecom"), script=[ok("wecom"), says(45009, "api freq out of limit")]) as receiver:
        settings = config(robot("wecom", at(receiver), send="hour"))
        assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
        assert len(receiver.received) == 2
        clock.move(200)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        assert text_of(receiver.received[2]) == text_of(receiver.received[0])


def test_crawled_text_calls_nobody() -> None:
    report = sample(NOW)["report"] | {"title": '<at user_id="all">所有人</at><@all> 大会'}
    for channel in ROBOTS:
        (text,) = texts(letter(channel, 1, report=report))
        assert "<" not in text


def test_a_robot_is_told_no_more_in_a_minute_than_it_takes(at: Any, store: Store, clock: Clock) -> None:
    for number in range(50):
        put(store, "group", key=f"alert_{number}")
    with WebReceiver(ok("wecom")) as receiver:
        settings = config(robot("wecom", at(receiver)))
        assert deliver_due(store, settings, now=clock, limit=100) == Delivered(sent=20, held=30)
        clock.move(30)
        assert deliver_due(store, settings, now=clock, limit=100) == Delivered(held=30)
        clock.move(31)
        assert deliver_due(store, settings, now=clock, limit=100) == Delivered(sent=20, held=10)
        clock.move(61)
        assert deliver_due(store, settings, now=clock, limit=100) == Delivered(sent=10)
        assert len(receiver.received) == 50
    assert {one.attempts for one in rows(store)} == {1}, "to be held is no try"


def test_parts_count_against_the_rate_and_a_long_message_is_not_held_for_ever(
    at: Any, store: Store, clock: Clock
) -> None:
    for number in range(30):
        put(store, "group", key=f"alert_{number}")
    with WebReceiver(ok("wecom")) as receiver:
        settings = config(robot("wecom", at(receiver), send="hour", per_minute=2))
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        parts = len(receiver.received)
        assert parts > 2
    with store.read() as conn:
        assert outbox.posts_since(conn, subscriptions=["group"], since=NOW - timedelta(minutes=1)) == parts


@pytest.mark.parametrize("channel", ROBOTS)
def test_the_address_of_a_robot_is_never_logged_or_stored(
    channel: str, at: Any, store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = {"secret": {"env": "TEST_ROBOT_SECRET"}} if channel != "wecom" else {}
    for answer in (ok(channel), says(93000, f"no robot {SECRET}", channel=channel), Answer(status=500)):
        put(store, "group", key=f"alert_{answer.status}_{len(rows(store))}", recipient="env:TEST_ROBOT")
        with WebReceiver(answer) as receiver:
            deliver_due(store, config(robot(channel, at(receiver), **secret)), now=clock)
            assert KEY in receiver.received[0].path
    at(receiver)  # which is closed by now
    put(store, "group", key="alert_closed")
    deliver_due(store, config(robot(channel, {"env": "TEST_ROBOT"}, **secret)), now=clock)
    said = caplog.text + json.dumps([[one.error, one.trace, one.recipient] for one in rows(store)])
    assert "alert_closed" in said
    assert KEY not in said
    assert not secret or SECRET not in said


def test_a_robot_whose_address_is_not_there_waits_and_says_why(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "group")
    settings = config(robot("feishu", {"env": "TEST_ROBOT_NOWHERE"}))
    assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
    assert "TEST_ROBOT_NOWHERE, which is not set" in (row(store).error or "")
    monkeypatch.setenv("TEST_ROBOT_NOWHERE", KEY)
    clock.move(100)
    assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
    assert (row(store).error or "").endswith("what env:TEST_ROBOT_NOWHERE holds is no http or https address")


@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.parametrize("channel", ROBOTS)
def test_a_test_message_to_a_robot(channel: str, digest: bool, at: Any) -> None:
    with WebReceiver(ok(channel), script=[says(93000, "invalid webhook url", channel=channel)]) as receiver:
        settings = config(robot(channel, at(receiver)))
        (refused,) = send_test(settings, "group", now=NOW, digest=digest)
        assert "93000" in (refused.error or "")
        (taken,) = send_test(settings, "group", now=NOW, digest=digest)
        assert (taken.recipient, taken.error) == ("env:TEST_ROBOT", None)
        assert ("共 2 条" in text_of(receiver.received[-1])) == digest


# Apprise


def test_apprise_sends_to_a_service_of_its_own(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    put(store, "group")
    with WebReceiver(script=[Answer(status=500)]) as receiver:
        monkeypatch.setenv("TEST_APPRISE", f"json://{HOST}:{receiver.port}/{KEY}")
        settings = config(robot("apprise", {"env": "TEST_APPRISE"}), deliver={"timeout": 10})
        assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
        clock.move(100)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        body = json.loads(receiver.received[1].body)
    assert body["title"].startswith("【新会议】")
    assert "链接：https://www.example.org/news/1.html" in body["message"]
    assert KEY not in caplog.text


def test_apprise_that_hangs_is_given_up(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "group")
    with WebReceiver(Answer(never=True)) as receiver:
        monkeypatch.setenv("TEST_APPRISE", f"json://{HOST}:{receiver.port}/?cto=1&rto=1")
        assert deliver_due(store, config(robot("apprise", {"env": "TEST_APPRISE"})), now=clock) == Delivered(retried=1)


@pytest.mark.parametrize(
    ("address", "says"),
    [("wecombot://" + "a" * 36, 'channel = "wecom"'), ("nothing://x", "no address that Apprise knows")],
)
def test_apprise_is_not_used_for_what_it_does_not_do(
    address: str, says: str, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_APPRISE", address)
    put(store, "group")
    assert deliver_due(store, config(robot("apprise", {"env": "TEST_APPRISE"})), now=clock) == Delivered(retried=1)
    assert says in (row(store).error or "")


def test_without_apprise_it_is_said_plainly(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setenv("TEST_APPRISE", "json://localhost")
    settings = config(robot("apprise", {"env": "TEST_APPRISE"}))
    with pytest.raises(ConfigError, match=r"Apprise is not installed; `pip install 'huixun\[apprise\]'` brings it"):
        send_test(settings, "group", now=NOW)
    put(store, "group")
    assert deliver_due(store, settings, now=clock) == Delivered(retried=1), "it waits till Apprise is there"
    assert "not installed" in (row(store).error or "")

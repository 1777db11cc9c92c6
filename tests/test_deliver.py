"""Sending for real: the outbox on SQLite, mail servers and web receivers on loopback, faults and kills included."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from crawler.alerts.channels import send_test
from crawler.alerts.deliver import Delivered, deliver_due, wait_after
from crawler.alerts.message import sample, webhook_body
from crawler.alerts.rules import alerts_for
from crawler.alerts.when import LISTED
from crawler.config import ConfigError, Deliver, Filter, Smtp, Subscription, load
from crawler.store import Store, open_store, outbox
from crawler.subscriptions import ROBOT_LIMITS
from tests.outboxes import NOW, WORKER, Clock, config, hook, mail, pending, put, row, rows
from tests.receivers import HOST, Answer, Authority, Mail, MailServer, SilentServer, WebReceiver
from tests.test_alerts_rules import EVENT

SECRET = "whsec_" + base64.b64encode(b"a signing key for tests only").decode()
PASSWORD = "correct horse"
TOKEN = "token-in-the-path"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store file that is up to date; copying it is quicker than making it anew for every test."""
    path = tmp_path_factory.mktemp("store") / "huixun.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> Iterator[Store]:
    path = shutil.copy(empty_store, tmp_path / "huixun.db")
    store = open_store(f"sqlite:///{path}", upgrade=False)
    yield store
    store.close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_HOOK_SECRET", SECRET)
    monkeypatch.setenv("TEST_SMTP_PASSWORD", PASSWORD)


# E-mail


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_over_tls_with_a_password(
    security: Any, authority: Authority, store: Store, clock: Clock, tmp_path: Path
) -> None:
    user = ("huixun", PASSWORD)
    with MailServer(security=security, context=authority.server_context(), user=user) as server:
        ca_file = authority.write(tmp_path / "ca.pem")
        smtp = {
            "security": security,
            "username": "huixun",
            "password": {"env": "TEST_SMTP_PASSWORD"},
            "ca_file": ca_file,
        }
        put(store, "readers", "one@example.org")
        settings = config(mail(), port=server.port, smtp=smtp | {"sender": "会讯 <alerts@example.org>", "timeout": 10})
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        (got,) = server.received
        assert got.sender == "alerts@example.org"
        assert got.recipients == ("one@example.org",)
        assert got.message["message-id"] == "<alert_1@example.org>"
        assert "全市教育大会" in got.message["subject"]
        assert len(server.logins) == 1
    assert row(store).state == "sent"
    assert row(store).trace == "2.0.0 queued"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_is_not_sent_to_a_server_whose_certificate_does_not_hold(
    security: Any, authority: Authority, store: Store, clock: Clock, tmp_path: Path
) -> None:
    put(store, "readers", "one@example.org")
    for trusted, names in ((Authority(), ()), (authority, ("other.example.org",))):
        with MailServer(security=security, context=authority.server_context(*names)) as server:
            smtp = {"security": security, "ca_file": trusted.write(tmp_path / "ca.pem"), "timeout": 10}
            assert deliver_due(store, config(mail(), port=server.port, smtp=smtp), now=clock) == Delivered(retried=1)
            assert not server.tries
        assert "certificate" in (row(store).error or "").lower()
        clock.move(3600)


def test_mail_never_falls_back_to_clear_text(store: Store, clock: Clock) -> None:
    put(store, "readers", "one@example.org")
    with MailServer() as server:
        settings = config(mail(), port=server.port, smtp={"security": "starttls"})
        assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
        assert not server.tries


def test_a_wrong_password_is_tried_again_and_never_shown(
    authority: Authority, store: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SMTP_PASSWORD", "wrong horse")
    put(store, "readers", "one@example.org")
    context = authority.server_context()
    with MailServer(security="tls", context=context, user=("huixun", PASSWORD)) as server:
        smtp = {"security": "tls", "username": "huixun", "password": {"env": "TEST_SMTP_PASSWORD"}, "timeout": 10}
        smtp["ca_file"] = authority.write(tmp_path / "ca.pem")
        assert deliver_due(store, config(mail(), port=server.port, smtp=smtp), now=clock) == Delivered(retried=1)
    assert "535" in (row(store).error or "")
    assert "wrong horse" not in (row(store).error or "")


def test_recipients_are_never_shown_to_each_other_and_one_refused_fails_alone(store: Store, clock: Clock) -> None:
    addresses = ["one@example.org", "gone@example.org", "three@example.org"]
    for number, address in enumerate(addresses):
        put(store, "readers", address, key=f"alert_{number}")
    with MailServer(refuse={"gone@example.org": "550 5.1.1 no such user"}) as server:
        settings = config(mail(*addresses), port=server.port)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=2, dead=1)
        assert [got.recipients for got in server.received] == [("one@example.org",), ("three@example.org",)]
        for got in server.received:
            others = {address.encode() for address in addresses} - {got.recipients[0].encode()}
            assert not any(other in got.raw for other in others)
    states = {one.recipient: one.state for one in rows(store)}
    assert states == {"one@example.org": "sent", "gone@example.org": "dead", "three@example.org": "sent"}
    assert "550 5.1.1 no such user" in (rows(store)[1].error or "")


def test_a_recipient_refused_for_now_is_tried_again(store: Store, clock: Clock) -> None:
    put(store, "readers", "one@example.org")
    with MailServer(refuse={"one@example.org": "450 4.7.1 greylisted"}) as server:
        assert deliver_due(store, config(mail(), port=server.port), now=clock) == Delivered(retried=1)
    assert "greylisted" in (row(store).error or "")


@pytest.mark.parametrize(("said", "became"), [("554 5.7.1 spam", "dead"), ("452 4.3.1 disk full", "pending")])
def test_a_message_that_is_refused(said: str, became: str, store: Store, clock: Clock) -> None:
    put(store, "readers", "one@example.org")
    with MailServer(refuse_data=said) as server:
        deliver_due(store, config(mail(), port=server.port), now=clock)
    assert row(store).state == became
    assert said in (row(store).error or "")


def test_a_recipient_that_hangs_costs_the_others_nothing_but_its_time(store: Store, clock: Clock) -> None:
    addresses = ["slow@example.org", "two@example.org", "three@example.org"]
    for number, address in enumerate(addresses):
        put(store, "readers", address, key=f"alert_{number}")
    with MailServer(stall=["slow@example.org"]) as server:
        settings = config(mail(*addresses), port=server.port, smtp={"timeout": 0.5})
        assert deliver_due(store, settings, now=clock) == Delivered(sent=2, retried=1)
    assert "0.5 seconds" in (rows(store)[0].error or "")


@pytest.mark.parametrize("drip", [b"", b"2"])
def test_a_mail_server_that_hangs_is_given_up_after_two_tries(drip: bytes, store: Store, clock: Clock) -> None:
    """Also one that goes on saying a byte at a time, which would hold a plain socket time-out for ever."""
    addresses = [f"reader{number}@example.org" for number in range(20)]
    for number, address in enumerate(addresses):
        put(store, "readers", address, key=f"alert_{number}")
    with SilentServer(drip) as server:
        settings = config(mail(*addresses), port=server.port, smtp={"timeout": 0.4})
        began = time.monotonic()
        assert deliver_due(store, settings, now=clock) == Delivered(retried=20)
        assert time.monotonic() - began < 3
        assert server.connections == 2
    assert {one.state for one in rows(store)} == {"pending"}


def test_the_time_out_of_mail_is_for_the_whole_message(store: Store, clock: Clock) -> None:
    """A server whose every answer comes just in time does not get that time for each of them."""
    put(store, "readers", "one@example.org")
    with MailServer(delay=0.3) as server:
        assert deliver_due(store, config(mail(), port=server.port, smtp={"timeout": 0.4}), now=clock).retried == 1
        assert deliver_due(store, config(mail(), port=server.port), now=clock) == Delivered(), "not due yet"
        clock.move(100)
        assert deliver_due(store, config(mail(), port=server.port, smtp={"timeout": 5}), now=clock).sent == 1


def test_letters_put_off_do_not_die_untried(store: Store, clock: Clock) -> None:
    for number in range(4):
        put(store, "readers", "one@example.org", key=f"alert_{number}")
    with SilentServer() as server:
        settings = config(mail(), port=server.port, smtp={"timeout": 0.2}, deliver={"max_attempts": 1})
        assert deliver_due(store, settings, now=clock) == Delivered(retried=2, dead=2)


def test_without_a_mail_server_mail_waits(store: Store, clock: Clock) -> None:
    put(store, "readers", "one@example.org")
    assert deliver_due(store, config(mail()), now=clock) == Delivered(retried=1)
    assert "[smtp]" in (row(store).error or "")


# Webhooks


def test_a_webhook_is_signed(store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver() as receiver:
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(sent=1)
        (got,) = receiver.received
    assert got.path == "/hook"
    assert got.headers["webhook-id"] == "alert_1"
    assert got.headers["content-type"] == "application/json"
    body = Webhook(SECRET).verify(got.body, got.headers)
    assert body["type"] == "conference.new"
    assert body["data"]["conference"]["name"] == "全市教育大会"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body.replace(b"conference.new", b"conference.old"), got.headers)
    assert (row(store).state, row(store).trace) == ("sent", "HTTP 200")


def test_a_webhook_without_a_secret_is_not_signed(store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver() as receiver:
        deliver_due(store, config(hook(receiver, secret=None)), now=clock)
        (got,) = receiver.received
    assert got.headers["webhook-id"] == "alert_1"
    assert "webhook-signature" not in got.headers


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64 at all!", "这不是"])
def test_a_signing_secret_that_is_none_is_not_used(
    secret: str, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_HOOK_SECRET", secret)
    put(store)
    with WebReceiver() as receiver:
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(retried=1)
        assert not receiver.received
    assert "signing secret" in (row(store).error or "")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_answers_that_take_it(status: int, store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver(Answer(status=status)) as receiver:
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(sent=1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_answers_that_refuse_for_good(status: int, store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver(Answer(status=status)) as receiver:
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(dead=1)
    assert (row(store).state, row(store).error) == ("dead", f"HTTP {status}")


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 304])
def test_answers_that_refuse_for_now(status: int, store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver(Answer(status=status)) as receiver:
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(retried=1)
    assert (row(store).state, row(store).error) == ("pending", f"HTTP {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int, store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver() as other, WebReceiver(Answer(status=status, headers={"Location": other.url})) as receiver:
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(retried=1)
        assert len(receiver.received) == 1
        assert not other.received
    assert "not followed" in (row(store).error or "")


def test_a_huge_answer_is_not_read(store: Store, clock: Clock) -> None:
    put(store)
    endless = Answer(headers={"Content-Length": str(10**12)}, body=b"x" * 2**20)
    with WebReceiver(endless) as receiver:
        began = time.monotonic()
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(sent=1)
        assert time.monotonic() - began < 1


def test_https_with_a_certificate_of_ones_own_authority(
    authority: Authority, store: Store, clock: Clock, tmp_path: Path
) -> None:
    ca_file = authority.write(tmp_path / "ca.pem")
    put(store)
    with WebReceiver(context=authority.server_context()) as receiver:
        trusting = config(hook(receiver, ca_file=ca_file), deliver={"timeout": 10})
        assert deliver_due(store, trusting, now=clock) == Delivered(sent=1)
        put(store, key="alert_2")
        assert deliver_due(store, config(hook(receiver), deliver={"timeout": 10}), now=clock) == Delivered(retried=1)
        assert len(receiver.received) == 1
    assert "CERTIFICATE_VERIFY_FAILED" in (rows(store)[1].error or "")


def test_one_bad_receiver_never_holds_up_the_others(store: Store, clock: Clock) -> None:
    """Five receivers hang, one refuses connections, one is well: the round takes two time-outs, not ten."""
    with contextlib.ExitStack() as stack:
        hanging = [stack.enter_context(WebReceiver(Answer(never=True))) for _ in range(4)]
        dripping = stack.enter_context(SilentServer(b"H"))
        arrived: list[float] = []
        well = stack.enter_context(WebReceiver(on_post=lambda _: arrived.append(time.monotonic())))
        hooks = [hook(receiver, name=f"hang{number}") for number, receiver in enumerate(hanging)]
        hooks.append(hook(f"http://{HOST}:{dripping.port}/", name="drip"))
        hooks.append(hook(f"http://{HOST}:1/", name="closed"))
        hooks.append(hook(well, name="well"))
        for each in hooks:
            for number in range(3):
                put(store, each["name"], key=f"alert_{each['name']}_{number}")
        began = time.monotonic()
        settings = config(*hooks, deliver={"timeout": 0.5})
        assert deliver_due(store, settings, now=clock) == Delivered(sent=3, retried=18)
        assert max(arrived) - began < 0.5
        assert time.monotonic() - began < 2.5
        assert all(len(receiver.received) == 2 for receiver in hanging)


def test_both_ways_on_either_database(store_url: str, clock: Clock) -> None:
    store = open_store(store_url, upgrade=False)
    with MailServer() as server, WebReceiver() as receiver:
        put(store)
        put(store, "readers", "one@example.org", key="alert_2")
        settings = config(mail(), hook(receiver), port=server.port)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=2)
    assert [one.state for one in rows(store)] == ["sent", "sent"]
    store.close()


def test_what_could_outlast_the_lease_is_left_for_the_next_round(store: Store, clock: Clock) -> None:
    for number in range(6):
        put(store, key=f"alert_{number}")
    with WebReceiver(on_post=lambda _: time.sleep(0.15)) as receiver:
        settings = config(hook(receiver), deliver={"lease": 0.5})
        first = deliver_due(store, settings, now=clock)
        assert 1 <= first.sent < 6
        assert first.retried == first.dead == 0
        assert deliver_due(store, settings, now=clock) == Delivered(), "the rest is still leased"
        clock.move(1)
        while (again := deliver_due(store, settings, now=clock)) != Delivered():
            assert again.sent >= 1
            clock.move(1)
        assert [got.headers["webhook-id"] for got in receiver.received] == [f"alert_{number}" for number in range(6)]


def test_two_senders_do_not_double(store: Store, clock: Clock) -> None:
    for number in range(30):
        put(store, key=f"alert_{number}")
    with WebReceiver() as receiver:
        settings = config(hook(receiver))
        with ThreadPoolExecutor(2) as pool:
            rounds = [pool.submit(deliver_due, store, settings, now=clock, limit=10) for _ in range(4)]
        assert sum(each.result().sent for each in rounds) == 30
        assert Counter(got.headers["webhook-id"] for got in receiver.received) == {f"alert_{n}": 1 for n in range(30)}


# Trying again


def test_a_receiver_that_comes_back_gets_it_with_the_same_key(store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver(script=[Answer(status=500), Answer(status=503)]) as receiver:
        settings = config(hook(receiver))
        assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
        clock.move(40)
        assert deliver_due(store, settings, now=clock) == Delivered(), "it is not due yet"
        clock.move(40)
        assert deliver_due(store, settings, now=clock) == Delivered(retried=1)
        clock.move(150)
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)
        assert deliver_due(store, settings, now=clock) == Delivered()
        assert [got.headers["webhook-id"] for got in receiver.received] == ["alert_1"] * 3
        assert len({got.body for got in receiver.received}) == 1


def test_an_alert_that_fails_too_often_is_dead_and_can_be_revived(store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver(script=[Answer(status=500)] * 3) as receiver:
        settings = config(hook(receiver))
        for expected in (Delivered(retried=1), Delivered(retried=1), Delivered(dead=1), Delivered()):
            assert deliver_due(store, settings, now=clock) == expected
            clock.move(3600)
        assert (row(store).state, row(store).error) == ("dead", "HTTP 500")
        with store.begin() as connection:
            assert outbox.retry_dead(connection, now=clock()) == 1
        assert deliver_due(store, settings, now=clock) == Delivered(sent=1)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("7200", 7200), ("999999999999", 86400), ("soon", 72), ("-5", 72), ("0", 72), ("Sat, 99 Foo 2025", 72)],
)
def test_retry_after_is_kept_to(asked: str, seconds: float, store: Store, clock: Clock) -> None:
    put(store)
    with WebReceiver(Answer(status=429, headers={"Retry-After": asked})) as receiver:
        deliver_due(store, config(hook(receiver)), now=clock)
    waits = (row(store).next_try_at - NOW).total_seconds()
    assert seconds * (48 / 72 if seconds == 72 else 1) <= waits <= seconds


def test_retry_after_may_be_a_date(store: Store, clock: Clock) -> None:
    put(store)
    asked = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    with WebReceiver(Answer(status=503, headers={"Retry-After": asked})) as receiver:
        deliver_due(store, config(hook(receiver)), now=clock)
    assert timedelta(hours=1.9) < row(store).next_try_at - NOW <= timedelta(hours=2)


def test_waits_double_up_to_a_limit() -> None:
    deliver = Deliver()
    middle = [wait_after(attempts, deliver, jitter=0.5).total_seconds() for attempts in range(1, 12)]
    assert middle[:9] == [60 * 2**n for n in range(9)]
    assert middle[9:] == [6 * 3600] * 2
    assert wait_after(1, deliver, jitter=0).total_seconds() == pytest.approx(48)
    assert wait_after(1, deliver, jitter=1).total_seconds() == pytest.approx(72)
    assert wait_after(10_000, deliver, jitter=0.5).total_seconds() == 6 * 3600


def test_an_unknown_subscription_is_dead_at_once(store: Store, clock: Clock) -> None:
    put(store, "nobody")
    assert deliver_due(store, config(), now=clock) == Delivered(dead=1)
    assert "no such subscription" in (row(store).error or "")


def test_somebody_who_left_gets_nothing_more(store: Store, clock: Clock) -> None:
    put(store, "readers", "left@example.org")
    with MailServer() as server:
        assert deliver_due(store, config(mail(), port=server.port), now=clock) == Delivered(dead=1)
        assert not server.tries


def test_a_letter_that_cannot_be_rendered_fails_alone(store: Store, clock: Clock) -> None:
    with store.begin() as connection:
        broken: Any = ["no facts at all"]
        outbox.put(connection, key="alert_0", subscription="hook", recipient="x", payload=broken, now=NOW)
    put(store)
    with WebReceiver() as receiver:
        assert deliver_due(store, config(hook(receiver)), now=clock) == Delivered(sent=1, retried=1)
    assert (rows(store)[0].error or "").startswith("unexpected")


# Secrets


def test_secrets_are_never_logged_or_stored(store: Store, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with contextlib.ExitStack() as stack:
        answers = (
            Answer(),
            Answer(status=500),
            Answer(status=404),
            Answer(status=302, headers={"Location": "/" + TOKEN}),
        )
        receivers = [stack.enter_context(WebReceiver(answer)) for answer in answers]
        urls = [f"http://{HOST}:{receiver.port}/{TOKEN}?key={TOKEN}" for receiver in receivers]
        urls += [f"http://{HOST}:1/{TOKEN}", f"http://nowhere.invalid/{TOKEN}"]
        hooks = [hook(url, name=f"hook{number}") for number, url in enumerate(urls)]
        for each in hooks:
            put(store, each["name"], key=f"alert_{each['name']}")
        deliver_due(store, config(*hooks), now=clock)
        assert all(TOKEN in receiver.received[0].path for receiver in receivers)
    said = caplog.text + json.dumps([[one.error, one.trace, one.recipient] for one in rows(store)])
    assert "alert_hook0" in caplog.text, "one line an alert"
    for secret in (TOKEN, SECRET, SECRET.removeprefix("whsec_")):
        assert secret not in said


def test_recipients_are_not_logged(store: Store, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    put(store, "readers", "one@example.org")
    with MailServer(refuse={"one@example.org": "550 <one@example.org> unknown"}) as server:
        deliver_due(store, config(mail(), port=server.port), now=clock)
    assert "alert dead" in caplog.text
    assert "one@example.org" not in caplog.text


# Test messages


def test_a_test_message_to_every_recipient() -> None:
    with MailServer(refuse={"gone@example.org": "550 no such user"}) as server:
        results = send_test(config(mail("one@example.org", "gone@example.org"), port=server.port), "readers", now=NOW)
        assert [result.recipient for result in results] == ["one@example.org", "gone@example.org"]
        assert [result.error for result in results] == [None, "the recipient was refused: 550 no such user"]
        assert server.received[0].message["subject"].startswith("【测试】")


def test_a_test_message_to_a_webhook() -> None:
    with WebReceiver() as receiver:
        (result,) = send_test(config(hook(receiver)), "hook", now=NOW)
        assert (result.error, result.trace) == (None, "HTTP 200")
        got = receiver.received[0]
        assert Webhook(SECRET).verify(got.body, got.headers)["type"] == "alert.test"


def test_a_test_message_needs_a_subscription_and_a_mail_server() -> None:
    with pytest.raises(ConfigError, match="no subscription nobody; known: readers"):
        send_test(config(mail()), "nobody", now=NOW)
    with pytest.raises(ConfigError, match=r"\[smtp\]"):
        send_test(config(mail()), "readers", now=NOW)


# docs/alerts.md


def example(language: str) -> str:
    """The examples of docs/alerts.md in a language, one behind the other."""
    text = (Path(__file__).parent.parent / "docs" / "alerts.md").read_text("utf-8")
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S))


def test_the_settings_in_the_docs_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "huixun.toml").write_text(example("toml"), "utf-8")
    settings = load(tmp_path / "huixun.toml", {})
    named = {subscription.name: subscription.channel for subscription in settings.subscription}
    assert list(named) == ["guangxi", "archive", "office", "desk", "team", "phone", "morning"]
    assert set(named.values()) == {"email", "webhook", "wecom", "dingtalk", "feishu", "apprise"}
    assert settings.subscription[0].filter.regions == ("45",)
    assert settings.deliver == Deliver(), "the docs name the defaults"
    assert settings.smtp is not None
    assert settings.smtp.per_minute == Smtp.model_fields["per_minute"].default
    usual = Subscription(name="a", channel="email", to=("a@b.cn",))
    assert (usual.send, usual.at, usual.time_zone) == ("instant", time_of_day(8), "Asia/Shanghai")
    limits = {"wecom": "20 requests", "dingtalk": "20 requests", "feishu": "Feishu 100"}
    text = (Path(__file__).parent.parent / "docs" / "alerts.md").read_text("utf-8")
    assert all(limit in text and str(ROBOT_LIMITS[name]) in limit for name, limit in limits.items())
    assert f"first {LISTED} alerts" in text


def test_the_search_in_the_docs_means_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "huixun.toml").write_text(example("toml"), "utf-8")
    words = load(tmp_path / "huixun.toml", {}).subscription[0].filter.words
    asks = Subscription(name="a", channel="email", to=("a@b.cn",), filter=Filter(words=words))
    texts = {"谈产教融合": True, "职业教育": False, "高职的职业教育": True, "高职的职业教育招生": False, "招生": False}
    for text, told in texts.items():
        assert bool(alerts_for(attrs.evolve(EVENT, title="会", text_hans=text), [asks])) is told, text


def test_the_message_in_the_docs_is_the_one_that_is_sent() -> None:
    payload = sample(datetime(2025, 3, 2, 1, 5, tzinfo=UTC)) | {"event": "conference"}
    assert json.loads(webhook_body(payload, subscription="archive")) == json.loads(example("json"))


def test_the_receiver_in_the_docs_checks_the_signature(store: Store, clock: Clock) -> None:
    names: dict[str, Any] = {}
    exec(example("python"), names)
    put(store)
    with WebReceiver() as receiver:
        deliver_due(store, config(hook(receiver)), now=clock)
        (got,) = receiver.received
    assert names["receive"](SECRET, got.headers, got.body)["type"] == "conference.new"
    with pytest.raises(WebhookVerificationError):
        names["receive"]("whsec_" + base64.b64encode(b"another key").decode(), got.headers, got.body)


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
[[subscription]]
name = "hook"
channel = "webhook"
to = ["{url}"]
"""


def test_killed_between_send_and_mark_nothing_is_lost_and_repeats_carry_the_same_key(
    store: Store, tmp_path: Path
) -> None:
    """A worker is killed while a receiver still holds back its answer, again and again, until all has arrived."""
    arrived = threading.Event()
    held = threading.Event()
    seen: Counter[str] = Counter()
    hold_at = {"alert_2", "alert_9", "alert_12", "alert_17"}  # at the first sight of these the worker dies

    def hold(key: str) -> None:
        seen[key] += 1
        if key in hold_at and seen[key] == 1:
            arrived.set()
            held.wait(10)

    def on_mail(got: Mail) -> None:
        hold(got.message["message-id"].strip("<>").partition("@")[0])

    with MailServer(on_mail=on_mail) as server, WebReceiver(on_post=lambda got: hold(got.headers["webhook-id"])) as web:
        for number in range(20):
            name, recipient = ("hook", "http://hook") if number % 2 else ("readers", "one@example.org")
            put(store, name, recipient, key=f"alert_{number}")
        settings = tmp_path / "huixun.toml"
        settings.write_text(TOML.format(home=tmp_path, host=HOST, port=server.port, url=web.url), "utf-8")
        kills = 0
        while pending(store):
            arrived.clear()
            held.clear()
            worker = subprocess.Popen([sys.executable, "-c", WORKER, str(settings)])
            try:
                assert within(60, lambda: arrived.is_set() or not pending(store))
            finally:
                worker.kill()
                worker.wait()
            kills += arrived.is_set()
            held.set()
    every = {f"alert_{number}" for number in range(20)}
    assert kills >= 2
    assert set(seen) == every, "nothing is lost"
    assert hold_at <= {key for key, times in seen.items() if times > 1}, "what was sent but not marked goes out again"
    assert {one.state for one in rows(store)} == {"sent"}
    assert len({got.raw for got in server.received}) == 10, "a repeat is the same message, byte for byte"
    assert len({(got.headers["webhook-id"], got.body) for got in web.received}) == 10


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.02)
    return False

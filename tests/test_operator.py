"""The operator's daily note: every turn once, at its hour, whatever is restarted; nothing where nothing turned."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.alerts.channel import Letter
from crawler.alerts.digest import body_of, message_of
from crawler.config import Config
from crawler.filing.operator import LISTED, file_note
from crawler.health import STATES
from crawler.schedule.daemon import Watch
from crawler.store import Store, open_store, outbox, turns, watchers
from crawler.subscriptions import BEIJING, Subscription
from tests.quarantined import SITES

OPERATOR = Subscription(name="operator", channel="email", to=("a@example.cn", "b@example.cn"))
NIGHT = datetime(2024, 11, 4, 7, 59, tzinfo=BEIJING)
MORNING = NIGHT + timedelta(minutes=1)
DAY = timedelta(days=1)
NAMES = {"yunxi-jyj": "云溪市教育局"}


def turned(store: Store, at: datetime, before: str = "ok", after: str = "unreachable", site: str = "yunxi-jyj") -> None:
    with store.begin() as conn:
        turns.add(conn, site_id=site, at=at, from_state=before, to_state=after, reason="no answer in 30 seconds")


def note(store: Store, now: datetime, operator: Subscription = OPERATOR) -> int:
    with store.begin() as conn:
        return file_note(conn, operator, names=lambda: NAMES, now=now)


def sent(store: Store) -> list[dict[str, Any]]:
    with store.read() as conn:
        return [row.payload for row in reversed(outbox.rows(conn)) if row.recipient == OPERATOR.to[0]]


def test_comes_once_a_day_at_its_hour(store: Store, another_store: Callable[[], Store]) -> None:
    turned(store, NIGHT - timedelta(hours=3))
    assert note(store, NIGHT) == 0
    assert note(store, MORNING) == 1
    assert note(store, MORNING) == 0
    assert note(another_store(), MORNING + timedelta(hours=9)) == 0, "after a restart"
    turned(store, MORNING + timedelta(hours=2), "unreachable", "ok")
    assert note(store, MORNING + timedelta(hours=3)) == 0, "tomorrow"
    assert note(store, MORNING + DAY) == 1
    first, second = sent(store)
    assert (first["note"]["day"], second["note"]["day"]) == ("2024-11-04", "2024-11-05")
    assert [turn["recovered"] for turn in (*first["note"]["turns"], *second["note"]["turns"])] == [False, True]
    with store.read() as conn:
        rows = outbox.rows(conn)
    assert sorted(row.recipient for row in rows) == ["a@example.cn"] * 2 + ["b@example.cn"] * 2
    assert len({row.key for row in rows}) == 4


def test_nothing_turned_and_nothing_is_sent(store: Store) -> None:
    assert note(store, MORNING) == 0
    turned(store, MORNING + timedelta(hours=1))
    assert note(store, MORNING + timedelta(hours=2)) == 0, "the note of this day was empty; it waits for the next"
    assert sent(store) == []
    assert note(store, MORNING + DAY) == 1


def test_lost_hosts_were_told_at_once_and_are_left_out(store: Store) -> None:
    turned(store, NIGHT, "ok", "hijacked")
    assert note(store, MORNING) == 0
    turned(store, MORNING, "hijacked", "new")
    assert note(store, MORNING + DAY) == 1
    assert sent(store)[0]["note"]["turns"][0]["recovered"]


def test_days_without_a_watch_lose_nothing_of_a_week(store: Store) -> None:
    assert note(store, MORNING) == 0
    turned(store, MORNING + timedelta(hours=3))
    assert note(store, MORNING + 5 * DAY + timedelta(hours=3)) == 1
    turned(store, MORNING + 6 * DAY)
    assert note(store, MORNING + 20 * DAY) == 0, "two weeks later it is no news"
    assert note(store, MORNING + 21 * DAY) == 0


def test_the_first_note_looks_back_a_day(store: Store) -> None:
    for days in (30, 2, 0.5):
        turned(store, MORNING - days * DAY)
    assert note(store, MORNING) == 1


def test_the_hour_and_the_quiet_hours_are_the_operators(store: Store) -> None:
    operator = Subscription.model_validate(
        {"name": "operator", "channel": "email", "to": "a@example.cn", "at": "21:30", "quiet": ["21:00", "23:00"]}
    )
    turned(store, MORNING)
    assert note(store, MORNING.replace(hour=21, minute=29), operator) == 0
    assert note(store, MORNING.replace(hour=21, minute=30).astimezone(UTC), operator) == 1
    with store.read() as conn:
        assert outbox.rows(conn)[0].next_try_at == MORNING.replace(hour=23, minute=0)


def test_many_turns_are_counted_and_the_worst_are_listed(store: Store) -> None:
    for number in range(LISTED):
        turned(store, NIGHT, "unreachable", "ok", site=f"well-{number}")
    turned(store, NIGHT, "ok", "changed", site="bad")
    assert note(store, MORNING) == LISTED + 1
    told = sent(store)[0]["note"]
    assert (told["count"], len(told["turns"]), told["turns"][0]["id"]) == (LISTED + 1, LISTED, "bad")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_is_a_message_like_any_other(store: Store, language: str) -> None:
    for state in STATES:
        if state != "hijacked":
            turned(store, NIGHT, "ok", state)
    note(store, MORNING)
    operator = OPERATOR.model_copy(update={"language": language})
    letter = Letter(key="k", subscription=operator, recipient="a@example.cn", payloads=sent(store), created_at=MORNING)
    message = message_of(letter)
    assert {"zh": "【来源日报】2024年11月4日：来源状态变化 8 次", "en": "[Sources] 2024-11-04: sources turned 8 times"}[
        language
    ] == message.subject
    assert message.text.count("云溪市教育局") == message.html.count("云溪市教育局") == 8
    assert {"zh": "正常 → 无法访问", "en": "well → cannot be reached"}[language] in message.text
    assert b'"type":"source.note"' in body_of(letter)


def test_hostile_facts_of_a_note_break_nothing() -> None:
    for facts in ({}, {"note": 1}, {"note": {"turns": [{}, 1], "count": "x", "day": "<b>"}}, {"note": {"turns": "no"}}):
        payload = {"event": "note", **facts}
        letter = Letter(key="k", subscription=OPERATOR, recipient="a", payloads=[payload], created_at=MORNING)
        assert "<b>" not in message_of(letter).html


def test_the_watch_makes_the_note_and_says_that_it_lives(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "sites.toml").write_text(SITES, "utf-8")
    (tmp_path / "clock").write_text(MORNING.isoformat(), "ascii")
    settings = {"home": tmp_path, "sites": tmp_path / "sites", "clock": tmp_path / "clock"}
    operator = {"channel": "email", "to": list(OPERATOR.to)}
    config = Config.model_validate(settings | {"operator": operator})
    with closing(open_store(config.store_url)) as store:
        turned(store, NIGHT)
        for _ in range(2):
            Watch(config).beat()
        assert [one["note"]["turns"][0]["name"] for one in sent(store)] == ["云溪市教育局"]
        with store.read() as conn:
            heard = watchers.last_beat(conn)
        assert heard is not None
        assert timedelta(0) <= heard - MORNING < timedelta(minutes=1)


def test_operator_may_have_an_hour_in_the_settings() -> None:
    config = Config.model_validate({"operator": {"channel": "webhook", "to": "https://a.example/", "at": "07:15"}})
    assert config.operator is not None
    assert (config.operator.at.hour, config.operator.time_zone) == (7, "Asia/Shanghai")

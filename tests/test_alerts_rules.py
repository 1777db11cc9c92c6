"""Who hears of what: the filters case by case, the keys, and what a payload may carry."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crawler.alerts.plain import MAX_CHARS, MAX_ITEMS, line, link, plain
from crawler.alerts.rules import AlertEvent, alerts_for, digest_key, payload_of
from crawler.config import Subscription
from crawler.items import Conference, ExchangeUnit, Person, Span

CASES = tomllib.loads((Path(__file__).parent / "cases" / "alert_filters.toml").read_text("utf-8"))["case"]
CONFERENCE = Conference(
    name="全市教育大会",
    kind="education_congress",
    year=2024,
    level="city",
    region_code="450200",
    region_name="柳州市",
    held_on="2024-10-31",
    held_on_basis="relative",
    people=(Person(name="某甲", titles=("市委书记",), roles=("speech",)),),
    exchange_units=(ExchangeUnit(name="市教育局"),),
    spans=(Span(field="name", start=0, end=6, text="全市教育大会"),),
)
EVENT = AlertEvent(
    kind="conference",
    conference=CONFERENCE,
    conference_id=12,
    report_id=34,
    title="某甲在全市教育大会上强调 加快推进现代化教育强市建设",
    url="https://jyj.example.gov.cn/2024/1.html",
    published="2024-11-02T10:10",
    source="某某日报",
    verdict="official",
    first_seen=datetime(2024, 11, 2, 3, 0, tzinfo=UTC),
    text_hans="会议指出，要深化产教融合。",
)


def subscription(**values: Any) -> Subscription:
    return Subscription.model_validate({"name": "a", "channel": "email", "to": ["one@example.org"]} | values)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_filters(case: dict[str, Any]) -> None:
    conference = attrs.evolve(CONFERENCE, **{k: v or None for k, v in case.get("conference", {}).items()})
    event = attrs.evolve(EVENT, conference=conference, **case.get("event", {}))
    asks = subscription(filter=case.get("filter", {}), **case.get("subscription", {}))
    assert bool(alerts_for(event, [asks])) is case["told"]


def test_every_recipient_has_a_row_of_his_own() -> None:
    asks = subscription(to=["one@example.org", "two@example.org", "one@example.org"])
    rows = alerts_for(EVENT, [asks])
    assert [row.recipient for row in rows] == ["one@example.org", "two@example.org"]
    assert len({row.key for row in rows}) == 2
    for row in rows:
        assert "@" not in json.dumps(row.payload)


def test_every_subscription_is_asked() -> None:
    rows = alerts_for(
        EVENT, [subscription(), subscription(name="b"), subscription(name="c", filter={"levels": ["school"]})]
    )
    assert [row.subscription for row in rows] == ["a", "b"]


def test_the_address_of_a_webhook_is_not_stored() -> None:
    asks = subscription(channel="webhook", to=["https://hooks.example.org:8443/services/token?key=secret"])
    (row,) = alerts_for(EVENT, [asks])
    assert row.recipient == "https://hooks.example.org:8443"
    other = subscription(channel="webhook", to=["https://hooks.example.org:8443/services/other"])
    assert alerts_for(EVENT, [other])[0].key != row.key


def test_the_address_of_a_robot_is_named_by_where_it_is_read_from() -> None:
    rows = [
        alerts_for(EVENT, [subscription(channel="feishu", to=to)])[0]
        for to in ({"env": "ROBOT"}, [{"file": "/run/secrets/robot"}])
    ]
    assert [row.recipient for row in rows] == ["env:ROBOT", "file:/run/secrets/robot"]
    assert rows[0].key != rows[1].key


def test_a_digest_is_due_later() -> None:
    (instant, daily) = alerts_for(EVENT, [subscription(), subscription(name="b", send="day")])
    assert instant.due == EVENT.first_seen
    assert daily.due == datetime(2024, 11, 3, 0, 0, tzinfo=UTC), "at eight in the morning in Beijing"


def test_the_key_of_a_digest_is_that_of_its_set_of_alerts() -> None:
    assert digest_key(["a", "b"]) == digest_key(["b", "a"]) != digest_key(["a", "b", "c"])
    assert digest_key(["a", "b"]).startswith("digest_")


def test_keys_are_stable() -> None:
    """A change here would send every alert of a running service again after an upgrade that files it anew."""
    (row,) = alerts_for(EVENT, [subscription()])
    assert row.key == "alert_ce17b75afe3184fa5b0fcfa27a14290431b6ea5374b8669ce1cef7f014fcb26d"
    assert "example" not in row.key


def test_keys_tell_events_apart_and_nothing_else() -> None:
    asks = subscription(filter={"every_report": True, "revisions": True})
    first = EVENT
    same = attrs.evolve(EVENT, report_id=99, title="另一个标题", baseline=False)
    further = attrs.evolve(EVENT, kind="report")
    revised = attrs.evolve(EVENT, kind="revision", body_sha256="aa")
    revised_again = attrs.evolve(EVENT, kind="revision", body_sha256="bb")
    keys = [alerts_for(event, [asks])[0].key for event in (first, further, revised, revised_again)]
    assert len(set(keys)) == 4
    assert alerts_for(same, [asks])[0].key == keys[0]


def test_the_payload_holds_the_facts() -> None:
    payload = payload_of(EVENT)
    assert json.loads(json.dumps(payload)) == payload
    assert payload["conference"]["id"] == 12
    assert payload["conference"]["people"] == [{"name": "某甲", "titles": ["市委书记"], "roles": ["speech"]}]
    assert payload["conference"]["exchange_units"] == [{"name": "市教育局", "mode": "onsite"}]
    assert payload["report"] == {
        "id": 34,
        "title": EVENT.title,
        "url": EVENT.url,
        "published": "2024-11-02T10:10",
        "source": "某某日报",
        "verdict": "official",
        "reprint": False,
    }
    assert "spans" not in payload["conference"]
    assert "产教融合" not in json.dumps(payload, ensure_ascii=False), "the text of the report is not passed on"


def test_the_payload_of_a_hostile_page_is_bounded() -> None:
    conference = attrs.evolve(
        CONFERENCE,
        name="会" * 1_000_000,
        people=tuple(Person(name="某" * 5000, titles=("长" * 5000,) * 200) for _ in range(500)),
    )
    payload = payload_of(attrs.evolve(EVENT, conference=conference, url="https://a.cn/" + "a" * 100_000))
    assert len(payload["conference"]["name"]) == MAX_CHARS
    assert len(payload["conference"]["people"]) == MAX_ITEMS
    assert payload["report"]["url"] == ""


@given(st.text())
def test_line_is_one_visible_line(text: str) -> None:
    shown = line(text, 50)
    assert len(shown) <= 50
    assert line(shown, 50) == shown
    assert shown.encode("utf-8").decode("utf-8").splitlines() in ([shown], [])
    assert not set(shown) & set("\r\n\t\x00\u202e\u2066\u200b\u2028\ufeff\x85")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("题目\r\nBcc: a@b.cn", "题目 Bcc: a@b.cn"),
        ("\u202e会大\u202c", "会大"),
        ("教\u200b育\ufeff大会", "教育大会"),
        ("  两\u3000个  空 格\u2028", "两 个 空 格"),
        ("坏\ud800字", "坏字"),
        ("龘𠮷鿏", "龘𠮷鿏"),
        ("会" * 20, "会" * 9 + "…"),
    ],
)
def test_line_cases(text: str, shown: str) -> None:
    assert line(text, 10 if len(text) == 20 else 300) == shown


@pytest.mark.parametrize(
    "url", ["http://a.cn", "https://jyj.a.gov.cn/x/t1_2.html?a=1&b=2#c", "http://教育.中国/页", "http://[::1]:80/a"]
)
def test_links_that_are_kept(url: str) -> None:
    assert link(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "data:text/html,x", "//a.cn/x", "http://", "http://u:p@a.cn/", "http://a.cn/\nx",
     "http://a.cn/a b", "http://[::1", "http://a.cn/\u202egpj.exe", "https://a.cn/" + "x" * 3000, "ftp://a.cn/x"],
)  # fmt: skip
def test_links_that_are_dropped(url: str) -> None:
    assert link(url) == ""


def test_plain_gives_json_for_anything() -> None:
    assert plain({"a": datetime(2024, 1, 1), "b": (1, 2.5, None, True), "url": None}) == {
        "a": "2024-01-01 00:00:00",
        "b": [1, 2.5, None, True],
        "url": "",
    }


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"to": []}, "to"),
        ({"to": ["nobody"]}, "no mail address"),
        ({"to": ["a@b.cn\r\nBcc: c@d.cn"]}, "no mail address"),
        ({"to": ["a@b.cn, c@d.cn"]}, "no mail address"),
        ({"to": ["<a@b.cn>"]}, "no mail address"),
        ({"channel": "webhook", "to": ["ftp://a.cn"]}, "http or https"),
        ({"channel": "webhook", "to": ["https://u:p@a.cn/"]}, "user name"),
        ({"channel": "webhook", "to": ["https://a.cn", "https://b.cn"]}, "one address"),
        ({"channel": "wecom", "to": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a"}, "is a secret"),
        ({"channel": "wecom", "to": {"env": "A"}, "secret": {"env": "B"}}, "no use to wecom"),
        ({"channel": "apprise", "to": "tgram://a/b"}, "is a secret"),
        ({"to": {"env": "A"}}, "no mail address"),
        ({"per_minute": 3}, "stand in"),
        ({"send": "daily"}, "send"),
        ({"send": "day", "at": "8 o'clock"}, "at"),
        ({"send": "day", "at": 8}, "at"),
        ({"send": "day", "at": "08:00+08:00"}, "without a zone"),
        ({"weekday": "friday"}, "weekday"),
        ({"time_zone": "Asia/Peking"}, "no time zone"),
        ({"time_zone": "../../etc/passwd"}, "no time zone"),
        ({"quiet": ["22:00"]}, "quiet"),
        ({"quiet": ["22:00", "22:00"]}, "begins when it ends"),
        ({"most_per_hour": 0}, "most_per_hour"),
        ({"filter": {"words": ["-招生"]}}, "asks for nothing"),
        ({"filter": {"words": ["教育 - 招生"]}}, "asks for nothing"),
        ({"filter": {"verdicts": ["mirror"]}}, "verdicts"),
        ({"filter": {"kinds": ["education_congres"]}}, "kinds"),
        ({"filter": {"levels": ["town"]}}, "levels"),
        ({"filter": {"regions": ["Guangxi"]}}, "regions"),
        ({"filter": {"words": ["  "]}}, "words"),
        ({"secret": {"env": "X"}}, "for webhooks"),
        ({"name": "a b"}, "name"),
    ],
)
def test_a_subscription_that_could_never_work_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        subscription(**values)


def test_regions_are_codes_or_names() -> None:
    asked = subscription(filter={"regions": ["45", "450000", "重庆", "柳州市"]})
    assert asked.filter.regions == ("45", "450000", "50", "4502")

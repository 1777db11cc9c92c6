"""What people and programs read of an alert, and that a hostile page cannot forge any of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as MODERN
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crawler.alerts.channel import Letter
from crawler.alerts.digest import body_of, message_of
from crawler.alerts.email import compose
from crawler.alerts.message import MAX_BODY, MAX_SUBJECT, render, sample, webhook_body
from crawler.alerts.rules import alerts_for, thread_key
from crawler.config import Smtp, Subscription
from tests.test_alerts_rules import EVENT

SEEN = datetime(2025, 3, 2, 1, 5, tzinfo=UTC)
READERS = Subscription(name="readers", channel="email", to=("one@example.org",))


def facts(**changes: Any) -> dict[str, Any]:
    """A payload; `conference__name=…` changes an inner fact."""
    payload = sample(SEEN) | {"event": "conference"}
    for path, value in changes.items():
        table = payload
        *outer, last = path.split("__")
        for key in outer:
            table = table[key]
        table[last] = value
    return payload


def text_of(payload: dict[str, Any], language: Any = "zh") -> str:
    return render(payload, language=language, subscription="readers").text


def letter_of(*payloads: dict[str, Any], key: str = "alert_" + "0" * 64, count: int | None = None) -> Letter:
    return Letter(
        key=key,
        subscription=READERS,
        recipient="one@example.org",
        payloads=payloads,
        count=count or len(payloads),
        created_at=SEEN,
    )


def mail_of(*payloads: dict[str, Any], key: str = "alert_" + "0" * 64, **smtp: Any) -> EmailMessage:
    settings = Smtp.model_validate({"host": "mail", "sender": "会讯 <alerts@example.org>"} | smtp)
    message = message_from_bytes(compose(letter_of(*payloads, key=key), settings).as_bytes(), policy=MODERN)
    assert isinstance(message, EmailMessage)
    return message


def test_a_chinese_message_tells_what_when_where_and_who() -> None:
    message = render(facts(), language="zh", subscription="readers")
    assert message.subject == "【新会议】示例市 · 全市教育大会 · 2025年3月1日"
    for row in (
        "类别：教育大会 · 市级",
        "时间：2025年3月1日（文中写明）",
        "地点：示例市会议中心（现场）",
        "主持：乙某（市长）",
        "讲话：甲某（市委书记）",
        "交流：1 家：示例市教育局",
        "报道：示例市召开全市教育大会",
        "来源：示例日报（官方网站）",
        "发布：2025-03-02 09:00",
        "首见：2025-03-02 09:05（北京时间）",
        "链接：https://www.example.org/news/1.html",
    ):
        assert row in message.text.splitlines()
    assert message.text.splitlines()[-1] == "会讯 Huixun · 订阅 readers"


def test_an_english_message() -> None:
    message = render(facts(), language="en", subscription="readers")
    assert message.subject == "[New conference] 示例市 · 全市教育大会 · 2025-03-01"
    assert "Held on: 2025-03-01 (as the text says)" in message.text
    assert "Chaired by: 乙某 (市长)" in message.text
    assert '<html lang="en">' in message.html


@pytest.mark.parametrize(
    ("held_on", "basis", "shown"),
    [
        ("2024-10-31", "explicit", "时间：2024年10月31日（文中写明）"),
        ("2024-10-31", "relative", "时间：2024年10月31日（由“昨日”等词推算）"),
        ("2024-01-05", "inferred", "时间：2024年1月5日（推定）"),
        ("--12-25", "explicit", "时间：12月25日（年份不详）（文中写明）"),
        (None, "unknown", "时间：未写明"),
    ],
)
def test_the_date_says_how_it_is_known(held_on: str | None, basis: str, shown: str) -> None:
    payload = facts(conference__held_on=held_on, conference__held_on_basis=basis)
    assert shown in text_of(payload).splitlines()


@pytest.mark.parametrize(
    ("event", "subject"), [("report", "【新报道】"), ("revision", "【有修订】"), ("test", "【测试】")]
)
def test_the_subject_says_what_happened(event: str, subject: str) -> None:
    assert render(facts(event=event), language="zh", subscription="readers").subject.startswith(subject)


def test_what_is_not_known_is_left_out() -> None:
    payload = facts(
        conference__venue=None, conference__people=[], conference__exchange_units=[], report__published=None
    )
    payload["conference"]["form"] = "unknown"
    labels = [row.split("：")[0] for row in text_of(payload).splitlines() if "：" in row]
    assert labels == ["类别", "时间", "主办", "报道", "来源", "首见", "链接"]


def test_a_name_that_holds_the_region_is_not_doubled() -> None:
    payload = facts(conference__name="涪陵区教育大会", conference__region_name="涪陵区")
    assert text_of(payload).splitlines()[0] == "涪陵区教育大会"


def test_written_exchange_units_and_long_lists() -> None:
    units = [{"name": f"单位{number}", "mode": "written" if number == 1 else "onsite"} for number in range(1, 31)]
    (row,) = [row for row in text_of(facts(conference__exchange_units=units)).splitlines() if row.startswith("交流")]
    assert row.startswith("交流：30 家：单位1（书面）、单位2、单位3")
    assert row.endswith("单位12 等 30 项")


def test_a_baseline_report_says_so() -> None:
    assert "首次查看该网站之前" in text_of(facts(baseline=True))
    assert "首次查看该网站之前" not in text_of(facts())


def test_a_dangerous_address_is_no_link() -> None:
    message = render(facts(report__url="javascript:alert(1)"), language="zh", subscription="readers")
    assert "javascript" not in message.html + message.text
    assert not lxml.html.fromstring(message.html).xpath("//a")


def test_hostile_facts_forge_nothing() -> None:
    evil = (
        "</td><script>alert(1)</script>\r\nBcc: victim@example.org\r\n\r\n"
        '链接：https://evil.example/ \u202egpj{{ 7*7 }}"'
    )
    payload = facts(conference__name=evil, report__title=evil, report__source=evil, conference__venue=evil)
    payload["conference"]["people"][0]["name"] = evil
    message = render(payload, language="zh", subscription="readers")
    assert "\r" not in message.subject + message.text
    assert "\u202e" not in message.subject + message.text + message.html
    assert "49" not in message.text, "crawled text is no template"
    assert [row for row in message.text.splitlines() if row.startswith("链接")] == [
        "链接：https://www.example.org/news/1.html"
    ]
    tree = lxml.html.fromstring(message.html)
    assert not tree.xpath("//script")
    assert tree.xpath("//a/@href") == ["https://www.example.org/news/1.html"]
    mail = mail_of(payload)
    assert mail["bcc"] is None
    assert mail["to"] == "one@example.org"


def test_the_mail() -> None:
    mail = mail_of(facts())
    assert mail["subject"] == "【新会议】示例市 · 全市教育大会 · 2025年3月1日"
    assert mail["from"] == "会讯 <alerts@example.org>"
    assert mail["message-id"] == f"<alert_{'0' * 64}@example.org>"
    assert mail["date"].datetime == SEEN
    assert mail["auto-submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "讲话：甲某（市委书记）" in text.replace("\r\n", "\n").split("\n")
    assert "甲某（市委书记）" in html


def test_a_mail_is_the_same_each_time() -> None:
    assert mail_of(facts()).as_bytes() == mail_of(facts()).as_bytes()


@pytest.mark.parametrize("event", ["report", "revision"])
def test_what_comes_later_of_a_conference_joins_its_thread(event: str) -> None:
    first = facts(conference__id=12)
    root = thread_key(12, "readers", "one@example.org")
    opening = mail_of(first, key=root)
    assert (opening["references"], opening["in-reply-to"]) == (None, None)
    later = mail_of(facts(event=event, conference__id=12), key="alert_later")
    assert later["references"] == later["in-reply-to"] == opening["message-id"]
    other = mail_of(facts(event=event, conference__id=13), key="alert_other")
    assert other["references"] not in (None, later["references"])


def test_a_thread_begins_with_the_key_that_rules_give_its_first_alert() -> None:
    (row,) = alerts_for(EVENT, [READERS])
    assert row.key == thread_key(EVENT.conference_id, "readers", "one@example.org")


def test_a_digest_and_a_test_open_no_thread() -> None:
    later = facts(event="report", conference__id=12)
    assert mail_of(later, later)["references"] is None
    assert mail_of(facts(event="test"))["references"] is None
    assert mail_of(facts(event="report", conference__id="12> <evil"))["references"] is None


@pytest.mark.parametrize(
    ("unsubscribe", "header"),
    [
        (None, None),
        ("mailto:leave@example.org", "<mailto:leave@example.org?subject=unsubscribe%20readers>"),
        ("https://example.org/alerts?list=a", "<https://example.org/alerts?list=a>"),
    ],
)
def test_a_mail_says_how_to_leave(unsubscribe: str | None, header: str | None) -> None:
    assert mail_of(facts(), unsubscribe=unsubscribe)["list-unsubscribe"] == header


@pytest.mark.parametrize(
    "unsubscribe", ["leave@example.org", "mailto:a@b.cn,c@d.cn", "http://a.cn/", "https://a.cn/>\r\nBcc: x", "mailto:"]
)
def test_a_way_out_that_is_none_is_refused(unsubscribe: str) -> None:
    with pytest.raises(ValidationError, match="unsubscribe"):
        Smtp(host="mail", unsubscribe=unsubscribe)


def test_a_digest_lists_its_alerts_and_says_how_many_more_there_are() -> None:
    two = letter_of(facts(), facts(event="report", conference__name="县教育大会"), count=500)
    message = message_of(two)
    assert message.subject == "【摘要】500 条：【新会议】示例市 · 全市教育大会 · 2025年3月1日"
    lines = message.text.splitlines()
    assert lines[:6] == [
        "共 500 条。",
        "",
        "【新会议】示例市 · 全市教育大会 · 2025年3月1日",
        "示例市召开全市教育大会",
        "示例日报 · 2025-03-02 09:00",
        "https://www.example.org/news/1.html",
    ]
    assert "【新报道】示例市 · 县教育大会 · 2025年3月1日" in lines
    assert "另有 498 条未列出。" in lines
    assert "未列出" not in message_of(letter_of(facts(), facts())).text
    assert len(lxml.html.fromstring(message.html).xpath("//a")) == 2


def test_a_digest_of_hostile_facts_forges_nothing() -> None:
    evil = '</p><script>alert(1)</script>\r\nBcc: victim@example.org\r\n\r\n{{ 7*7 }}"'
    bad = facts(conference__name=evil, report__title=evil, report__source=evil, report__url="javascript:alert(1)")
    message = message_of(letter_of(bad, bad))
    tree = lxml.html.fromstring(message.html)
    assert not tree.xpath("//script")
    assert not tree.xpath("//a")
    assert "\r" not in message.subject + message.text
    assert "49" not in message.text
    assert mail_of(bad, bad)["bcc"] is None


def test_the_digest_of_a_webhook_holds_every_alert_as_its_own_message_would() -> None:
    alerts = [facts(), facts(event="revision")]
    body = json.loads(body_of(letter_of(*alerts)))
    assert (body["type"], body["subscription"], body["data"]["event"]) == ("digest", "readers", "digest")
    assert (body["timestamp"], body["data"]["count"]) == (SEEN.isoformat(), 2)
    assert body["data"]["alerts"] == [
        {"type": "conference.new", "data": alerts[0]},
        {"type": "report.revised", "data": alerts[1]},
    ]


def test_a_reprint_says_that_it_is_one() -> None:
    message = render(facts(event="report", report__reprint=True), language="zh", subscription="readers")
    assert message.subject.startswith("【转载】")
    assert "被转载" in message.text


def test_the_operator_reads_of_a_source() -> None:
    payload = {
        "event": "hijacked",
        "first_seen": SEEN.isoformat(),
        "source": {"id": "liuzhou-jyj", "name": "柳州市教育局", "state": "hijacked", "reason": "spam: planted text"},
    }
    message = render(payload, language="zh", subscription="operator")
    assert message.subject == "【来源】柳州市教育局 · 疑被劫持"
    for line in ("来源：liuzhou-jyj", "状态：疑被劫持", "原因：spam: planted text"):
        assert line in message.text.splitlines()
    assert json.loads(webhook_body(payload, subscription="operator"))["type"] == "source.turned"


def test_the_body_of_a_webhook() -> None:
    body = json.loads(webhook_body(facts(), subscription="readers"))
    assert {key: body[key] for key in ("type", "timestamp", "subscription")} == {
        "type": "conference.new",
        "timestamp": "2025-03-02T01:05:00+00:00",
        "subscription": "readers",
    }
    assert body["data"] == facts()


def test_the_body_of_a_webhook_is_bounded() -> None:
    person = {"name": "某" * 300, "titles": ["长" * 300] * 40, "roles": ["speech"]}
    payload = facts(conference__people=[person] * 40, report__title="题" * 10_000)
    body = webhook_body(payload, subscription="readers")
    assert len(body) <= MAX_BODY
    assert json.loads(body)["data"]["report"]["url"] == payload["report"]["url"]


scalars = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)


@st.composite
def payloads(draw: st.DrawFn) -> dict[str, Any]:
    """A payload in which any fact may hold anything that JSON can."""
    payload = facts()
    tables = [payload, payload["conference"], payload["report"], payload["conference"]["people"][0]]
    for table in tables:
        for key in draw(st.lists(st.sampled_from(sorted(table)), unique=True)):
            table[key] = draw(values)
    return payload


@settings(max_examples=80, deadline=None)
@given(payload=payloads(), language=st.sampled_from(["zh", "en"]))
def test_any_payload_gives_a_message(payload: dict[str, Any], language: Any) -> None:
    message = render(payload, language=language, subscription="readers")
    assert len(message.subject) <= MAX_SUBJECT
    assert len(message.subject.splitlines()) == 1
    assert json.loads(webhook_body(payload, subscription="readers"))["subscription"] == "readers"
    links = lxml.html.fromstring(message.html).xpath("//a/@href")
    assert all(link.startswith(("http://", "https://")) for link in links)
    assert mail_of(payload)["to"] == "one@example.org"

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

from crawler.alerts.channel import Letter
from crawler.alerts.email import compose
from crawler.alerts.message import MAX_BODY, MAX_SUBJECT, render, sample, webhook_body
from crawler.config import Subscription

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


def mail_of(payload: dict[str, Any], sender: str = "会讯 <alerts@example.org>") -> EmailMessage:
    letter = Letter(
        key="alert_" + "0" * 64, subscription=READERS, recipient="one@example.org", payload=payload, created_at=SEEN
    )
    message = message_from_bytes(compose(letter, sender).as_bytes(), policy=MODERN)
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

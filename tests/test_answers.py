"""What a server answers is told apart before anyone reads it."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.answers import Kind, judge, kind_of, lasts, moved_to, retry_after
from crawler.items import Outcome, Page, Rejected

CASES = tomllib.loads((Path(__file__).parent / "cases" / "answers.toml").read_text("utf-8"))["case"]
SENTENCE = "<p>会议强调，要坚持立德树人，办好人民满意的教育，推动各级各类学校高质量发展，不断增强群众获得感。</p>"
ARTICLE = "<html><body><p>教育大会召开。文章谈到验证码 captcha 技术。</p></body></html>".encode()


def answer(case: dict[str, Any]) -> Page | Rejected:
    html = case["html"].replace("</body>", SENTENCE * case.get("repeat", 0) + "</body>")
    body = html.encode(case.get("charset", "utf-8"))
    url, status = "http://www.example.gov.cn/a/1.html", case.get("status", 200)
    return judge(Page(url=url, body=body, status=status, rendered=case.get("rendered", False)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_answer(case: dict[str, Any]) -> None:
    got = answer(case)
    assert (kind_of(got) if isinstance(got, Rejected) else "") == case["kind"]
    if isinstance(got, Rejected):
        assert moved_to(got) == case.get("target")


def test_every_kind_has_a_case_and_every_reason_begins_with_one() -> None:
    assert {case["kind"] for case in CASES} | {"unexpected answer"} == {"", *get_args(Kind)}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "temporary"),
    [
        (404, b"not here", Outcome.GONE, False),
        (410, b"", Outcome.GONE, False),
        (412, b"<script>$_ts={}</script>", Outcome.CHALLENGED, True),
        (521, b"<script>document.cookie='__jsl_clearance=1'</script>", Outcome.CHALLENGED, True),
        (200, b"<html><script>var x='__jsl_clearance'</script></html>", Outcome.CHALLENGED, True),
        (403, b"Forbidden", Outcome.FAILED, True),
        (429, b"", Outcome.FAILED, True),
        (503, b"busy", Outcome.FAILED, True),
        (204, b"", Outcome.EMPTY, False),
        (200, b"  \r\n", Outcome.EMPTY, False),
        (302, b"moved", Outcome.FAILED, False),
    ],
)
def test_no_page(status: int, body: bytes, outcome: Outcome, temporary: bool) -> None:
    answer = judge(Page(url="http://a.gov.cn/", body=body, status=status))
    assert isinstance(answer, Rejected)
    assert (answer.outcome, answer.temporary) == (outcome, temporary)
    assert str(status) in answer.reason or "empty" in answer.reason


def test_a_long_article_that_speaks_of_challenges_is_a_page() -> None:
    page = Page(url="http://a.gov.cn/", body=ARTICLE * 400)
    assert judge(page) is page


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>" + b"404" * 20_000,
        b"<html><script>" * 5_000,
        b"<html>" + b"<meta http-equiv=refresh content='0;url=" * 2_000,
        b"<html><script>" + b"location=" * 10_000,
        b"<html>" + b"<noscript>javascript enable" * 3_000,
        ("<html><title>" + "维护" * 20_000).encode(),
        b"<html>" + b"<div>" * 15_000,
    ],
    ids=["title", "scripts", "refresh", "location", "noscript", "words", "deep"],
)
def test_hostile_pages_take_no_time(body: bytes) -> None:
    started = time.process_time()
    judge(Page(url="http://a.gov.cn/", body=body))
    assert time.process_time() - started < 1


@given(st.binary(max_size=300))
def test_no_bytes_break_it(body: bytes) -> None:
    got = judge(Page(url="http://a.gov.cn/", body=b"<html>" + body))
    assert isinstance(got, Page) or kind_of(got) in get_args(Kind)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 01 Nov 2024 01:10:00 GMT", 600.0),
        ("Fri, 01 Nov 2024 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("9" * 400, 999_999_999.0),
        ("Fri, 99 Nov 99999 00:00:00 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, datetime(2024, 11, 1, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("outcome", "reason", "temporary", "expected"),
    [
        (Outcome.FAILED, "time-out", True, "temporary"),
        (Outcome.FAILED, "server error, http 503", True, "temporary"),
        (Outcome.FAILED, "network: DownloadFailedError: x", True, "temporary"),
        (Outcome.CHALLENGED, "challenge, http 412", True, "soft"),
        (Outcome.FAILED, "blocked, http 403", True, "soft"),
        (Outcome.EMPTY, "empty shell, only scripts fill it", True, "soft"),
        (Outcome.FAILED, "TLS: certificate verify failed", True, "hard"),
        (Outcome.FAILED, "no such host: a.cn", True, "hard"),
        (Outcome.GONE, "gone, http 404", False, "hard"),
        (Outcome.REFUSED, "Forbidden by robots.txt", False, "hard"),
        (Outcome.REFUSED, "resting: a.cn answered 503", True, "temporary"),
    ],
)
def test_how_long_a_failure_lasts(outcome: Outcome, reason: str, temporary: bool, expected: str) -> None:
    page = Page(url="http://a.gov.cn/", body=b"", status=0)
    assert lasts(Rejected(outcome=outcome, reason=reason, stage="fetch", last=page, temporary=temporary)) == expected

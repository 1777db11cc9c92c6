"""What a server answers is told apart before anyone reads it."""

from __future__ import annotations

import pytest

from crawler.answers import judge
from crawler.items import Outcome, Page, Rejected

ARTICLE = "<html><body><p>教育大会召开。文章谈到验证码 captcha 技术。</p></body></html>".encode()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, b"not here", Outcome.GONE),
        (410, b"", Outcome.GONE),
        (412, b"<script>$_ts={}</script>", Outcome.CHALLENGED),
        (521, b"<script>document.cookie='__jsl_clearance=1'</script>", Outcome.CHALLENGED),
        (200, b"<html><script>var x='__jsl_clearance'</script></html>", Outcome.CHALLENGED),
        (403, b"Forbidden", Outcome.FAILED),
        (429, b"", Outcome.FAILED),
        (503, b"busy", Outcome.FAILED),
        (204, b"", Outcome.EMPTY),
        (200, b"  \r\n", Outcome.EMPTY),
        (302, b"moved", Outcome.FAILED),
    ],
)
def test_no_page(status: int, body: bytes, outcome: Outcome) -> None:
    answer = judge(Page(url="http://a.gov.cn/", body=body, status=status))
    assert isinstance(answer, Rejected)
    assert answer.outcome is outcome
    assert str(status) in answer.reason or "empty" in answer.reason


def test_a_long_article_that_speaks_of_challenges_is_a_page() -> None:
    page = Page(url="http://a.gov.cn/", body=ARTICLE * 400)
    assert judge(page) is page

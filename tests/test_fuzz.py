"""Whatever bytes a page has, every stage gives its value or a refusal with a reason: no exception, no hang."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.catalog import Catalog
from crawler.decode import decode
from crawler.dedup import fingerprint
from crawler.despam import despam
from crawler.extract import extract
from crawler.items import Document, Page, Rejected, Report
from crawler.repair import repair
from crawler.structure import structure
from crawler.topics import load
from tests import wrappings

ROOT = Path(__file__).resolve().parent.parent
CATALOG = Catalog()
TOPICS = load(ROOT / "seeds" / "topics.toml")
LINES = wrappings.document("001")[:30]
WRAPPED = [
    wrap(LINES[0], LINES)
    for wrap in (wrappings.paragraphs, wrappings.breaks, wrappings.spans, wrappings.table_layout, wrappings.portal)
]
PAGES = [page.encode(charset, "ignore") for page in WRAPPED for charset in ("utf-8", "gb18030", "big5", "utf-16")]
PIECES = (
    *(b"<p>", b"</p>", b"<br>", b"<div style='display:none'>", b"</div>", b"<table><tr><td>", b"<!--", b"-->", b"]]>"),
    *(b"<script>", b"<a href='", b"&#x", b"&#0;", b"&amp;amp;", b"\\u6559\\u80b2", b"%E6%95%99"),
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x81", b"\xa3\xbf", "\ufffd".encode(), "鏁欒偛".encode()),
    *("??萍汲晒\ue38bD(zhuǎn)".encode(), "設(shè)".encode()),
)
MIRROR = "<p>建設(shè)學(xué)校，關(guān)心領(lǐng)導，責(zé)任</p>".encode()
HUGE = {
    "nothing": b"",
    "nested": b"<div>" * 100_000 + "教育大会".encode(),
    "nested in line": "<b>教".encode() * 100_000,
    "closing": b"</div>" * 300_000 + "教育大会召开".encode(),
    "NULs": b"<p>" + b"\x00" * 1_000_000 + "教育大会".encode(),
    "NULs between": "<p>教育大会召开</p>".encode("gb18030").replace(b"<", b"\x00<") * 1000,
    "entities": b"<p>" + b"&lt;" * 500_000 + b"&#x6559;" * 200_000,
    "entity bomb": b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + b"".join(b"<!ENTITY %c '%b'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><p>&m;</p>",
    "one line of 10 MB": "教育大会，".encode() * 700_000,
    "one line of 10 MB in paragraphs": "<p>教育大会召开。</p>".encode() * 350_000,
    "50 MB": ("<p>" + "全市教育大会召开，部署工作。" * 20 + "</p>").encode() * 58_000,
    "one tag": b"<p " + b"a=b " * 500_000 + b">",
    "charset from nowhere": '<meta charset="x-klingon-9"><p>教育大会在市里召开</p>'.encode("gb18030"),
    "charset of 200 kB": b"<meta charset='" + b"x" * 200_000 + "'><p>教育大会</p>".encode(),
    "Russian": "<html><body><p>Сегодня в городе прошло совещание по вопросам образования.</p></body>".encode("cp1251"),
    "Russian, long": ("<p>" + "Совещание по вопросам образования прошло в городе. " * 40 + "</p>").encode() * 20,
    "lost characters": MIRROR + "<p>\ufffd會議\ufffd\ufffd".encode() + "\ufffd".encode() * 20_000,
    "lost characters apart": MIRROR + "<p>要求\ufffd満\ufffd\n㜃議，".encode() * 500,
    "bytes": bytes(range(256)) * 2000,
    "high bytes": b"\xff\xfe\xfd" * 50_000,
}


def outcome_of(page: Page) -> Report | Rejected:
    """The page through all stages, with nothing to catch what they raise."""
    value = decode(page)
    if isinstance(value, Document):
        value = repair(value)
        assert all(0 <= fix.confidence <= 1 for fix in value.fixes)
        value = despam(value, CATALOG)
    if isinstance(value, Rejected):
        return value
    article = extract(value, CATALOG)
    report = article if isinstance(article, Rejected) else structure(article, CATALOG, TOPICS)
    return report if isinstance(report, Rejected) else fingerprint(report)


def check(body: bytes, content_type: str = "text/html") -> None:
    page = Page(
        url="http://jyj.example.gov.cn/art/2025/4/25/art_1.html", body=body, headers={"content-type": content_type}
    )
    outcome = outcome_of(page)
    assert outcome.reason if isinstance(outcome, Rejected) else outcome.body_sha256


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A page of a given document that was cut, bent and patched."""
    body = bytearray(draw(st.sampled_from(PAGES)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body)))
        match draw(st.sampled_from(("cut", "flip", "lose", "patch", "again", "swap"))):
            case "cut":
                del body[max(at, 40) :]
            case "flip" if at < len(body):
                body[at] ^= draw(st.integers(1, 255))
            case "lose":
                del body[at : at + draw(st.integers(1, 60))]
            case "patch":
                body[at:at] = draw(st.sampled_from(PIECES)) * draw(st.integers(1, 40))
            case "again":
                body[at:at] = body[at : at + draw(st.integers(1, 400))] * draw(st.integers(1, 5))
            case "swap":
                body = body[at:] + body[:at]
    return bytes(body)


@pytest.mark.timeout(120)
@given(
    mutated(), st.sampled_from(("text/html", "text/html; charset=gb2312", "text/html; charset=no-such", "", "a/b;;="))
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_mutated_pages(body: bytes, content_type: str) -> None:
    check(body, content_type)


@pytest.mark.timeout(60)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12) | st.text(max_size=8).map(str.encode), max_size=60))
@settings(max_examples=120, deadline=None)
def test_pages_of_hostile_pieces(pieces: list[bytes]) -> None:
    check(b"".join(pieces))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_huge_and_foreign_pages(body: bytes) -> None:
    check(body)

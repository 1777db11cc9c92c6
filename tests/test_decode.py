"""Whatever the bytes and whatever the page says of them, decode reads the Chinese or says why it cannot."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.decode import MAX_BODY, decode
from crawler.items import Document, Outcome, Page, Rejected

CASES = tomllib.loads((Path(__file__).parent / "cases" / "decode.toml").read_text("utf-8"))["case"]
SENTENCE = "会议强调，要全面贯彻党的教育方针，落实立德树人根本任务，加快建设教育强市。"
CODECS = ["gb18030", "gbk", "big5hkscs", "utf-8"]


def page(body: bytes, header: str | None = None) -> Page:
    headers = {"content-type": f"text/html; charset={header}"} if header else {}
    return Page(url="http://edu.example.cn/1.html", body=body, headers=headers)


def read(body: bytes, header: str | None = None) -> Document:
    document = decode(page(body, header))
    assert isinstance(document, Document), document
    return document


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, str]) -> None:
    meta = f'<meta charset="{case["meta"]}">' if "meta" in case else ""
    document = read((meta + case["text"]).encode(case["codec"]), case.get("header"))
    assert document.html == (meta + case["text"]).removeprefix("\ufeff")
    assert (document.charset, document.charset_basis) == (case["charset"], case["basis"])


def test_the_callers_word_is_weighed() -> None:
    document = decode(page("教育".encode("big5")), declared="big5")
    assert isinstance(document, Document)
    assert (document.html, document.charset_basis) == ("教育", "argument")


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (b"", Outcome.EMPTY, "empty body"),
        (b" \r\n\x00\n", Outcome.EMPTY, "empty body"),
        (b"\xef\xbb\xbf", Outcome.EMPTY, "empty body"),
        (b"%PDF-1.7 ...", Outcome.UNDECODABLE, "binary: pdf"),
        (b"PK\x03\x04 docx", Outcome.UNDECODABLE, "binary: zip"),
        (b"\x89PNG\r\n", Outcome.UNDECODABLE, "binary: png"),
        (bytes(range(32)) * 100, Outcome.UNDECODABLE, "binary: control bytes"),
        (b"\x00" * 5000 + b"text", Outcome.UNDECODABLE, "binary: control bytes"),
    ],
)
def test_what_is_no_text_is_refused_with_a_reason(body: bytes, outcome: Outcome, reason: str) -> None:
    refused = decode(page(body))
    assert isinstance(refused, Rejected)
    assert (refused.outcome, refused.stage) == (outcome, "decode")
    assert refused.reason.startswith(reason)


@pytest.mark.parametrize("codec", CODECS)
def test_a_page_cut_within_a_character(codec: str) -> None:
    sentence = "全市教育大會在會議中心召開，市長主持會議。" if codec == "big5hkscs" else SENTENCE
    text = f"<p>{sentence}</p>" * 5 + "市"
    assert read(text.encode(codec)[:-1]).html.startswith(text[:-1])


@pytest.mark.parametrize(("codec", "other"), [("gb18030", "utf-8"), ("utf-8", "gb18030"), ("big5hkscs", "utf-8")])
def test_an_include_in_another_charset(codec: str, other: str) -> None:
    main, include = (
        f"<p>{'全市教育大會' if codec == 'big5hkscs' else SENTENCE}</p>" * 20,
        "<div>版权所有：某某市教育局办公室</div>",
    )
    document = read(main.encode(codec) + include.encode(other) + main.encode(codec))
    assert document.html == main + include + main
    assert [fix.kind for fix in document.fixes] == ["mixed-charset"]


def test_a_lost_byte_costs_one_character_only() -> None:
    body = bytearray(f"<p>{SENTENCE}</p>".encode("gbk"))
    del body[3 + 2 * 6]
    document = read(bytes(body))
    assert document.html == f"<p>{SENTENCE[:6]}\ufffd{SENTENCE[7:]}</p>"
    assert [fix.kind for fix in document.fixes] == ["lost-byte"]


def test_names_with_rare_characters_are_not_taken_for_damage() -> None:
    text = "<p>出席：闫炳辰、蔺喆、郗鑫淼、亓珺、仝骞、逄焱、麴瑷、綦巍、乜琪、逯珩、佘翀</p>"
    document = read(text.encode("gbk"))
    assert document.html == text
    assert document.fixes == ()


def test_the_euro_sign_of_cp936() -> None:
    assert (
        read("<p>学费".encode("gbk") + b"\x80" + "五百，全市教育大会</p>".encode("gbk")).html
        == "<p>学费€五百，全市教育大会</p>"
    )


def test_characters_that_python_leaves_in_private_use() -> None:
    assert read("<p>全市教育大会".encode("gbk") + b"\xa8\xbc\xfe\x59</p>").html == "<p>全市教育大会\u1e3f\u9fb4</p>"


def test_private_use_characters_stay_for_repair() -> None:
    assert "\ue38b" in read("<p>全市教育大会\ue38b召开</p>".encode("gb18030")).html


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{SENTENCE}</p>".encode("gbk") * 700_000,
        SENTENCE.encode("gbk") * 140_000,
        b"a" * 10_000_000,
        b"\xa4a" * 5_000_000,
        b"<" * 5_000_000,
        b"<meta charset=" * 500_000,
        b"<div>" * 100_000 + SENTENCE.encode(),
        b'<img src="data:image/png;base64,' + b"QUJD" * 3_000_000 + b'"><p>' + SENTENCE.encode() + b"</p>",
    ],
    ids=["50 MB", "10 MB line", "ascii line", "two bytes", "tags open", "metas", "nested", "picture"],
)
def test_hostile_sizes_end_in_seconds(body: bytes) -> None:
    start = time.process_time()
    document = read(body)
    assert time.process_time() - start < 10
    assert len(document.html) <= MAX_BODY


def test_a_large_picture_does_not_hide_the_text_behind_it() -> None:
    body = b'<img src="data:image/png;base64,' + b"QUJD" * 2_000_000 + b'"><p>' + SENTENCE.encode() + b"</p>"
    assert SENTENCE in read(body).html


def test_nul_bytes_in_a_page_are_dropped() -> None:
    assert read(f"<p>{SENTENCE}\x00</p>".encode()).html == f"<p>{SENTENCE}</p>"


@given(st.binary(max_size=400), st.sampled_from([None, "gbk", "utf-8", "big5", "utf-16", "rot13", "hex", "idna", ""]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_result(body: bytes, header: str | None) -> None:
    assert isinstance(decode(page(body, header), declared=header), Document | Rejected)


@given(
    st.lists(
        st.binary(max_size=12) | st.sampled_from([SENTENCE.encode("gbk"), SENTENCE.encode(), b"<p>", b"\n"]),
        max_size=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_mixture_gives_a_result(parts: list[bytes]) -> None:
    assert isinstance(decode(page(b"".join(parts))), Document | Rejected)


@given(
    st.integers(0, len(SENTENCE) - 8), st.sampled_from(CODECS), st.sampled_from([None, *CODECS, "latin-1", "euc-jp"])
)
@settings(max_examples=150, deadline=None)
def test_a_few_characters_are_enough(start: int, codec: str, wrong: str | None) -> None:
    text = f"<p>{SENTENCE[start : start + 8]}</p>"
    if text.encode(codec, "ignore").decode(codec) == text and codec != "big5hkscs":
        assert read(text.encode(codec), wrong).html == text

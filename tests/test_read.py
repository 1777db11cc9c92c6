"""`huixun read`: a line out for every line in, in order, whatever the lines are."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import catalog, read, topics
from crawler.config import CHECKOUT

TOPICS = topics.load(CHECKOUT / "seeds" / "topics.toml")
NONE = catalog.Catalog()
KEYS = {
    *("url", "outcome", "reason", "title", "title_hans", "date", "source", "author", "text", "text_hans", "charset"),
    *("script", "provenance", "spam", "fixes", "attachments", "conference"),
}
SENTENCES = "会议强调，要办好人民满意的教育，着力解决群众关心的问题。大会由市长主持，各县区负责同志参加。" * 3
_BODY = f"<h1>全市教育大会召开</h1><p>10月31日，全市教育大会召开。{SENTENCES}</p>"
PAGE = f"<html><head><title>全市教育大会召开</title></head><body>{_BODY}</body></html>"


def line(body: bytes | str, url: str = "http://www.lz.gov.cn/a.html", **more: Any) -> str:
    raw = body.encode() if isinstance(body, str) else body
    return json.dumps({"url": url, "html_b64": base64.b64encode(raw).decode(), **more})


def results(lines: list[str], workers: int = 0) -> list[dict[str, Any]]:
    return [json.loads(one) for one in read.read_all(lines, catalog=NONE, topics=TOPICS, workers=workers)]


BAD = {
    "": "not JSON",
    "nonsense": "not JSON",
    "[]": "not a JSON object",
    "{}": "must be there",
    '{"url": 3, "html_b64": ""}': "must be there",
    '{"url": "http://a.cn/", "html_b64": "***"}': "html_b64",
    '{"url": "http://a.cn/", "html_b64": "", "headers": []}': "",
    '{"url": "http://a.cn/", "html_b64": "", "headers": "x"}': "headers",
    '{"url": "http://a.cn/", "html_b64": "", "fetched_at": "soon"}': "fetched_at",
    "[" * 100_000: "not JSON",
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_a_line_that_is_no_page_gets_a_reason(text: str) -> None:
    [row] = results([text])
    assert set(row) >= KEYS
    assert row["outcome"] in ("failed", "empty")
    assert BAD[text] in row["reason"]


def test_every_line_has_its_answer_in_order() -> None:
    lines = [line(PAGE, f"http://a.gov.cn/{number}") if number % 3 else "nonsense" for number in range(30)]
    for workers in (0, 2):
        rows = results(lines, workers)
        assert [row["url"] for row in rows] == [f"http://a.gov.cn/{n}" if n % 3 else None for n in range(30)]
        assert all(set(row) >= KEYS for row in rows)


def test_a_report_and_what_is_none() -> None:
    report, article, empty = results([line(PAGE), line(PAGE.replace("教育大会", "森林防火会")), line("<html></html>")])
    assert (report["outcome"], report["conference"]["name"]) == ("new", "全市教育大会")
    assert (article["outcome"], article["conference"]) == ("off_topic", None)
    assert article["text"].startswith("10月31日，全市森林防火会召开。")
    assert empty["outcome"] == "empty"


HOSTILE = {
    "nothing": b"",
    "white space": b" \r\n\t ",
    "binary": bytes(range(256)) * 200,
    "a PDF": b"%PDF-1.7\n" + os.urandom(5000),
    "a picture": b"\x89PNG\r\n\x1a\n" + os.urandom(5000),
    "zip": b"PK\x03\x04" + os.urandom(5000),
    "NUL bytes": b"\x00" * 10_000 + PAGE.encode(),
    "cut in a character": PAGE.encode()[:-20][:401],
    "a charset from nowhere": PAGE.replace("<head>", "<head><meta charset=klingon-8>").encode("gb18030"),
    "100,000 nested tags": b"<div>" * 100_000 + PAGE.encode(),
    "one line of 10 MB": ("<p>" + "教育" * 1_700_000 + "</p>").encode(),
    "200,000 attributes": b"<p " + b"a=1 " * 200_000 + b">x</p>",
    "an entity bomb": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><p>' + b"&b;" * 10_000,
    "Russian": "<p>Министерство образования провело совещание по итогам года.</p>".encode("cp1251") * 50,
    "unclosed everything": b"<html><body><table><tr><td><p><b><i><a href='x" + PAGE.encode(),
    "lone surrogates": "<p>\ud800教育大会召开。</p>".encode("utf-8", "surrogatepass") * 30,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_gets_a_result(name: str) -> None:
    [row] = results([line(HOSTILE[name])])
    assert set(row) >= KEYS
    assert row["outcome"] in {"new", "mirror", "off_topic", "spam", "empty", "undecodable"}, row["reason"]


@pytest.mark.timeout(120)
def test_a_page_of_50_mb_gets_a_result() -> None:
    [row] = results([line(PAGE.encode() + b"<p>x</p>" * 6_500_000)])
    assert row["outcome"] in {"new", "off_topic", "empty", "undecodable"}, row["reason"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000), st.text(max_size=50))
def test_any_bytes_under_any_address(body: bytes, url: str) -> None:
    [row] = results([line(body, url)])
    assert set(row) >= KEYS
    assert row["outcome"] != "failed", row["reason"]


_SIGNS = '教育大会召开,。<>/"=&;()|《》 \n年月日0123'


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*_SIGNS, "<p>", "</p>", "<div style=", "&#x", "书记", "会议"])))
def test_any_markup_of_the_right_words(pieces: list[str]) -> None:
    [row] = results([line("<h1>全市教育大会召开</h1><p>" + "".join(pieces))])
    assert row["outcome"] != "failed", row["reason"]


def test_a_page_that_kills_its_worker_costs_its_own_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read.read_line

    def deadly(text: str, **more: Any) -> dict[str, Any]:
        if "deadly" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(text, **more)

    monkeypatch.setattr(read, "read_line", deadly)  # workers are forked with it
    rows = results([line(PAGE, "http://a.cn/1"), line(PAGE, "http://a.cn/deadly"), line(PAGE, "http://a.cn/3")], 2)
    assert [(row["url"][-1], row["outcome"]) for row in rows] == [("1", "new"), ("y", "failed"), ("3", "new")]
    assert "killed its worker" in rows[1]["reason"]


def test_a_page_that_hangs_costs_its_own_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read.read_line

    def slow(text: str, **more: Any) -> dict[str, Any]:
        while "slow" in text:
            pass
        return whole(text, **more)

    monkeypatch.setattr(read, "read_line", slow)
    monkeypatch.setattr(read, "PAGE_SECONDS", 1)
    rows = results([line(PAGE, "http://a.cn/slow"), line(PAGE, "http://a.cn/2")], 2)
    assert [row["outcome"] for row in rows] == ["failed", "new"]
    assert "longer than" in rows[0]["reason"]


def test_the_input_is_not_read_far_ahead() -> None:
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield line("<p>x</p>")

    rows = read.read_all(lines(), catalog=NONE, topics=TOPICS, workers=2)
    next(rows)
    assert taken < 40
    rows.close()  # type: ignore[attr-defined]


def test_the_command(tmp_path: Any) -> None:
    def run(*args: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "crawler.cli", "read", *args]
        return subprocess.run(command, input=given, capture_output=True, text=True, cwd=tmp_path, timeout=60)

    done = run("--workers", "0", "--spans", given=line(PAGE) + "\n" + "bad\n")
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0, done.stderr
    assert first["conference"]["spans"]
    assert second["outcome"] == "failed"
    missing = run(str(tmp_path / "no.jsonl"))
    assert missing.returncode == 2
    assert "no.jsonl cannot be read" in missing.stderr
    assert not list(tmp_path.iterdir()), "read keeps nothing"

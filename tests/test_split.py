"""Long texts are cut where a reader would cut them, never inside a character, and each piece fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerts.split import size, split


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("会议", 6, ["会议"]),
        ("会议", 5, ["会", "议"]),
        ("第一段\n\n第二段\n\n第三段", 24, ["第一段\n\n第二段", "第三段"]),
        ("第一段\n\n二之一\n二之二", 14, ["第一段", "二之一", "二之二"]),
        ("一\n\n" + "会" * 7, 9, ["一", "会会会", "会会会", "会"]),
        ("𠮷𠮷", 5, ["𠮷", "𠮷"]),
        ("", 10, []),
        ("\n\n\n\n会", 6, ["会"]),
    ],
)
def test_cases(text: str, limit: int, parts: list[str]) -> None:
    assert split(text, limit, most=10) == parts


def test_what_does_not_fit_is_cut_off_and_says_so() -> None:
    parts = split("会" * 100, 30, most=3)
    assert [len(part) for part in parts] == [10, 10, 10]
    assert parts[2] == "会" * 9 + "…"


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("会\n\n"), max_size=400),
    limit=st.integers(12, 90),
)
def test_nothing_is_lost_and_every_piece_fits(text: str, limit: int) -> None:
    parts = split(text, limit, most=1000)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    for part in parts:
        assert len(part.encode()) <= size(part) <= limit
        assert part.strip("\n") == part != ""

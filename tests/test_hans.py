"""Traditional becomes Simplified word by word, and Simplified is never touched."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import hans

WORDS = tomllib.loads((Path(__file__).parent / "cases" / "hans.toml").read_text("utf-8"))["words"]
DOCUMENTS = sorted((Path(__file__).parent.parent / "seeds" / "documents").glob("*.txt"))
HANT = ("001_", "004_")


@pytest.mark.parametrize(("word", "want"), WORDS.items())
def test_word(word: str, want: str) -> None:
    assert hans.to_hans(word) == want


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name[:3])
def test_given_documents(path: Path) -> None:
    text = path.read_text("utf-8")
    assert hans.script_of(text) == ("Hant" if path.name.startswith(HANT) else "Hans")
    if path.name.startswith(HANT):
        assert hans.traditional_share(hans.to_hans(text)) == 0
    else:
        assert hans.to_hans(text) == text


def test_a_spam_line_does_not_make_a_page_simplified() -> None:
    assert hans.script_of("全省教育工作會議在省城召開，會議強調堅持為黨育人。" + "综合精品在线观看" * 3) == "Hant"


def test_text_without_han_is_simplified() -> None:
    assert hans.script_of("Education 2025") == "Hans"


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x9FFF), max_size=60))
def test_twice_is_once(text: str) -> None:
    once = hans.to_hans(text)
    assert hans.to_hans(once) == once
    assert len(hans.char_by_char(text)) == len(text)


@given(st.binary(max_size=30))
def test_shares_are_shares(code: bytes) -> None:
    text = code.decode("gb18030", "replace")
    assert 0 <= hans.traditional_share(text) <= 1
    assert 0 <= hans.common_share(text) <= 1

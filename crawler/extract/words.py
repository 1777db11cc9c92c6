"""The word lists of page furniture, read once from noise.toml, and the questions asked of them."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any

_SIGNS = "-–—•·●◆■▶►»>|[【(（《“☆★→※*"  # what furniture is decorated with
_LEAD = rf"[\s{re.escape(_SIGNS)}]*"
_AROUND = _SIGNS + "]】)） \u3000\xa0"
_LINES = ("ends", "feet", "drops", "edges", "bars")  # the lists of words that a line begins with
_PARTS = re.compile(r"[\s]+|(?<=[a-z])(?=\d)|[_-]")
_SHORT = 60  # characters; a longer line that begins like furniture is a sentence
_SHORT_END = 120
_SHORT_SENTENCE = 15
_LEGAL = re.compile("版权|免责|声明|授权|转载|著作权|权益|违法")
_STATEMENT_WITHIN = 14  # characters
_STATEMENT = re.compile(r"[\s（(【\[※*]{0,4}[\u4e00-\u9fff]{0,8}声明\s?[】\]]?\s?[:：]")


@cache
def _lists() -> dict[str, list[str]]:
    text = resources.files(__package__).joinpath("noise.toml").read_text("utf-8")
    return tomllib.loads(text)


def _starts(name: str) -> re.Pattern[str]:
    words = sorted(_lists()[name], key=len, reverse=True)
    return re.compile(_LEAD + "(?:" + "|".join(re.escape(word) for word in words) + ")")


@cache
def _ends() -> re.Pattern[str]:
    return _starts("ends")


@cache
def _feet() -> re.Pattern[str]:
    return _starts("feet")


@cache
def _drops() -> re.Pattern[str]:
    return _starts("drops")


@cache
def _edges() -> re.Pattern[str]:
    return _starts("edges")


@cache
def _bar() -> re.Pattern[str]:
    words = sorted(_lists()["bars"], key=len, reverse=True)
    one = "|".join(re.escape(word) for word in words)
    # Atomic, or a line of sixty T would keep it busy for years: T and TT are both words.
    return re.compile(rf"(?:(?>{one})[\s|/:：,，、>＞()（）\[\]【】\d.+-]*+)++")


@cache
def _block_names(name: str) -> frozenset[str]:
    return frozenset(_lists()[name])


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word.lstrip(_AROUND)[:1] for name in _LINES for word in _lists()[name])


def may_be_noise(key: str) -> bool:
    """A cheap question before the dear ones below, which are all answered with no where this one is: seven in ten."""
    return key.lstrip(_AROUND)[:1] in _beginnings() or "声明" in key[:_STATEMENT_WITHIN]


def is_foot(key: str) -> bool:
    """True for a line of the page's foot, which in the first half of an article may be text."""
    return len(key) <= _SHORT_END and _feet().match(key) is not None


def ends_article(key: str) -> bool:
    """True where what follows the line is no longer the article."""
    if _STATEMENT.match(key):
        return True
    return len(key) <= _SHORT_END and _ends().match(key) is not None and not _is_sentence(key)


def _is_sentence(key: str) -> bool:
    """分享到的经验表明，… is text; 版权所有，未经书面授权禁止使用。 is not."""
    return len(key) > _SHORT_SENTENCE and key.endswith(("。", "！", "？")) and _LEGAL.search(key) is None


def is_furniture(key: str) -> bool:
    """True for a short line of buttons, counters and credits."""
    if len(key) > _SHORT:
        return False
    return _drops().match(key) is not None or _bar().fullmatch(key.strip(" |[]【】()（）")) is not None


def is_edge(key: str) -> bool:
    """True for a short line that is furniture before the first paragraph and after the last; between it is text."""
    return len(key) <= _SHORT and _edges().match(key) is not None


@lru_cache(maxsize=8192)
def is_furniture_block(hint: str) -> bool:
    """True where a block's class or id names a part of the page that is never the article."""
    parts, whole = _block_names("blocks"), _block_names("whole_blocks")
    names = hint.split()
    return any(name in whole or name in parts or not parts.isdisjoint(_PARTS.split(name)) for name in names)


@lru_cache(maxsize=8192)
def is_body_block(hint: str) -> bool:
    """True where a block's class or id is one that systems give to the article."""
    return any(name in _block_names("bodies") for name in hint.split())


@cache
def _labels_file() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("labels.toml").read_text("utf-8"))


def labels(name: str) -> tuple[str, ...]:
    """The labels of one kind of fact, the longest first."""
    return tuple(sorted(_labels_file()[name], key=len, reverse=True))


@cache
def surnames() -> frozenset[str]:
    """Surnames of one character and of two, Simplified."""
    return frozenset(_labels_file()["surnames"]) | frozenset(_labels_file()["double_surnames"])


@cache
def not_names() -> frozenset[str]:
    """Words that stand where names stand, and are none."""
    return frozenset(_labels_file()["not_names"])


@cache
def _label(name: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in labels(name)))


def count_labels(key: str) -> int:
    """How many labels of dates, sources and authors a line holds."""
    return sum(len(_label(name).findall(key)) for name in ("date", "source", "author"))


def has_label(key: str, name: str) -> bool:
    """True where a line names one kind of fact."""
    return _label(name).search(key) is not None

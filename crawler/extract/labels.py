"""Finds the labels of a line, 来源 or 发布时间, and what stands behind each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from crawler import dates
from crawler.extract import words

_KINDS = ("other_date", "date", "updated", "source", "supplier", "author", "issuer", "publisher", "other")
_SEPARATORS = re.compile(
    r"\s*(?:[|｜•·◆【】\[\]>»]|https?:|\s-\s|\s\S{1,4}\s?[:：]|(?:邮箱|电子邮件|电话|主页)\s?[:：]|\(\d|（\d|有\s?\d|\d+\s?人|\s/\s)"
)
_STOPS = "，。；、！？"
_PARTS_OF_WORDS = frozenset({"时间", "日期", "文"})  # labels that other words end with: 开始时间, 全文
_WORK = re.compile(r"(《[^《》]{2,30}》)(?:\s?\d{4}|第|[（(，,])")  # 摘自《某某学刊》2000年第2期
_GLUED = re.compile(r"(?<=\S)\s+[^\s:：]{4,30}$")  # 李俊 某某日报2024-11-02: what a date follows is no name
APART = " \t\u3000:：∶,，;；、-—|/·•。.[]【】"


@cache
def _kinds() -> dict[str, str]:
    """The kind of every label, spaces left out."""
    return {label.replace(" ", ""): kind for kind in reversed(_KINDS) for label in words.labels(kind)}


@cache
def _labels() -> re.Pattern[str]:
    """Any label, the longest first: 文件编号 is not 文."""
    known = sorted((label for kind in _KINDS for label in words.labels(kind)), key=len, reverse=True)
    either = "|".join(re.escape(label).replace(r"\ ", r"\s?") for label in known)
    return re.compile(rf"(?P<label>{either})(?P<colon>\s{{0,2}}[:：∶/]\s?)?")


def find(key: str) -> Iterator[tuple[str, int, int]]:
    """Each label of a line: its kind, where its value begins and where that ends."""
    matches = [match for match in _labels().finditer(key) if _is_label(match, key)]
    for number, match in enumerate(matches):
        end = matches[number + 1].start() if number + 1 < len(matches) else len(key)
        yield _kind(match), match.end(), end


def _kind(match: re.Match[str]) -> str:
    return _kinds()["".join(match["label"].split())]


def _is_label(match: re.Match[str], key: str) -> bool:
    """A label stands before a colon, or apart from what is before it."""
    before = key[match.start() - 1] if match.start() else " "
    if match["colon"]:
        return not (before.isalpha() and match[0].rstrip(" :：∶/") in _PARTS_OF_WORDS)
    after = key[match.end()] if match.end() < len(key) else " "
    apart = not before.isalpha()
    kind = _kind(match)
    if kind == "source":
        return apart and before not in _STOPS and (after in ' 《“"「' or match.start() > 0) and match[0] != "来自"
    if kind in ("date", "updated", "publisher"):
        return apart and (after.isdigit() or after == " ")
    if kind in ("other", "other_date"):
        return apart or after in "(（[【0123456789"
    return False


def cut(text: str) -> str:
    """A value as far as it goes: up to a separator, another fact's label or a date."""
    text = text.strip(APART)
    if match := _WORK.match(text):
        return match[1]
    if match := _SEPARATORS.search(text):
        text = text[: match.start()]
    if days := dates.find(text):
        text = _GLUED.sub("", text[: days[0].start])
    text = text.strip(APART)
    for left, right in ("()", "（）", "《》", "“”"):
        if text.count(left) != text.count(right) or (text[:1] + text[-1:] == left + right and left in "(（"):
            text = text.strip(left + right)
    return text.strip()

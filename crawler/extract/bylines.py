"""Reads who wrote an article from its own text: (记者 成丹丹), 记者陈钧凯／台北报导, 某某融媒体中心记者 程淇 朱志强."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from crawler.extract import words
from crawler.extract.facts import authors

_NAME = r"[\u4e00-\u9fff]{2,4}(?:[·•][\u4e00-\u9fff]{1,8})?|[\u4e00-\u9fff] [\u4e00-\u9fff](?![\u4e00-\u9fff])"
_NAMES = rf"(?:{_NAME})(?:[\s、,，/]{{1,2}}(?:{_NAME})){{0,5}}"
_IN_BRACKETS = re.compile(
    rf"[（(【](?:[\u4e00-\u9fff]{{0,12}}?(?:记者|記者|通讯员|通訊員))\s?[:：/]?\s?(?P<names>{_NAMES})[^）)】]{{0,40}}[）)】]"
)
_REPORTER = re.compile(
    rf"^[■□●◎◆▲【\[（(\s]*(?P<organ>[\u4e00-\u9fffA-Za-z·•・]{{0,20}}?)"
    rf"(?:全媒体|全媒體|见习|見習|实习|實習|首席|特派)*(?:记者|記者|通讯员|通訊員)\s?[:：]?\s?(?P<names>{_NAMES})[\s）)】\]]*"
    r"(?:[/／]?(?:文|摄|攝)?[/／]?(?:图|圖|文图|摄影|攝影)?(?:报道|報道|報導|报导)?|[/／].{0,16}|发自.{1,10}|發自.{1,10})$"
)
_WRITTEN_BY = re.compile(
    rf"^[（(【\s]*(?:作者|文字?|撰文|撰稿|采写|採寫)\s?[:：/／]\s?(?P<names>{_NAMES})[）)】\s]*(?:[/／].{{0,12}})?$"
)
_LAST_BRACKETS = re.compile(rf"[（(](?:作者|文)?\s?[:：]?\s?(?P<names>{_NAMES})[）)]$")
_ORGAN_END = re.compile("(?:中心|报|報|网|網|社|台|日报|电视台|频道|杂志|融媒)$")
_HEAD = 220  # characters of the first paragraphs that may hold a byline
_HAN_ONLY = re.compile(r"[\u4e00-\u9fff]{2,4}")
_MAX_LINE = 60


@frozen
class Byline:
    """Names joined by ", ", the organ they write for (or ""), and the text they were read from."""

    authors: str
    organ: str
    raw: str


def find(lines: Sequence[str]) -> Byline | None:
    """The byline of a text: in the first paragraphs, else in a line of its own at either end."""
    for line in lines[:2]:
        if match := _IN_BRACKETS.search(line[:_HEAD]):
            return Byline(authors(match["names"]), "", match.group())
    for line in (*lines[:2], *reversed(lines[-3:])):
        if len(line) <= _MAX_LINE and (match := _REPORTER.match(line)):
            organ = match["organ"] if _ORGAN_END.search(match["organ"]) and not match["organ"].startswith("本") else ""
            return Byline(authors(match["names"]), organ, line)
    for line in (*lines[:3], *reversed(lines[-4:])):
        if len(line) <= _MAX_LINE and (match := _WRITTEN_BY.match(line)):
            return Byline(authors(match["names"]), "", line)
    if len(lines) > 1 and len(lines[0]) <= 4 and lines[0][:1] in words.surnames() and _HAN_ONLY.fullmatch(lines[0]):
        return Byline(lines[0], "", lines[0])
    if lines:
        tail = lines[-1][-60:]
        if match := _IN_BRACKETS.search(tail):
            return Byline(authors(match["names"]), "", match.group())
        if (match := _LAST_BRACKETS.search(tail)) and len(lines[-1]) > 30:
            return Byline(authors(match["names"]), "", match.group())
    return None

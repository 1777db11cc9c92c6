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
    rf"(?:全媒体|全媒體|见习|見習|实习|實習|首席|特派)*(?:记者|記者|通讯员|通訊員|实习生|實習生)\s?[:：]?\s?(?P<names>{_NAMES})[\s）)】\]]*"
    r"(?:[/／]?(?:文|摄|攝)?[/／]?(?:图|圖|文图|摄影|攝影)?(?:报道|報道|報導|报导)?|[/／].{0,16}|发自.{1,10}|發自.{1,10})$"
)
_WRITTEN_BY = re.compile(
    rf"^[（(【\s]*(?:作者|文字?|撰文|撰稿|采写|採寫)\s?[:：/／]\s?(?P<names>{_NAMES})[）)】\s]*(?:[/／].{{0,12}})?$"
)
_LAST_BRACKETS = re.compile(rf"[（(](?:作者|文)?\s?[:：]?\s?(?P<names>{_NAMES})\s?[）)]$")
_ORGAN_END = re.compile("(?:中心|报|報|网|網|社|台|日报|电视台|频道|杂志|融媒)$")
_HEAD = 220  # characters of the first paragraphs that may hold a byline
_ONLY_NAMES = re.compile(r"[\u4e00-\u9fff]{2,3}(?:[\s、,，]{1,2}[\u4e00-\u9fff]{2,3}){0,4}")
_MAX_NAMES = 20
_MIN_SENTENCE = 30
_TAIL = 60
_MAX_LINE = 60


@frozen
class Byline:
    """Names joined by ", ", the organ they write for (or ""), and the text they were read from."""

    authors: str
    organ: str
    raw: str


def find(lines: Sequence[str]) -> Byline | None:
    """The byline of a text: in brackets at its beginning, in lines of its own at either end, in brackets at its end."""
    for line in lines[:2]:
        if match := _IN_BRACKETS.search(line[:_HEAD]):
            return Byline(authors(match["names"]), "", match.group())
    return _reporters(lines) or _signed(lines) or _at_the_end(lines)


def _reporters(lines: Sequence[str]) -> Byline | None:
    """本报实习生 刘某 and 本报记者 王某 may stand on two lines."""
    for run in (lines[:3], lines[-3:]):
        found = [match for line in run if len(line) <= _MAX_LINE and (match := _REPORTER.match(line))]
        if found:
            organ = found[0]["organ"]
            known = _ORGAN_END.search(organ) and not organ.startswith("本")
            names = ", ".join(authors(match["names"]) for match in found)
            return Byline(names, organ if known else "", found[0].string)
    return None


def _signed(lines: Sequence[str]) -> Byline | None:
    """文：某某, and names alone under the headline."""
    for line in (*lines[:3], *reversed(lines[-4:])):
        if len(line) <= _MAX_LINE and (match := _WRITTEN_BY.match(line)):
            return Byline(authors(match["names"]), "", line)
    for line in lines[:2] if len(lines) > 2 else ():
        if len(line) <= _MAX_NAMES and line[0] in words.surnames() and _ONLY_NAMES.fullmatch(line):
            return Byline(authors(line), "", line)
    return None


def _at_the_end(lines: Sequence[str]) -> Byline | None:
    if not lines or len(lines[-1]) <= _MIN_SENTENCE:
        return None
    tail = lines[-1][-_TAIL:]
    match = _IN_BRACKETS.search(tail) or _LAST_BRACKETS.search(tail)
    return Byline(authors(match["names"]), "", match.group()) if match else None

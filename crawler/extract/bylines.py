"""Reads who wrote an article from its own text: (记者 成丹丹), 记者陈钧凯／台北报导, 某某融媒体中心记者 程淇 朱志强."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from crawler.extract import names
from crawler.extract.names import HAN, ROLE

_OPEN, _CLOSE = "（(【〔［\\[", "）)】〕］\\]"
_LEAD = r"^[■□●○◎◆▲【〔\[（(\s]*"
_ONE = rf"(?:[{HAN}]{{2,4}}(?:[·•・][{HAN}]{{1,8}})?|[{HAN}] [{HAN}](?![{HAN}]))"
_SOME = rf"{_ONE}(?:[\s、,，/]{{1,2}}{_ONE}){{0,5}}"
_IN_BRACKETS = re.compile(
    rf"[{_OPEN}][{HAN}]{{0,16}}?{ROLE}\s?[:：/／]?\s?(?P<names>[^{_OPEN}{_CLOSE}。]{{2,60}})[{_CLOSE}]"
)
_DATELINE = re.compile(rf"日[电電讯訊](?:\s?[（(]|\s{ROLE}\s?)(?P<names>{_SOME})(?=[）)\s])")
_REPORTED = re.compile(rf"{_LEAD}(?:本报讯|本报訊|本网讯)?\s?{ROLE}\s?(?P<names>{_SOME}?)\s?(?:报道|報道|報導|报导)")
_REPORTER = re.compile(rf"{_LEAD}(?P<organ>[{HAN}A-Za-z·•・]{{0,20}}?)[\s/／╱]?{ROLE}\s?[:：]?\s?(?P<names>.{{2,50}})$")
_WRITTEN_BY = re.compile(
    rf"{_LEAD}(?:作者|文[/／]图|图[/／]文|文字?|撰文|撰稿人?|撰写|采写|採寫|供稿人|拟稿|信息员)(?P<sign>\s?[:：/／|｜丨]\s?|\s)(?P<names>{_SOME})"
    rf"(?=$|[{_CLOSE}|｜]|[/／]|\s(?:图|圖|摄影|攝影|审核|编辑|校对|供图|初审|责编))"
)
_SLASHED = re.compile(rf"{_LEAD}(?P<names>{_SOME})\s?[/／]\s?文")
_LAST_BRACKETS = re.compile(r"[（(](?P<names>(?:(?!编辑|編輯|责编)[^（()）。，]){2,40})[）)]$")
_LABEL = re.compile(r"^(?:作者|文图|图文|文[/／]图|文)\s?[:：/／]?\s?")
_PEN_NAME = re.compile(rf"(?![{HAN}]?[图表])[{HAN}]{{2}}")
_ORGAN_END = re.compile("(?:中心|报|報|网|網|社|台|日报|电视台|频道|杂志|融媒)$")
_HEAD = 220  # characters of the first paragraphs that may hold a byline
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
    """The byline of a text: at its beginning in brackets or before 报道, in lines of its own at either end, in brackets
    at its end."""
    for line in lines[:2]:
        if found := _at_the_beginning(line[:_HEAD]):
            return found
    return _reporters(lines) or _signed(lines) or _at_the_end(lines)


def of_line(line: str) -> Byline | None:
    """The reporter whom a line names and nothing else: 【某某报╱记者王小明／某市报道】."""
    match = _REPORTER.match(line) if len(line) <= _MAX_LINE and "。" not in line else None
    written = names.authors(match["names"]) if match else ""
    if not match or not names.are_persons(written):
        return None
    organ = match["organ"]
    return Byline(written, organ if _ORGAN_END.search(organ) and not organ.startswith("本") else "", line)


def _at_the_beginning(text: str) -> Byline | None:
    for pattern in (_IN_BRACKETS, _DATELINE, _REPORTED):
        for match in pattern.finditer(text):
            written = names.authors(match["names"])
            if (pattern is _IN_BRACKETS and _may_be_names(written)) or names.are_persons(written):
                return Byline(written, "", match.group())
    return None


def _may_be_names(written: str) -> bool:
    """True for words that are short enough for names: behind 记者 they need no known surname."""
    return bool(written) and all(len(name) <= 4 or not re.match(f"[{HAN}]{{5}}", name) for name in written.split(", "))


def _reporters(lines: Sequence[str]) -> Byline | None:
    """本报实习生 刘某 and 本报记者 王某 may stand on two lines."""
    for run in (lines[:3], lines[-3:]):
        if found := [byline for line in run if (byline := of_line(line))]:
            return Byline(", ".join(one.authors for one in found), found[0].organ, found[0].raw)
    return None


def _signed(lines: Sequence[str]) -> Byline | None:
    """文：某某 and 某某/文, names in brackets on the last line, and names alone under the headline."""
    for line in (*lines[:3], *reversed(lines[-4:])):
        match = _WRITTEN_BY.match(line) or _SLASHED.match(line) if len(line) <= _MAX_LINE else None
        written = names.authors(match["names"]) if match else ""
        if match and written and (match.groupdict().get("sign", ":").strip() or names.are_persons(written)):
            return Byline(written, "", line)
    for line in lines[-1:] if len(lines) > 1 else ():
        match = _LAST_BRACKETS.fullmatch(line) if len(line) <= _MIN_SENTENCE else None
        if match and names.are_persons(written := names.authors(match["names"])):
            return Byline(written, "", line)
    for line in lines[:2] if len(lines) > 2 else ():
        if len(line) <= _MAX_NAMES and names.are_persons(written := names.authors(line)) and _is_all(line, written):
            return Byline(written, "", line)
    return None


def _is_all(line: str, written: str) -> bool:
    """True where the names are all that the line holds."""
    return len("".join(line.split())) - len(written.replace(", ", "")) <= written.count(", ")


def _at_the_end(lines: Sequence[str]) -> Byline | None:
    if not lines or len(lines[-1]) <= _MIN_SENTENCE:
        return None
    tail = lines[-1][-_TAIL:]
    for match in _IN_BRACKETS.finditer(tail):
        if _may_be_names(written := names.authors(match["names"])):
            return Byline(written, "", match.group())
    last = _LAST_BRACKETS.search(tail)
    written = names.authors(_LABEL.sub("", last["names"])) if last else ""
    if not last or not (names.are_persons(written) or _PEN_NAME.fullmatch(written)):
        return None
    return Byline(written, "", last.group())

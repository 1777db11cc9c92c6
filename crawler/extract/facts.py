"""Reads date, source, author and publisher from the lines around the headline and from the metadata."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from attrs import define, field, frozen

from crawler import dates
from crawler.extract import words
from crawler.extract.view import View

_KINDS = ("other_date", "date", "updated", "source", "author", "publisher", "other")
_SEPARATORS = re.compile(r"\s*(?:[|｜•·◆【】\[\]>»]|https?:|\s-\s|\(\d|（\d|有\s?\d|\d+\s?人|\s/\s)")
_APART = " \t\u3000:：∶,，;；、-—|/·•。.[]【】"
_MARKS = " \t:：∶,，;；、-—|/·•。.()（）[]【】\"'“”"
_MEDIA_END = re.compile(
    r"(?:网|網|报|報|社|台|日报|晚报|在线|線上|频道|頻道|客户端|杂志|周刊|电|讯|新闻|新聞|财经|财讯|社区|中心|融媒体|发布|电视台)$"
)
_UNLABELLED = re.compile(r"^[\s,，|　-]*([\u4e00-\u9fffA-Za-z]{2,15})(?=[\s|\[(（【]|$|我要|评论|有\d)")
_ROLE = re.compile(
    "^(?:全媒体|全媒體|融媒体|融媒體|本报|本報|本网|本網|见习|見習|实习|實習|首席|特约|特約|新华社|摄影|攝影|文字|图文|圖文|文图)*"
    "(?:记者|記者|通讯员|通訊員|作者|实习生|實習生|评论员|評論員)\\s*[:：/]?\\s*"
)
_ORGAN = re.compile(r"[\u4e00-\u9fff]{2}(?:网|網|报|報|社|局|台|臺)$")
_BETWEEN_NAMES = re.compile(r"\s*[,，、;；/|]\s*|\s+(?:通讯员|通訊員|记者|記者|摄影|攝影|实习生|图)\s*[:：/]?\s*|\s+")
_SPACED_NAME = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]) ([\u4e00-\u9fff])(?![\u4e00-\u9fff])")
_NAME_FIRST = re.compile(r"[\s\[【]{0,3}([\u4e00-\u9fff]{2,4})[\s\]】|·•/]{0,4}$")
_PARTS_OF_WORDS = frozenset({"时间", "日期", "文"})  # labels that other words end with: 开始时间, 全文
_SECONDS = re.compile(r"\d:[0-5]\d:[0-5]\d")
_BRACKETED = re.compile(r"[\[【]\s?([\u4e00-\u9fff]{2,3})\s?[\]】]")
_GLUED = re.compile(r"(?<=\S)\s+[^\s:：]{4,30}$")  # 李俊 某某日报2024-11-02: what a date follows is no name
_DAY_LABEL = re.compile(r".{1,8}(?:时间|日期|日)\s?[:：]?$")
_MAX_LINE = 200
_MAX_VALUE = 60
_MAX_REST = 30  # characters beside the date, in a line without a label
_MAX_LINKED = 0.3
_TEASER = 0.5  # linked characters in a line that is a headline of another page with its day
_HEADLINE = re.compile(r"[\u4e00-\u9fff“”]{8}")
_NEAR = 12  # characters between the label of a date and the date


@frozen
class Fact:
    """A fact as read, the text it was read from, and the line it stood on."""

    value: str
    raw: str
    line: int


@frozen
class Facts:
    """What the lines around the headline say; the first of each kind counts."""

    dates: tuple[Fact, ...] = ()  # the best first
    source: Fact | None = None
    author: Fact | None = None
    publisher: Fact | None = None
    lines: frozenset[int] = frozenset()  # lines that hold nothing but facts


@cache
def _labels() -> re.Pattern[str]:
    groups = []
    for kind in _KINDS:
        names = "|".join(re.escape(word).replace(r"\ ", r"\s?") for word in words.labels(kind))
        groups.append(f"(?P<{kind}>{names})")
    return re.compile("(?:" + "|".join(groups) + r")(?P<colon>\s{0,2}[:：∶/]\s?)?")


def read(view: View, lines: Iterable[int], below: Iterable[int] = ()) -> Facts:
    """Read the facts of some lines, given in order of trust; below the text, only what bears a label is believed."""
    found = _Found()
    for at in lines:
        _read_line(view, at, found, late=False)
    for at in below:
        if view.flow.lines[at].link_share <= _MAX_LINKED:
            _read_line(view, at, found, late=True)
    return Facts(
        dates=(*found.dates, *found.updated),
        source=next(iter((*found.named["source"], *found.bare_sources)), None),
        author=next(iter((*found.named["author"], *found.bare_authors)), None),
        publisher=next(iter(found.named["publisher"]), None),
        lines=frozenset(found.lines),
    )


def stamped(view: View, lines: Iterable[int]) -> tuple[Fact, ...]:
    """Days with hour, minute and second in running text: what a forum prints, and no sentence of a report does."""
    return tuple(
        Fact(day.value, day.raw, at)
        for at in lines
        if len(view.keys[at]) <= _MAX_LINE
        for day in dates.find(view.keys[at])
        if _SECONDS.search(day.raw)
    )


@define
class _Found:
    """What was read so far, in the order it was met."""

    dates: list[Fact] = field(factory=list)
    updated: list[Fact] = field(factory=list)
    named: dict[str, list[Fact]] = field(factory=lambda: defaultdict(list))
    bare_sources: list[Fact] = field(factory=list)
    bare_authors: list[Fact] = field(factory=list)
    lines: set[int] = field(factory=set)


def _read_line(view: View, at: int, found: _Found, *, late: bool) -> None:
    key = view.fact_line(at)[1]
    if len(key) > _MAX_LINE:
        return
    labelled = list(_labelled(key))
    days = dates.find(key)
    if (not labelled and not days) or _is_other_day(view, at, days):
        return
    is_fact_line = _is_fact_line(key, days, labelled)
    line = view.flow.lines[at]
    is_teaser = line.link_share > _TEASER and _HEADLINE.search(key) is not None
    taken: set[int] = set()
    for kind, start, end in labelled:
        if kind in ("date", "updated", "other_date"):
            day = next((day for day in days if start <= day.start <= min(start + _NEAR, end)), None)
            if day:
                taken.add(day.start)
                _keep_day(found, kind, Fact(day.value, day.raw, at))
        elif value := _value(view, at, start, end):
            found.named[kind].append(Fact(value, key, at))
    if is_fact_line:
        found.lines.add(at)
        if days and not late and not is_teaser and not any(kind == "other_date" for kind, _, _ in labelled):
            found.dates += [Fact(day.value, day.raw, at) for day in days if day.start not in taken]
            _read_bare(view, at, days, found)


def _keep_day(found: _Found, kind: str, fact: Fact) -> None:
    if kind == "date":
        found.dates.append(fact)
    elif kind == "updated":
        found.updated.append(fact)


def _read_bare(view: View, at: int, days: list[dates.Found], found: _Found) -> None:
    """A medium behind the day and a name before it, both without a label."""
    shown, key = view.fact_line(at)
    if (match := _UNLABELLED.match(shown[days[0].end :])) and _MEDIA_END.search(match[1]):
        found.bare_sources.append(Fact(match[1], key, at))
    name = _NAME_FIRST.match(shown[: days[0].start]) or _BRACKETED.search(shown)
    if name and name[1][0] in words.surnames():
        found.bare_authors.append(Fact(name[1], key, at))


def _is_other_day(view: View, at: int, days: list[dates.Found]) -> bool:
    """True for a bare day under a label such as 开始时间, which is no label of publication."""
    key, above = view.fact_line(at)[1], view.keys[at - 1] if at else ""
    if not days or days[0].start > 3 or len(key) > days[-1].end + 3 or not _DAY_LABEL.match(above):
        return False
    return not any(
        _kind(match) in ("date", "updated") and _is_label(match, above) for match in _labels().finditer(above)
    )


def _labelled(key: str) -> Iterable[tuple[str, int, int]]:
    """Each label of a line: its kind, where its value begins and where that ends."""
    matches = [match for match in _labels().finditer(key) if _is_label(match, key)]
    for number, match in enumerate(matches):
        end = matches[number + 1].start() if number + 1 < len(matches) else len(key)
        yield _kind(match), match.end(), end


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if match[kind])


def _is_label(match: re.Match[str], key: str) -> bool:
    """A label stands before a colon, or apart from what is before it."""
    before = key[match.start() - 1] if match.start() else " "
    if match["colon"]:
        return not (before.isalpha() and match[0].rstrip(" :：∶/") in _PARTS_OF_WORDS)
    after = key[match.end()] if match.end() < len(key) else " "
    apart = not before.isalpha()
    kind = _kind(match)
    if kind == "source":
        return apart and (after in ' 《“"「' or match.start() > 0) and match[0] != "来自"
    if kind in ("date", "updated", "publisher"):
        return apart and (after.isdigit() or after == " ")
    if kind in ("other", "other_date"):
        return apart or after in "(（[【0123456789"
    return False


def _value(view: View, at: int, start: int, end: int) -> str:
    """The value between two labels, up to a separator or a date; from the next line where this one ends."""
    text = view.fact_line(at)[0]
    value = _cut(text[start:end])
    if not value and end == len(text) and at + 1 < len(view.keys):
        shown, after = view.fact_line(at + 1)
        if len(after) <= 30 and not any(True for _ in _labelled(after)) and not dates.find(after):
            value = _cut(shown)
    return value if len(value) <= _MAX_VALUE else ""


def _cut(text: str) -> str:
    text = text.strip(_APART)
    if match := _SEPARATORS.search(text):
        text = text[: match.start()]
    if days := dates.find(text):
        text = _GLUED.sub("", text[: days[0].start])
    text = text.strip(_APART)
    for left, right in ("()", "（）", "《》", "“”"):
        if text.count(left) != text.count(right):
            text = text.strip(left + right)
    return text


def _is_fact_line(key: str, days: list[dates.Found], labelled: list[tuple[str, int, int]]) -> bool:
    """True where a line holds a date or labels and no sentence."""
    if labelled:
        return "。" not in key and all(end - start <= _MAX_VALUE for _, start, end in labelled)
    rest = len(key) - sum(day.end - day.start for day in days)
    return bool(days) and rest <= _MAX_REST and not any(stop in key for stop in "。，；")


def authors(text: str) -> str:
    """The names in the value of an author label, joined by ", ": 全媒体记者李俊 → 李俊.

    They end at the first that is an organ: what follows is the line's next fact.
    """
    text = text.strip(_MARKS)
    text = _SPACED_NAME.sub(r"\1\2", text)
    parts = [_ROLE.sub("", part).strip(_MARKS) for part in _BETWEEN_NAMES.split(text) if part]
    names = [part for part in parts if part]
    organ = next((at for at, name in enumerate(names) if at and _ORGAN.search(name)), len(names))
    names = names[:organ]
    return ", ".join(dict.fromkeys(names))

"""Reads date, source, author and publisher from the lines around the headline and from the metadata."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile

from attrs import define, field, frozen

from crawler import dates
from crawler.extract import bylines, labels, names
from crawler.extract.view import View

_MEDIA_END = re.compile(
    r"(?:网|網|报|報|社|台|日报|晚报|在线|線上|频道|頻道|客户端|杂志|周刊|电|讯|新闻|新聞|财经|财讯|社区|中心|融媒体|发布|电视台)$"
)
_UNLABELLED = re.compile(r"^[\s,，|　-]*([\u4e00-\u9fffA-Za-z]{2,15})(?=[\s|\[(（【】)）]|$|我要|评论|有\d)")
_BOOK_MARKS = re.compile(r"^[\s,，|　-]*《([^《》]{2,15})》")
_OUTLET_FIRST = re.compile(r"^[\s\[【]{0,3}([\u4e00-\u9fff]{2,14})(?=\s|\d|www|http|[|(（\]】])")
_NAME_FIRST = re.compile(r"[\s\[【]{0,3}([\u4e00-\u9fff]{2,4})[\s\]】|·•/]{0,4}$")
_ADDRESS = re.compile(r"(?:https?://|www\.)[\w./-]{1,80}")
# What a forum prints with a post: 本贴由某某于2005年8月12日发表, 由某某张贴 @ 2005-06-10, by 某某.
_POSTED = re.compile(
    r"(?:^|[\s贴帖文章])由\s?[“\[]?(?P<name>[^\s，。、：:]{1,16}?)[”\]]?\s?(?:于|在|张贴|发表|贴于|\d)|\s[bB]y\s(?P<by>[^\s，。：:]{2,16})"
)
_SECONDS = re.compile(r"\d:[0-5]\d:[0-5]\d")
_BRACKETED = re.compile(r"[\[【]\s?([\u4e00-\u9fff]{2,3})\s?[\]】]")
_DAY_LABEL = re.compile(r".{1,8}(?:时间|日期|日)\s?[:：]?$")
_MAX_LINE = 200
_MAX_VALUE = 60
_MAX_REST = 30  # characters beside the date, in a line without a label
_MAX_LINKED = 0.3
_TEASER = 0.5  # linked characters in a line that is a headline of another page with its day
_HEADLINE = re.compile(r"[\u4e00-\u9fff“”]{8}")
_MAX_SIGNED = 12  # characters of a line that names a writer as its source
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
    signed: Fact | None = None  # below the text, or at its end
    poster: Fact | None = None  # who put a post on a forum
    issuer: Fact | None = None
    last_dates: tuple[Fact, ...] = ()  # bare days right below the text
    lines: frozenset[int] = frozenset()  # lines that hold nothing but facts


def read(view: View, lines: Iterable[int], below: Iterable[int] = ()) -> Facts:
    """Read the facts of some lines, given in order of trust; below the text, only what bears a label is believed."""
    found = _Found()
    for at in lines:
        _read_line(view, at, found, late=False)
    for at in below:
        if view.flow.lines[at].link_share <= _MAX_LINKED:
            _read_line(view, at, found, late=True)
        elif len(view.keys[at]) <= _MAX_LINE and dates.find(view.keys[at]):
            _read_poster(view.keys[at], at, found)
    writers, late = _apart(found.named["late source"])
    return Facts(
        dates=(*found.dates, *found.updated),
        source=next(iter((*found.named["source"], *late, *found.bare_sources, *found.named["outlet"])), None),
        author=next(iter((*found.named["author"], *found.bare_authors)), None),
        publisher=next(iter(found.named["publisher"]), None),
        signed=next(iter((*found.named["late author"], *writers)), None),
        poster=next(iter(found.named["poster"]), None),
        issuer=next(iter(found.named["issuer"]), None),
        last_dates=tuple(found.last_dates),
        lines=frozenset(found.lines),
    )


def _apart(sources: list[Fact]) -> tuple[list[Fact], list[Fact]]:
    """The writers among the sources below a text, and the others: 来源：尹某, and nothing else, names its writer."""
    writers = [
        fact
        for fact in sources
        if names.is_person(fact.value) and fact.raw.endswith(fact.value) and len(fact.raw) <= _MAX_SIGNED
    ]
    return writers, [fact for fact in sources if fact not in writers]


def stamped(view: View, lines: Iterable[int]) -> Facts:
    """What a forum prints with a post: a day with hour, minute and second, which no sentence of a report has, and by
    whom it was posted."""
    days: list[Fact] = []
    found = _Found()
    for at in lines:
        key = view.keys[at]
        if len(key) <= _MAX_LINE:
            stamps = [day for day in dates.find(key) if _SECONDS.search(day.raw)]
            days += [Fact(day.value, day.raw, at) for day in stamps]
            if stamps:
                _read_poster(key, at, found)
    return Facts(dates=tuple(days), poster=next(iter(found.named["poster"]), None))


@define
class _Found:
    """What was read so far, in the order it was met."""

    dates: list[Fact] = field(factory=list)
    updated: list[Fact] = field(factory=list)
    named: dict[str, list[Fact]] = field(factory=lambda: defaultdict(list))
    bare_sources: list[Fact] = field(factory=list)
    bare_authors: list[Fact] = field(factory=list)
    last_dates: list[Fact] = field(factory=list)
    lines: set[int] = field(factory=set)


def _read_line(view: View, at: int, found: _Found, *, late: bool) -> None:
    key = view.fact_line(at)[1]
    if len(key) > _MAX_LINE:
        return
    labelled = list(labels.find(key))
    days = dates.find(key)
    if (not labelled and not days) or _is_other_day(view, at, days):
        return
    is_fact_line = _is_fact_line(key, days, labelled)
    if late and not is_fact_line:
        labelled = []
    line = view.flow.lines[at]
    is_teaser = line.link_share > _TEASER and _HEADLINE.search(key) is not None
    taken: set[int] = set()
    for kind, start, end in labelled:
        if kind in ("date", "updated", "other_date"):
            day = next((day for day in days if start <= day.start <= min(start + _NEAR, end)), None)
            if day:
                taken.add(day.start)
                _keep_day(found, kind, Fact(day.value, day.raw, at))
        elif value := _value(view, at, start, end, several=kind == "author"):
            _keep_name(found, kind, Fact(value, key, at), late=late)
    if days:
        _read_poster(key, at, found)
    if is_fact_line:
        if not late:
            found.lines.add(at)
        if days and not is_teaser and not any(kind == "other_date" for kind, _, _ in labelled):
            bare = [Fact(day.value, day.raw, at) for day in days if day.start not in taken]
            if late:
                found.last_dates += bare
            else:
                found.dates += bare
                _read_bare(view, at, days, found)


def _keep_day(found: _Found, kind: str, fact: Fact) -> None:
    if kind == "date":
        found.dates.append(fact)
    elif kind == "updated":
        found.updated.append(fact)


def _keep_name(found: _Found, kind: str, fact: Fact, *, late: bool) -> None:
    if kind == "supplier":
        kind = "source" if names.is_organ(fact.value) else "author"
    office, space, writer = fact.value.rpartition(" ")
    if kind == "source" and space and names.is_organ(office) and names.is_person(writer):
        found.bare_authors.append(Fact(writer, fact.raw, fact.line))
        fact = Fact(office, fact.raw, fact.line)
    found.named[f"late {kind}" if late and kind in ("source", "author") else kind].append(fact)


def _read_poster(key: str, at: int, found: _Found) -> None:
    if match := _POSTED.search(key):
        found.named["poster"].append(Fact(match["name"] or match["by"], key, at))


def _read_bare(view: View, at: int, days: list[dates.Found], found: _Found) -> None:
    """A medium behind the day or at the head of the line, a name before the day, a reporter: all without a label."""
    shown, key = view.fact_line(at)
    after, before = shown[days[0].end :], shown[: days[0].start]
    if quoted := _BOOK_MARKS.match(after):
        found.bare_sources.append(Fact(quoted[1], key, at))
    if (match := _UNLABELLED.match(after)) and _MEDIA_END.search(match[1]):
        found.bare_sources.append(Fact(match[1], key, at))
    if (match := _OUTLET_FIRST.match(shown)) and _MEDIA_END.search(match[1]):
        found.named["outlet"].append(Fact(match[1], key, at))  # mostly the site itself: the last resort
    for day in reversed(days):
        shown = f"{shown[: day.start]}|{shown[day.end :]}"
    for piece in shown.split("|"):
        if byline := bylines.of_line(piece.strip()):
            found.bare_authors.append(Fact(byline.authors, key, at))
            found.bare_sources += [Fact(byline.organ, key, at)] if byline.organ else []
    name = _NAME_FIRST.match(before) or _BRACKETED.search(shown)
    if name and names.is_person(name[1]):
        found.bare_authors.append(Fact(name[1], key, at))


def _is_other_day(view: View, at: int, days: list[dates.Found]) -> bool:
    """True for a bare day under a label such as 开始时间, which is no label of publication."""
    key, above = view.fact_line(at)[1], view.keys[at - 1] if at else ""
    if not days or days[0].start > 3 or len(key) > days[-1].end + 3 or not _DAY_LABEL.match(above):
        return False
    return not any(kind in ("date", "updated") for kind, _, _ in labels.find(above))


def _value(view: View, at: int, start: int, end: int, *, several: bool) -> str:
    """The value between two labels, up to a separator or a date; from the next line where this one ends.

    Of ``several`` names each may stand in an element of its own.
    """
    text = view.fact_line(at)[0]
    value = labels.cut(text[start:end])
    if several and value:
        others = (other.strip(labels.APART) for other in text[start:end].split("|")[1:])
        value = "、".join([value, *takewhile(names.is_person, others)])
    if not value and end == len(text) and at + 1 < len(view.keys):
        shown, after = view.fact_line(at + 1)
        if len(after) <= 30 and not any(True for _ in labels.find(after)) and not dates.find(after):
            value = labels.cut(shown)
    return value if len(value) <= _MAX_VALUE else ""


def _is_fact_line(key: str, days: list[dates.Found], labelled: list[tuple[str, int, int]]) -> bool:
    """True where a line holds a date or labels and no sentence."""
    if labelled:
        return "。" not in key and all(end - start <= _MAX_VALUE for _, start, end in labelled)
    rest = len(_ADDRESS.sub("", key)) - sum(day.end - day.start for day in days)
    return bool(days) and rest <= _MAX_REST and not any(stop in key for stop in "。，；")

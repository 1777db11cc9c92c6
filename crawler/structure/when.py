"""Finds the day a conference was held.

A year in the text wins; 12月25日 is the nearest such day not after publication; 24日 takes the month of the dateline or
of publication; 昨日 counts back from publication; 日前 is no date. The dateline's own date (2月24日电) is when the
report was sent, not the event. Where no year is known the answer is ``--12-25``; the day of the crawl is never used.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from attrs import frozen

from crawler.items import Article, DateBasis

_NUMBER = "[\\d一二三四五六七八九十]{1,3}"
_DATE = re.compile(
    f"(?:(?P<year>(?:19|20)\\d\\d|[二〇零一三四五六七八九○]{{4}})年)?(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]"
    f"|(?<![\\d月一二三四五六七八九十])(?P<only>\\d{{1,2}})[日号](?=上午|下午|晚|至|[,，在召举]|$|\\D)"
    "|(?P<relative>昨日|昨天|今日|今天|前日|前天)(?=[,，上下晚召举我全县市区省在])"
    "|(?P<vague>日前|近日|近期|不久前|连日来)"
)
_SENT = re.compile("\\s*(?:电|讯|消息|报道)")
_IN_URL = re.compile(r"(?<!\d)(20[0-3]\d)([-/_]?)(0[1-9]|1[0-2])(?:\2(0[1-9]|[12]\d|3[01]))?(?!\d)")
_CHINESE = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0}
_BACK = {"昨日": 1, "昨天": 1, "今日": 0, "今天": 0, "前日": 2, "前天": 2}


@frozen(kw_only=True)
class When:
    """`value` is YYYY-MM-DD, --MM-DD or None; `start` and `end` are where the text says it."""

    value: str | None
    basis: DateBasis
    start: int = 0
    end: int = 0


def held_on(article: Article, stretches: list[tuple[int, int]], edition: int | None) -> When:
    """The day of the conference, from the first of the stretches of `text_hans` that has one.

    edition: the year in the conference's name, where it has one; it counts as the event's year unless that day would
    lie after publication.
    """
    text = article.text_hans
    published = published_on(article)
    for start, end in stretches:
        sent_month: int | None = None
        for match in _DATE.finditer(text, start, end):
            if match["month"] and _SENT.match(text, match.end()):
                sent_month = _number(match["month"])
            elif match["vague"]:
                return When(value=None, basis="unknown", start=match.start(), end=match.end())
            elif when := _read(match, published, edition, sent_month):
                return when
    return When(value=None, basis="unknown")


def published_on(article: Article) -> date | None:
    """The day of publication: the page's date, else the listing's, else the URL's; a month there is its last day."""
    page = article.document.page
    listed = page.entry.listed_on if page.entry else None
    for value in (article.date, *(candidate.value for candidate in article.dates), listed):
        if value and (day := _day_of(value)):
            return day
    if match := _IN_URL.search(page.url):
        year, month, day_text = int(match[1]), int(match[3]), match[4]
        if day_text:
            return _date(year, month, int(day_text))
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return None


def _read(match: re.Match[str], published: date | None, edition: int | None, sent_month: int | None) -> When | None:
    def when(day: date | str | None, basis: DateBasis) -> When | None:
        if day is None:
            return None
        value = day if isinstance(day, str) else day.isoformat()
        return When(value=value, basis=basis, start=match.start(), end=match.end())

    if match["relative"]:
        return when(published - timedelta(days=_BACK[match["relative"]]), "relative") if published else None
    if match["only"]:
        return when(_day_only(int(match["only"]), published, edition, sent_month), "relative")
    month, day = _number(match["month"]), _number(match["day"])
    if match["year"]:
        return when(_date(_year(match["year"]), month, day), "explicit")
    if _date(2024, month, day) is None:
        return None
    if year := _year_of(month, day, published, edition):
        return when(_date(year, month, day), "inferred")
    return when(f"--{month:02d}-{day:02d}", "explicit")


def _year_of(month: int, day: int, published: date | None, edition: int | None) -> int | None:
    """The year of a day that is given without one."""
    if published is None:
        return edition
    if edition is not None:
        of_edition = _date(edition, month, day)
        if of_edition is not None and of_edition <= published:
            return edition
    for year in range(published.year, published.year - 5, -1):
        candidate = _date(year, month, day)
        if candidate is not None and candidate <= published:
            return year
    return None


def _day_only(day: int, published: date | None, edition: int | None, sent_month: int | None) -> date | str | None:
    """24日: in the dateline's month, else in the last month that puts it not after publication."""
    if published is None:
        if sent_month is None or _date(2024, sent_month, day) is None:
            return None
        return _date(edition, sent_month, day) if edition else f"--{sent_month:02d}-{day:02d}"
    if sent_month is not None and (year := _year_of(sent_month, day, published, edition)):
        return _date(year, sent_month, day)
    year, month = published.year, published.month
    for _ in range(3):
        candidate = _date(year, month, day)
        if candidate is not None and candidate <= published:
            return candidate
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day_of(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _number(text: str) -> int:
    """12, 十二, 二十五 as a number; 0 for what is none."""
    if text.isdigit():
        return int(text)
    tens, ten, units = text.partition("十")
    if not ten:
        return _CHINESE.get(text, 0)
    return (_CHINESE.get(tens, 0) if tens else 1) * 10 + (_CHINESE.get(units, 0) if units else 0)


def _year(text: str) -> int:
    """2025 or 二〇二五."""
    return int(text) if text.isdigit() else int("".join(str(_CHINESE.get(char, 0)) for char in text))

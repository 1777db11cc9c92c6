"""Gathers every day that a page offers as its day of publication, the most trusted first.

Visible line, then metadata, then the row of the list, then the address. Metadata that repeat the time at which the
page was generated come last: a rebuild of such a site makes every old article look new.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from crawler import dates
from crawler.extract.facts import Facts
from crawler.items import DateCandidate, Page

_META = (
    "firstpublishedtime",
    "pubdate",
    "article:published_time",
    "og:published_time",
    "publishdate",
    "pubtime",
    "publishtime",
    "publish_time",
    "datepublished",
    "og:release_date",
    "weibo: article:create_at",
    "apub:time",
    "bytedance:published_time",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "pub_date",
    "publish-date",
    "publish_date",
    "releasedate",
    "createdate",
)
_CHINA = timezone(timedelta(hours=8))
_FIRST_YEAR = 1990
_GENERATED = ("others", "maketime", "htmlgeneratetime", "generatetime")


def candidates(
    facts: Facts, meta: Mapping[str, str], page: Page, own: tuple[str, ...] = ()
) -> tuple[DateCandidate, ...]:
    """All dates of a page; the first one wins. ``own``: names of metadata that its family adds."""
    found = [DateCandidate(value=fact.value, raw=fact.raw, basis="line") for fact in facts.dates]
    generated = {day.value for name in _GENERATED for day in dates.find(meta.get(name, ""))}
    late: list[DateCandidate] = []
    for name in dict.fromkeys((*own, *_META)):
        raw = meta.get(name, "")
        value = _in_china(raw) or dates.first(raw) if raw else None
        if value:
            (late if value in generated else found).append(DateCandidate(value=value, raw=raw[:80], basis="meta"))
    if page.entry and page.entry.listed_on:
        found.append(DateCandidate(value=page.entry.listed_on, raw=page.entry.listed_on, basis="list"))
    found += [DateCandidate(value=fact.value, raw=fact.raw, basis="line") for fact in facts.last_dates]
    if value := dates.in_url(page.url):
        found.append(DateCandidate(value=value, raw=page.url[:200], basis="url"))
    return _each_once([*_timed(found), *late])


def _in_china(raw: str) -> str | None:
    """The hour in China of a time that states its zone; None for any other text."""
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return (
        moment.astimezone(_CHINA).strftime("%Y-%m-%dT%H:%M") if moment.tzinfo and moment.year >= _FIRST_YEAR else None
    )


def _timed(found: list[DateCandidate]) -> list[DateCandidate]:
    """Where the best names no hour, one of the same day that does stands first: lines often print the day alone."""
    best = found[0].value if found else ""
    timed = [one for one in found if "T" in one.value and one.value[:10] == best and not one.value.endswith("T00:00")]
    return [*timed[:1], *(one for one in found if one not in timed[:1])]


def _each_once(found: list[DateCandidate]) -> tuple[DateCandidate, ...]:
    """What a page says twice in the same way is one candidate."""
    kept: dict[tuple[str, str], DateCandidate] = {}
    for candidate in found:
        kept.setdefault((candidate.value, candidate.basis), candidate)
    return tuple(kept.values())

"""Lists of reports and conferences as people ask for them: by place, kind, level, time, words and verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Select, Table, false, func, or_, select

from crawler.hans import to_hans
from crawler.store.conferences import StoredConference, stored_conference
from crawler.store.reports import StoredReport, stored
from crawler.store.tables import conferences, reports


@frozen(kw_only=True)
class Query:
    """What is wanted; what is None or empty lets everything through."""

    region: str | None = None  # prefix of a GB/T 2260 code: 45, 4502, 450200
    kind: str | None = None
    level: str | None = None
    since: str | None = None  # YYYY-MM-DD, published on it or later (conferences: held)
    until: str | None = None  # YYYY-MM-DD, published on it or before (conferences: held)
    words: tuple[str, ...] = ()  # all of them, in title or text; Traditional is turned into Simplified
    verdict: str | None = None  # None: all but mirrors
    site_id: str | None = None
    conference_id: int | None = None


def find_reports(conn: Connection, query: Query, *, limit: int = 50, offset: int = 0) -> list[StoredReport]:
    """The reports asked for, the latest published first."""
    return [stored(row) for row in conn.execute(_page(_reports(query), reports.c.date, limit, offset)).mappings()]


def count_reports(conn: Connection, query: Query) -> int:
    """How many reports there are of what is asked for."""
    return _count(conn, _reports(query))


def find_conferences(conn: Connection, query: Query, *, limit: int = 50, offset: int = 0) -> list[StoredConference]:
    """The conferences asked for, the latest held first. Words are looked for in the name and in every report."""
    rows = conn.execute(_page(_conferences(query), conferences.c.held_on, limit, offset)).mappings()
    return [stored_conference(row) for row in rows]


def newest_conferences(conn: Connection, query: Query, *, limit: int = 20) -> list[StoredConference]:
    """The conferences asked for that were found last, the latest found first."""
    statement = _conferences(query).order_by(conferences.c.id.desc()).limit(limit)
    return [stored_conference(row) for row in conn.execute(statement).mappings()]


def count_conferences(conn: Connection, query: Query) -> int:
    """How many conferences there are of what is asked for."""
    return _count(conn, _conferences(query))


def _reports(query: Query) -> Select[Any]:
    statement = select(reports).where(*_common(reports, query), *_between(reports.c.date, query))
    if query.verdict is None:
        statement = statement.where(reports.c.verdict != "mirror")
    else:
        statement = statement.where(reports.c.verdict == query.verdict)
    if query.site_id is not None:
        statement = statement.where(reports.c.site_id == query.site_id)
    if query.conference_id is not None:
        statement = statement.where(reports.c.conference_id == query.conference_id)
    return statement.where(*(_says(word) for word in query.words))


def _conferences(query: Query) -> Select[Any]:
    statement = select(conferences).where(*_common(conferences, query), *_between(conferences.c.held_on, query))
    if query.conference_id is not None:
        statement = statement.where(conferences.c.id == query.conference_id)
    of_it = reports.c.conference_id == conferences.c.id
    if query.verdict is not None:
        statement = statement.where(select(reports.c.id).where(of_it, reports.c.verdict == query.verdict).exists())
    if query.site_id is not None:
        statement = statement.where(select(reports.c.id).where(of_it, reports.c.site_id == query.site_id).exists())
    for word in query.words:
        named = conferences.c.name.icontains(to_hans(word), autoescape=True)
        statement = statement.where(or_(named, select(reports.c.id).where(of_it, _says(word)).exists()))
    return statement


def _common(table: Table, query: Query) -> Iterator[ColumnElement[bool]]:
    if query.region:
        yield table.c.region_code.startswith(query.region, autoescape=True)
    if query.kind:
        yield table.c.kind == query.kind
    if query.level:
        yield table.c.level == query.level


def _between(day: ColumnElement[Any], query: Query) -> Iterator[ColumnElement[bool]]:
    """Days are text; a time may follow them. A day without a year (--12-25) lies in no interval."""
    if query.since or query.until:
        yield func.substr(day, 1, 1) != "-"
    if query.since:
        yield func.substr(day, 1, 10) >= query.since
    if query.until:
        yield func.substr(day, 1, 10) <= query.until


def _says(word: str) -> ColumnElement[bool]:
    wanted = to_hans(word)
    if not wanted.strip():
        return false()
    return or_(
        reports.c.title_hans.icontains(wanted, autoescape=True),
        reports.c.text_hans.icontains(wanted, autoescape=True),
    )


def _page(statement: Select[Any], day: ColumnElement[Any], limit: int, offset: int) -> Select[Any]:
    table = statement.get_final_froms()[0]
    return statement.order_by(day.desc().nulls_last(), table.c.id.desc()).limit(limit).offset(offset)


def _count(conn: Connection, statement: Select[Any]) -> int:
    return conn.scalar(select(func.count()).select_from(statement.subquery())) or 0

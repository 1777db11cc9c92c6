"""The pages that people read."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from attrs import frozen
from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import HTMLResponse

from crawler.catalog import Catalog
from crawler.items import Outcome
from crawler.status import read_status, source_rows
from crawler.store import conferences, outcomes, relations, reports, search, sources
from crawler.store.outcomes import LoggedPage
from crawler.web.asked import READ, Asked, ConferencesAsked, Number, PageAsked, RefusedAsked, SourcesAsked
from crawler.web.kept import Here
from crawler.web.render import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NEWEST = 8  # conferences on the first page
_PROBLEMS = 50  # of the catalogue that are listed

Id = Annotated[Number, Path()]


@frozen(kw_only=True)
class Pager:
    """Where in a list a page stands."""

    path: str
    asked: PageAsked
    is_last: bool
    total: int | None = None  # None: not counted


@router.api_route("/", methods=READ)
def status_page(here: Here, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """What is new and in what state everything is."""
    with here.store.read() as conn:
        status = read_status(conn, here.catalog(), now=here.now())
        newest = search.newest_conferences(conn, search.Query(), limit=NEWEST)
    return _page("status.html", asked, status=status, newest=newest)


@router.api_route("/conferences", methods=READ)
def conferences_page(here: Here, asked: Annotated[ConferencesAsked, Query()]) -> HTMLResponse:
    """The conferences that are asked for, the latest held first."""
    query = asked.query()
    with here.store.read() as conn:
        found = search.find_conferences(conn, query, limit=asked.size, offset=asked.offset)
        total = search.count_conferences(conn, query)
    return _page("conferences.html", asked, found=found, pager=_counted("/conferences", asked, total))


@router.api_route("/conferences/{number}", methods=READ)
def conference_page(here: Here, number: Id, asked: Annotated[PageAsked, Query()]) -> HTMLResponse:
    """One conference with its reports."""
    query = search.Query(conference_id=number)
    with here.store.read() as conn:
        event = conferences.get(conn, number)
        if event is None:
            raise HTTPException(404)
        told = search.find_reports(conn, query, limit=asked.size, offset=asked.offset)
        total = search.count_reports(conn, query)
        mirrors = search.count_reports(conn, search.Query(conference_id=number, verdict="mirror"))
    pager = _counted(f"/conferences/{number}", asked, total)
    return _page("conference.html", asked, event=event, told=told, mirrors=mirrors, pager=pager)


@router.api_route("/reports/{number}", methods=READ)
def report_page(here: Here, number: Id, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """One report: its text, its facts, what was repaired and cut, and its earlier texts."""
    with here.store.read() as conn:
        report = reports.get(conn, number)
        if report is None:
            raise HTTPException(404)
        earlier = reports.revisions_of(conn, number)
        related = relations.of(conn, number)
    site = here.catalog().by_id.get(report.site_id or "")
    return _page("report.html", asked, report=report, earlier=earlier, related=related, site=site)


@router.api_route("/sources", methods=READ)
def sources_page(here: Here, asked: Annotated[SourcesAsked, Query()]) -> HTMLResponse:
    """The sites of the catalogue, and the rows of it that cannot be used."""
    catalog = here.catalog()
    with here.store.read() as conn:
        rows = source_rows(conn, catalog)
    rows = [row for row in rows if row.region.startswith(asked.region or "") and asked.state in (None, row.condition)]
    pager = _counted("/sources", asked, len(rows))
    rows = rows[asked.offset : asked.offset + asked.size]
    return _page("sources.html", asked, rows=rows, problems=catalog.problems[:_PROBLEMS], pager=pager)


@router.api_route("/quarantine", methods=READ)
def quarantine_page(here: Here, asked: Annotated[RefusedAsked, Query()]) -> HTMLResponse:
    """The pages that were refused, the latest first."""
    outcome = Outcome(asked.outcome) if asked.outcome else None
    with here.store.read() as conn:
        found = outcomes.quarantine(
            conn, outcome=outcome, site_id=asked.site, limit=asked.size + 1, offset=asked.offset
        )
        lost = {row.site_id for row in sources.all_states(conn) if row.state == sources.HIJACKED}
    catalog = here.catalog()
    rows = [(page, None if page.site_id in lost else _own_address(page, catalog)) for page in found[: asked.size]]
    pager = Pager(path="/quarantine", asked=asked, is_last=len(found) <= asked.size)
    return _page("quarantine.html", asked, rows=rows, pager=pager)


def _own_address(page: LoggedPage, catalog: Catalog) -> str | None:
    """The address where a catalogue site owns the host. Any other host may be a mirror, and is not shown."""
    try:
        host = urlsplit(page.url).hostname or ""
    except ValueError:
        return None
    return page.url if catalog.owner_of_host(host) and page.outcome is not Outcome.MIRROR else None


def _counted(path: str, asked: PageAsked, total: int) -> Pager:
    return Pager(path=path, asked=asked, is_last=asked.offset + asked.size >= total, total=total)


def _page(template: str, asked: Asked, **values: Any) -> HTMLResponse:
    return HTMLResponse(render(template, asked.lang, asked=asked, **values))

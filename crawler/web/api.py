"""The same for programs: JSON, with the parameters that the pages have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query

from crawler.alerts.plain import link
from crawler.shown import conference_row, report_row, text_of
from crawler.status import read_status
from crawler.store import conferences, reports, search
from crawler.store.reports import StoredReport
from crawler.web.asked import ConferencesAsked, Number, PageAsked, ReportsAsked
from crawler.web.kept import Here
from crawler.web.render import safe_url

router = APIRouter(prefix="/api")

Id = Annotated[Number, Path()]


@router.get("/status")
def status(here: Here) -> dict[str, Any]:
    """Everything in numbers: reports, conferences, sources, outbox, the last runs."""
    with here.store.read() as conn:
        return read_status(conn, here.catalog(), now=here.now()).as_json()


@router.get("/conferences")
def list_conferences(here: Here, asked: Annotated[ConferencesAsked, Query()]) -> dict[str, Any]:
    """The conferences, the latest held first."""
    query = asked.query()
    with here.store.read() as conn:
        found = search.find_conferences(conn, query, limit=asked.size, offset=asked.offset)
        total = search.count_conferences(conn, query)
    return _listed(asked, total, [conference_row(event) for event in found])


@router.get("/conferences/{number}")
def one_conference(here: Here, number: Id) -> dict[str, Any]:
    """One conference; its reports are at /api/reports?conference=…"""
    with here.store.read() as conn:
        event = conferences.get(conn, number)
    if event is None:
        raise HTTPException(404)
    return conference_row(event)


@router.get("/reports")
def list_reports(here: Here, asked: Annotated[ReportsAsked, Query()]) -> dict[str, Any]:
    """The reports without their texts, the latest published first."""
    query = asked.query()
    with here.store.read() as conn:
        found = search.find_reports(conn, query, limit=asked.size, offset=asked.offset)
        total = search.count_reports(conn, query)
    return _listed(asked, total, [_report(report) for report in found])


@router.get("/reports/{number}")
def one_report(here: Here, number: Id) -> dict[str, Any]:
    """One report with its text."""
    with here.store.read() as conn:
        report = reports.get(conn, number)
    if report is None:
        raise HTTPException(404)
    return _report(report) | text_of(report) | {"attachments": _attachments(report)}


def _listed(asked: PageAsked, total: int, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"total": total, "page": asked.page, "size": asked.size, "items": items}


def _report(report: StoredReport) -> dict[str, Any]:
    return report_row(report) | {"url": safe_url(report)}


def _attachments(report: StoredReport) -> list[dict[str, Any]]:
    """A mirror's attachments lie on its own host, so their addresses are left out."""
    is_mirror = report.verdict == "mirror"
    return [
        {"name": attachment.name, "url": None if is_mirror else link(attachment.url) or None}
        for attachment in report.attachments
    ]

"""The same for programs: JSON, with the parameters that the pages have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import attrs
from fastapi import APIRouter, HTTPException, Path, Query

from crawler.alerts.plain import link
from crawler.items import Conference
from crawler.status import read_status
from crawler.store import conferences, reports, search
from crawler.store.conferences import StoredConference
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
    return _listed(asked, total, [_conference(event) for event in found])


@router.get("/conferences/{number}")
def one_conference(here: Here, number: Id) -> dict[str, Any]:
    """One conference; its reports are at /api/reports?conference=…"""
    with here.store.read() as conn:
        event = conferences.get(conn, number)
    if event is None:
        raise HTTPException(404)
    return _conference(event)


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
    return _report(report) | {"text": report.text, "text_hans": report.text_hans, "attachments": _attachments(report)}


def _listed(asked: PageAsked, total: int, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"total": total, "page": asked.page, "size": asked.size, "items": items}


def _conference(event: StoredConference) -> dict[str, Any]:
    return {
        "id": event.id,
        **_record(event.record),
        "first_published_on": event.first_published_on,
        "first_seen_at": event.first_seen_at,
        "updated_at": event.updated_at,
    }


def _report(report: StoredReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "url": safe_url(report),
        "title": report.title,
        "title_hans": report.title_hans,
        "date": report.date,
        "source": report.source,
        "author": report.author,
        "verdict": report.verdict,
        "site_id": report.site_id,
        "first_seen_at": report.first_seen_at,
        "updated_at": report.updated_at,
        "conference_id": report.conference_id,
        "conference": _record(report.record),
    }


def _attachments(report: StoredReport) -> list[dict[str, Any]]:
    """A mirror's attachments lie on its own host, so their addresses are left out."""
    is_mirror = report.verdict == "mirror"
    return [
        {"name": attachment.name, "url": None if is_mirror else link(attachment.url) or None}
        for attachment in report.attachments
    ]


def _record(record: Conference) -> dict[str, Any]:
    return attrs.asdict(record, filter=lambda attribute, _: attribute.name != "spans")

"""What of a stored report or conference is shown to people: the same rows in the terminal, in files and in the API."""

from __future__ import annotations

from typing import Any

from crawler.store.conferences import StoredConference
from crawler.store.reports import StoredReport


def report_row(report: StoredReport) -> dict[str, Any]:
    """A report without its text, as JSON has it; a mirror's own address is never in it."""
    return {
        "id": report.id,
        "url": report.shown_url,
        "title": report.title,
        "title_hans": report.title_hans,
        "date": report.date,
        "source": report.source,
        "author": report.author,
        "verdict": report.verdict,
        "site_id": report.site_id,
        "first_seen_at": report.first_seen_at.isoformat(),
        "updated_at": report.updated_at.isoformat(),
        "gone_at": report.gone_at.isoformat() if report.gone_at else None,
        "conference_id": report.conference_id,
        "conference": report.record.as_dict(),
    }


def text_of(report: StoredReport) -> dict[str, Any]:
    """Its text and the names of its attachments."""
    names = [attachment.name for attachment in report.attachments]
    return {"text": report.text, "text_hans": report.text_hans, "attachments": names}


def conference_row(event: StoredConference) -> dict[str, Any]:
    """A conference, as JSON has it."""
    return {
        "id": event.id,
        **event.record.as_dict(),
        "first_published_on": event.first_published_on,
        "first_seen_at": event.first_seen_at.isoformat(),
        "updated_at": event.updated_at.isoformat(),
    }

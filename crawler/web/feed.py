"""The Atom feed (RFC 4287) of the conferences that were found last, with the filters that their list has."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from crawler.store import search
from crawler.store.conferences import StoredConference
from crawler.web.asked import READ, ConferencesAsked
from crawler.web.kept import Here
from crawler.web.render import render

router = APIRouter(include_in_schema=False)

_OURS = uuid.UUID("6b0c1e0a-8f0e-5f0b-9f5c-1d4be2a7a9c3")  # drawn once, so that ids stay what they are


@router.api_route("/feed.atom", methods=READ)
def feed(request: Request, here: Here, asked: Annotated[ConferencesAsked, Query()]) -> Response:
    """At most `size` entries, the latest found first."""
    with here.store.read() as conn:
        found = search.newest_conferences(conn, asked.query(), limit=asked.size)
    body = render(
        "feed.xml",
        asked.lang,
        entries=[(event, entry_id(event)) for event in found],
        feed_id=uuid.uuid5(_OURS, str(sorted(asked.given().items()))).urn,
        updated=max((event.updated_at for event in found), default=here.now()),
        base=str(request.base_url).rstrip("/"),
        own_address=str(request.url),
    )
    return Response(body, media_type="application/atom+xml")


def entry_id(event: StoredConference) -> str:
    """An entry's id for ever: the same under every address that the page is reached by."""
    return uuid.uuid5(_OURS, f"{event.id} {event.first_seen_at.isoformat()}").urn

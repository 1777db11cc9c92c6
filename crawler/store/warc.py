"""One page as one WARC record, and back."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any

from attrs import asdict
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.items import Entry, Page

MAX_BODY = 64 * 2**20  # bytes of one body that are read; what a foreign file holds beyond is cut off
_LEVEL = 6  # of gzip: half a millisecond less for a page than at 9, which is what warcio takes, and no larger
_META = "WARC-JSON-Metadata"  # Heritrix's and Webrecorder's name for what no other header holds
_OF_THE_WIRE = {"content-encoding", "transfer-encoding", "content-length"}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_BREAKS = re.compile(r"[\x00-\x1f\x7f]+")
_NOT_IN_HEADERS = re.compile(r"[^\x20-\x7e]")  # warcio's own escaping fails on some values
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]")
_SITE_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")


def member(page: Page) -> tuple[bytes, str]:
    """A page as one gzip member holding one response record, and the record's id.

    The body is kept as the parser saw it, so the headers that speak of the wire (its compression, its chunks) go.
    """
    headers = [
        (name, _NOT_IN_HEADERS.sub(_percent, _BREAKS.sub(" ", value)))
        for name, value in page.headers.items()
        if name.lower() not in _OF_THE_WIRE and _TOKEN.fullmatch(name)
    ]
    moment = (page.fetched_at or datetime.now(UTC)).astimezone(UTC)
    out = BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    record = writer.create_warc_record(
        _NOT_IN_URLS.sub(_percent, page.url),
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),
        http_headers=StatusAndHeaders(
            _status_line(page.status), [*headers, ("content-length", str(len(page.body)))], protocol="HTTP/1.1"
        ),
        warc_headers_dict={"WARC-Date": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z", _META: json.dumps(_metadata(page))},
    )
    writer.write_record(record)
    return gzip.compress(out.getvalue(), _LEVEL), str(record.rec_headers.get_header("WARC-Record-ID"))


def information(name: str) -> bytes:
    """The warcinfo record that opens a file, as one gzip member."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    info = {"software": "huixun", "format": "WARC File Format 1.1"}
    writer.write_record(writer.create_warcinfo_record(name, info))
    return gzip.compress(out.getvalue(), _LEVEL)


def page(record: ArcWarcRecord) -> Page | None:
    """The page of a response or resource record; None for every other record. Raises EOFError for a torn one."""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if record.rec_type not in ("response", "resource") or not url.strip("<>").startswith(("http://", "https://")):
        return None
    headers, status = {"content-type": record.content_type or ""}, 200
    if record.http_headers is not None:
        headers = {name.lower(): value for name, value in record.http_headers.headers}
        status = int(record.http_headers.get_statuscode())
    meta = _read_metadata(record.rec_headers.get_header(_META))
    return Page(
        url=_text(meta, "url") or url.strip("<>"),
        body=_body(record),
        headers=headers,
        status=status,
        fetched_at=None if meta.get("undated") else _moment(record.rec_headers.get_header("WARC-Date")),
        requested_url=_text(meta, "requested_url"),
        rendered=meta.get("rendered") is True,
        site_id=site if (site := _text(meta, "site_id")) and _SITE_ID.fullmatch(site) else None,
        entry=_entry(meta.get("entry")),
    )


def _body(record: ArcWarcRecord) -> bytes:
    stream, pieces, size = record.content_stream(), [], 0
    while size < MAX_BODY and (piece := stream.read(min(65_536, MAX_BODY - size))):
        pieces.append(piece)
        size += len(piece)
    if size < MAX_BODY and getattr(record.raw_stream, "limit", 0) > 0:
        raise EOFError("its last record is torn")
    return b"".join(pieces)


def _metadata(page: Page) -> dict[str, Any]:
    """What a Page holds beyond address, time, headers and body; only what is set."""
    facts = {
        "url": page.url if _NOT_IN_URLS.search(page.url) else None,
        "requested_url": page.requested_url,
        "rendered": page.rendered or None,
        "site_id": page.site_id,
        "entry": asdict(page.entry) if page.entry else None,
        "undated": True if page.fetched_at is None else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _read_metadata(text: str | None) -> Mapping[str, Any]:
    """Other programs write this header too: what is not ours is not read."""
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) else None


def _entry(data: Any) -> Entry | None:
    if not isinstance(data, dict) or not (url := _text(data, "url")):
        return None
    return Entry(
        url=url,
        title=_text(data, "title") or "",
        listed_on=_text(data, "listed_on"),
        listing_url=_text(data, "listing_url"),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} -"


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))

"""`huixun read`: pages in as JSON Lines, results out as JSON Lines; no store and no network.

One line out for every line in, in the same order, whatever happens: a line that is no page and a page that kills its
worker each give ``outcome: failed`` with a reason.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import attrs
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from crawler.catalog import Catalog
from crawler.clean import clean
from crawler.garbage import settle
from crawler.items import Article, Document, Fix, Outcome, Page, Provenance, Rejected, Report, SpamBlock
from crawler.topics import Topics

PAGE_SECONDS = 60
MAX_LINE = 128 * 2**20  # characters; a page of 50 MB is 67 MB of base64

_NAMES = ("url", "outcome", "reason", "title", "title_hans", "label", "original_title", "date", "source", "author")
_EMPTY: Mapping[str, Any] = dict.fromkeys((*_NAMES, "text", "text_hans", "charset", "script")) | {
    "provenance": {"verdict": "unknown", "site_code": None, "icp": None, "owner_region": None, "original_url": None},
    "spam": {"blocks": 0, "chars": 0},
    "fixes": (),
    "attachments": (),
    "conference": None,
}


class LineError(ValueError):
    """A line of input that is no page; the message says why."""


def page_of(line: str) -> Page:
    """Read one line of input. Raises LineError."""
    if len(line) > MAX_LINE:
        raise LineError(f"the line is longer than {MAX_LINE} characters")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise LineError("not a JSON object")
    url, body = data.get("url"), data.get("html_b64")
    if not isinstance(url, str) or not isinstance(body, str):
        raise LineError("`url` and `html_b64` must be there, as strings")
    try:
        urlsplit(url)
    except ValueError as error:
        raise LineError(f"url: {error}") from None
    try:
        raw = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LineError(f"html_b64: {error}") from None
    headers = data.get("headers") or {}
    if not isinstance(headers, dict):
        raise LineError("`headers` must be an object")
    return Page(
        url=url,
        body=raw,
        headers={str(name).lower(): str(value) for name, value in headers.items()},
        fetched_at=_time(data.get("fetched_at")),
    )


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise LineError(f"fetched_at: {error}") from None
    return moment if moment.tzinfo else moment.astimezone()


def read_line(line: str, *, catalog: Catalog, topics: Topics, spans: bool = False) -> dict[str, Any]:
    """The result for one line of input. Never raises."""
    try:
        page = page_of(line)
    except LineError as error:
        return failed(_url_in(line), str(error))
    return result(clean(page, catalog=catalog, topics=topics), spans=spans)


def _url_in(line: str) -> str | None:
    try:
        url = json.loads(line[:MAX_LINE])["url"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return url if isinstance(url, str) else None


def failed(url: str | None, reason: str) -> dict[str, Any]:
    """The result of a line for which nothing could be done."""
    return dict(_EMPTY) | {
        "url": url,
        "outcome": Outcome.FAILED.value,
        "reason": reason,
        "fixes": [],
        "attachments": [],
    }


def result(value: Report | Rejected, *, spans: bool = False) -> dict[str, Any]:
    """The line out for a cleaned page: everything that was understood before the end or the refusal."""
    if isinstance(value, Report):
        outcome = Outcome.MIRROR if value.provenance.verdict == "mirror" else Outcome.NEW
        head = {"url": value.article.document.page.url, "outcome": outcome.value, "reason": None}
        return {
            **_EMPTY,
            **head,
            **_article(value.article),
            "provenance": _provenance(value.provenance),
            "conference": value.conference.as_dict(spans=spans),
        }
    head = {"url": value.page.url, "outcome": value.outcome.value, "reason": value.reason}
    last = value.last
    if isinstance(last, Report):
        last = last.article
    facts = _article(last) if isinstance(last, Article) else _document(last) if isinstance(last, Document) else {}
    return {**_EMPTY, "fixes": [], "attachments": [], **head, **facts}


def _document(document: Document) -> dict[str, Any]:
    return {
        "charset": document.charset,
        "script": document.script,
        "provenance": _provenance(document.provenance),
        "spam": _spam(document.spam_blocks),
        "fixes": _fixes(document.fixes),
    }


def _article(article: Article) -> dict[str, Any]:
    return _document(article.document) | {
        "title": article.title,
        "title_hans": article.title_hans,
        "label": article.label,
        "original_title": article.original_title,
        "date": article.date,
        "source": article.source or None,
        "author": article.author or None,
        "text": article.text,
        "text_hans": article.text_hans,
        "fixes": _fixes(article.all_fixes),
        "attachments": [attrs.asdict(attachment) for attachment in article.attachments],
    }


def _fixes(fixes: Iterable[Fix]) -> list[dict[str, Any]]:
    return [attrs.asdict(fix) for fix in fixes]


def _spam(blocks: tuple[SpamBlock, ...]) -> dict[str, int]:
    return {"blocks": len(blocks), "chars": sum(len(block.text) for block in blocks)}


def _provenance(provenance: Provenance | None) -> dict[str, Any]:
    value = provenance or Provenance(verdict="unknown")
    names = ("verdict", "site_code", "icp", "owner_region", "original_url")
    return {name: getattr(value, name) for name in names} | {"marks": list(value.marks)}


def dump(data: Mapping[str, Any]) -> str:
    """One line of JSON, Chinese readable, lone surrogates of broken input made harmless."""
    return json.dumps(data, ensure_ascii=False, default=list).encode("utf-8", "replace").decode("utf-8")


def read_all(
    lines: Iterable[str], *, catalog: Catalog, topics: Topics, workers: int = 0, spans: bool = False
) -> Iterator[str]:
    """The results for all lines, in order: in this process, or in so many others that a page may kill."""
    if workers == 0:
        return (dump(read_line(line, catalog=catalog, topics=topics, spans=spans)) for line in lines)
    return _read_in_workers(lines, catalog, topics, workers, spans)


def _read_in_workers(
    lines: Iterable[str], catalog: Catalog, topics: Topics, workers: int, spans: bool
) -> Iterator[str]:
    """Holds a few lines a worker at most, so that memory stays flat however long the input is."""
    waiting: deque[tuple[str, ProcessFuture[str]]] = deque()
    with ProcessPool(max_workers=workers, initializer=_start_worker, initargs=(catalog, topics, spans)) as pool:
        for line in lines:
            waiting.append((line, pool.schedule(_work, args=(line,), timeout=PAGE_SECONDS)))
            if len(waiting) >= 8 * workers:
                yield _answer(*waiting.popleft())
        while waiting:
            yield _answer(*waiting.popleft())


def _answer(line: str, future: ProcessFuture[str]) -> str:
    try:
        return future.result()
    except TimeoutError:
        reason = f"took longer than {PAGE_SECONDS} seconds"
    except ProcessExpired as error:
        reason = f"the page killed its worker (exit code {error.exitcode})"
    return dump(failed(_url_in(line), reason))


_worker: dict[str, Any] = {}


def _start_worker(catalog: Catalog, topics: Topics, spans: bool) -> None:
    settle()
    _worker.update(catalog=catalog, topics=topics, spans=spans)


def _work(line: str) -> str:
    return dump(read_line(line, **_worker))

"""`huixun import`: files pages from JSON Lines or WARC files as if they had been crawled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crawler.clean import clean
from crawler.items import Outcome, Page, Rejected
from crawler.read import LineError, page_of
from crawler.run import Run
from crawler.store import StoreError
from crawler.store.snapshots import pages_of


def import_files(files: list[Path], run: Run, *, baseline: bool | None = None) -> Iterator[dict[str, Any]]:
    """File every page; gives for each its address, outcome and reason. A bad line or record is one of them."""
    for path in files:
        for page in _pages(path):
            yield _file(page, run, baseline) if isinstance(page, Page) else page | {"file": str(path)}


def _file(page: Page, run: Run, baseline: bool | None) -> dict[str, Any]:
    value = clean(run.keep(page), catalog=run.catalog, topics=run.topics)
    outcome = run.file(value, baseline=baseline)
    reason = value.reason if isinstance(value, Rejected) else None
    return {"url": page.url, "outcome": outcome.value, "reason": reason}


def _pages(path: Path) -> Iterator[Page | dict[str, Any]]:
    try:
        if path.name.removesuffix(".gz").endswith(".warc"):
            yield from pages_of(path)
            return
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield page_of(line)
                except LineError as error:
                    yield _failed(f"line {number}: {error}")
    except (OSError, StoreError) as error:
        yield _failed(str(error))


def _failed(reason: str) -> dict[str, Any]:
    return {"url": None, "outcome": Outcome.FAILED.value, "reason": reason}

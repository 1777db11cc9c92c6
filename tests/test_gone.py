"""A report whose page disappears is noted as gone, and the original of a mirror is sought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.answers import judge
from crawler.catalog import Catalog, Site
from crawler.filing import file_rejected, originals
from crawler.items import Entry, Outcome, Provenance, Rejected, Report
from crawler.run import Run
from crawler.store import Store, entries, reports
from tests.factories import NOW, page, report
from tests.filers import DAY, file, watch
from tests.quarantined import article, file_at, run_in

URL = "http://jyj.yunxi.gov.cn/1.html"
MIRROR = "http://www.copies.com/1.html"
OWN = Site.model_validate(
    {
        "id": "yunxi-jyj",
        "name": "云溪市教育局",
        "region": "450200",
        "level": "city",
        "kind": "education",
        "homepage": "http://jyj.yunxi.gov.cn/",
    }
)
CATALOG = Catalog([OWN])


@pytest.fixture
def run(tmp_path: Path, store_url: str) -> Iterator[Run]:
    with run_in(tmp_path, store_url) as opened:
        yield opened


def missing(store: Store, now: datetime, status: int = 404, **facts: object) -> None:
    answer = judge(page(**({"url": URL, "status": status} | facts)))
    assert isinstance(answer, Rejected)
    with store.begin() as conn:
        file_rejected(conn, answer, now=now)


def noted(store: Store) -> tuple[datetime | None, datetime | None]:
    with store.read() as conn:
        filed = reports.by_url(conn, URL)
    assert filed is not None
    return filed.missed_at, filed.gone_at


def test_twice_missing_days_apart_is_gone_and_it_may_come_back(store: Store) -> None:
    file(watch(store), report(URL))
    missing(store, NOW)
    missing(store, NOW + 1.9 * DAY)
    assert noted(store) == (NOW, None), "a site that is rebuilt is not gone"
    missing(store, NOW + 2 * DAY, status=410)
    missing(store, NOW + 5 * DAY)
    assert noted(store) == (NOW, NOW + 2 * DAY)
    file(store, report(URL), now=NOW + 6 * DAY)
    assert noted(store) == (None, None)
    missing(store, NOW + 7 * DAY)
    assert noted(store) == (NOW + 7 * DAY, None), "counted anew"


def test_a_site_that_is_down_takes_nothing_away(store: Store) -> None:
    file(watch(store), report(URL))
    for day in (0, 3):
        missing(store, NOW + day * DAY, status=503)
    assert noted(store) == (None, None)


def test_a_page_that_is_redirected_to_an_error_page_is_missing_too(store: Store) -> None:
    file(watch(store), report(URL))
    for day in (0, 3):
        missing(store, NOW + day * DAY, url="http://jyj.yunxi.gov.cn/404.html", requested_url=URL)
    assert noted(store) == (NOW, NOW + 3 * DAY)


def test_what_was_not_modified_is_there(store: Store) -> None:
    file(watch(store), report(URL))
    missing(store, NOW)
    with store.begin() as conn:
        reports.came_back(conn, [URL])
    assert noted(store) == (None, None)


def mirror_of(original: str | None, verdict: str = "mirror") -> Report:
    value = report(MIRROR, verdict="mirror")
    return Report(
        article=value.article,
        conference=value.conference,
        provenance=Provenance(verdict=verdict, original_url=original),  # type: ignore[arg-type]
    )


def waiting(store: Store) -> list[tuple[str, bool]]:
    with store.read() as conn:
        return [(row.entry.url, row.baseline) for row in entries.pending(conn, now=NOW, limit=9, site_id="yunxi-jyj")]


def test_the_original_of_a_mirror_is_to_be_fetched_once(store: Store) -> None:
    for again in (True, False):
        with store.begin() as conn:
            assert originals.seek(conn, mirror_of(URL), CATALOG, now=NOW) is again
    assert waiting(store) == [(URL, False)]


@pytest.mark.parametrize(
    "value",
    [
        mirror_of(None),
        mirror_of("http://www.elsewhere.com/1.html"),
        mirror_of("http://[broken/1.html"),
        mirror_of(URL, verdict="reprint"),
    ],
)
def test_nothing_else_is_sought(store: Store, value: Report) -> None:
    with store.begin() as conn:
        assert not originals.seek(conn, value, CATALOG, now=NOW)
    assert waiting(store) == []


def test_a_known_report_is_not_sought(store: Store) -> None:
    file(watch(store), report(URL))
    with store.begin() as conn:
        assert not originals.seek(conn, mirror_of(URL), CATALOG, now=NOW)


def test_an_original_that_was_not_found_is_asked_for_again_when_a_listing_names_it(store: Store) -> None:
    found = Entry(url=URL, title="全市教育大会", listing_url="http://jyj.yunxi.gov.cn/list.html")
    look = {"site_id": "yunxi-jyj", "entries": [found], "wanted": {URL}, "now": NOW, "baseline": False}
    with store.begin() as conn:
        originals.seek(conn, mirror_of(URL), CATALOG, now=NOW)
    missing(store, NOW)
    assert waiting(store) == []
    with store.begin() as conn:
        entries.add(conn, **look, listing_url=found.listing_url)  # type: ignore[arg-type]
    assert waiting(store) == [(URL, False)]
    missing(store, NOW)
    with store.begin() as conn:
        entries.add(conn, **look, listing_url=found.listing_url)  # type: ignore[arg-type]
    assert waiting(store) == [], "a listing's own dead link is not asked for at every look"


def test_the_original_replaces_the_mirror_that_came_first(run: Run) -> None:
    path = "202411/t20241102_123456.html"
    footer = "主办：云溪市教育局 网站标识码：4502000051 桂ICP备05000001号"
    assert file_at(run, f"http://www.copies.com/{path}", article(footer=footer)) is Outcome.MIRROR
    with run.store.read() as conn:
        (sought,) = entries.pending(conn, now=NOW + timedelta(hours=1), limit=9, unlisted=True)
        mirror = reports.by_url(conn, f"http://www.copies.com/{path}")
    assert sought.entry.url == f"http://jyj.yunxi.gov.cn/{path}"
    assert mirror is not None
    assert (mirror.conference_id, mirror.shown_url) == (None, sought.entry.url)
    assert file_at(run, sought.entry.url, article(footer=footer)) is Outcome.NEW
    with run.store.read() as conn:
        mirror, own = (reports.by_url(conn, url) for url in (mirror.url, sought.entry.url))
        assert mirror is not None
        assert own is not None
        assert mirror.conference_id == own.conference_id
        assert entries.count_pending(conn) == 0

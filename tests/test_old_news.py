"""Conferences of long ago that are told of again, and servers that call every state of a list by one name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from scrapy import Request
from twisted.python.failure import Failure

from crawler.filing.baseline import PAST, is_past
from crawler.items import Outcome
from crawler.store import Store, listings, open_store
from crawler.store.listings import PLAINLY, Validators, believable
from spiders.fetched import HostFailed, refusal_of
from tests.factories import NOW, conference, entry, report
from tests.filers import file, told, watch

DAY = timedelta(days=1)
LIST = "http://jyj.yunxi.gov.cn/list.html"


@pytest.fixture
def watched(store_url: str) -> Iterator[Store]:
    store = watch(open_store(store_url))
    yield store
    store.close()


@pytest.mark.parametrize(
    ("facts", "past"),
    [
        ({"held_on": "2024-10-31"}, False),
        ({"held_on": f"{(NOW - PAST + DAY).date()}"}, False),
        ({"held_on": f"{(NOW - PAST - DAY).date()}"}, True),
        ({"held_on": "2023-03-05", "year": 2023}, True),
        ({"held_on": None, "year": 2023}, True),
        ({"held_on": None, "year": 2024}, False),
        ({"held_on": None, "year": None}, False),
        ({"held_on": "--03-05", "year": None}, False),
        ({"held_on": "--03-05", "year": 2022}, True),
    ],
)
def test_a_conference_is_past_a_season_after_it_was_held(facts: dict[str, str | int | None], past: bool) -> None:
    assert is_past(conference(**facts), NOW) is past


def test_the_last_year_counts_until_its_season_is_over() -> None:
    last_year = conference(held_on=None, year=2023)
    assert not is_past(last_year, NOW.replace(month=3, day=1))
    assert is_past(last_year, NOW.replace(month=4, day=2))


def test_an_old_report_put_up_again_alerts_nobody(watched: Store) -> None:
    old = conference(held_on="2023-10-31", year=2023)
    assert file(watched, report(date="2024-11-04", record=old)).outcome is Outcome.NEW
    assert told(watched) == [("old-too", "conference")]


def test_a_page_that_says_no_year_is_as_old_as_its_conference(watched: Store) -> None:
    old = conference(held_on="2023-10-31", year=2023)
    file(watched, report(date="2023-11-01", record=old))
    again = report("http://jyj.yunxi.gov.cn/2.html", date="2024-11-04", record=conference(held_on=None, year=2023))
    file(watched, again)
    assert {name for name, _ in told(watched)} == {"old-too"}, "only who asked for old news"


SEEN = Validators(etag='"1"', last_modified="Mon, 04 Nov 2024 01:00:00 GMT", body_sha256="a")


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        (Validators(etag='"2"', last_modified=None, body_sha256="b"), '"2"'),
        (Validators(etag='"1"', last_modified=SEEN.last_modified, body_sha256="a"), '"1"'),
        (Validators(etag='"1"', last_modified=SEEN.last_modified, body_sha256="b"), ""),
    ],
)
def test_tags_that_stay_over_a_change_are_not_believed(new: Validators, kept: str) -> None:
    assert believable(new, SEEN).etag == kept
    assert believable(new, None) == new


def test_a_liar_is_not_believed_again() -> None:
    found_out = believable(Validators(etag='"1"', last_modified=SEEN.last_modified, body_sha256="b"), SEEN)
    assert believable(Validators(etag='"9"', body_sha256="c"), found_out) == Validators(
        etag="", last_modified="", body_sha256="c"
    )


def test_a_site_without_tags_is_no_liar() -> None:
    plain = Validators(body_sha256="a")
    assert believable(Validators(body_sha256="b"), plain) == Validators(body_sha256="b")


def test_a_listing_is_asked_for_plainly_once_a_day(watched: Store) -> None:
    with watched.begin() as conn:
        facts = {"site_id": "yunxi-jyj", "listing_url": LIST, "entries": [entry(1)], "wanted": [], "baseline": True}
        listings.record_look(conn, validators=SEEN, now=NOW, **facts)
        assert listings.to_ask_with(conn, LIST, now=NOW + PLAINLY / 2) == SEEN
        later = NOW + PLAINLY + timedelta(minutes=1)
        assert listings.to_ask_with(conn, LIST, now=later) is None
        assert listings.validators(conn, LIST) == SEEN
        listings.had(conn, LIST, now=later)
        assert listings.to_ask_with(conn, LIST, now=later) == SEEN


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [(521, Outcome.CHALLENGED, "challenge, http 521"), (503, Outcome.FAILED, "server error, http 503")],
)
def test_a_robots_txt_that_fails_says_how(status: int, outcome: Outcome, reason: str) -> None:
    failure = Failure(HostFailed(status, {"retry-after": "60"}))
    failure.request = Request(LIST)  # type: ignore[attr-defined]  # as Scrapy does
    refused = refusal_of(failure, now=NOW, site_id="yunxi-jyj")
    assert (refused.outcome, refused.reason, refused.temporary) == (outcome, f"{reason} for robots.txt", True)
    assert refused.page.headers == {"retry-after": "60"}

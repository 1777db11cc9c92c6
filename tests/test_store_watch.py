"""What is watched and what was done: sources, listings, entries, runs, outcomes, on both databases."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection

from crawler.items import Entry, Outcome, SnapshotRef
from crawler.store import (
    Store,
    entries,
    listings,
    outcomes,
    runs,
    sources,
    turns,
)
from crawler.store.listings import Validators
from tests import factories
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


def claim(
    conn: Connection, owner: str, *, sites: tuple[str, ...] = ("a", "b", "c"), now: datetime = NOW, limit: int = 9
) -> list[str]:
    return sources.claim_due(conn, site_ids=sites, now=now, limit=limit, owner=owner, lease_seconds=60)


def test_sites_never_seen_are_due_and_have_one_owner(store: Store) -> None:
    with store.begin() as conn:
        assert claim(conn, "one", limit=2) == ["a", "b"]
        assert claim(conn, "two") == ["c"]
        assert claim(conn, "three") == []


def test_only_the_named_sites_are_claimed(store: Store) -> None:
    with store.begin() as conn:
        claim(conn, "one", sites=("gone",))
        sources.release(conn, owner="one")
        assert claim(conn, "two", sites=("a",)) == ["a"]
        assert claim(conn, "two", sites=()) == []


def test_a_lease_that_ran_out_is_free(store: Store) -> None:
    with store.begin() as conn:
        claim(conn, "one", sites=("a",))
        assert sources.leased(conn, now=NOW + timedelta(seconds=59)) == ["a"]
        assert sources.leased(conn, now=NOW + timedelta(seconds=61)) == []
        assert claim(conn, "three", sites=("a",), now=NOW + timedelta(seconds=61)) == ["a"]


def test_a_finished_look_frees_the_site_until_it_is_due(store: Store) -> None:
    with store.begin() as conn:
        claim(conn, "one", sites=("a",))
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW + MINUTE)
        assert claim(conn, "two", sites=("a",)) == []
        assert claim(conn, "two", sites=("a",), now=NOW + MINUTE) == ["a"]


def test_the_longest_due_come_first_and_those_never_seen_before_all(store: Store) -> None:
    with store.begin() as conn:
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW + 2 * MINUTE)
        sources.finish_look(conn, site_id="b", now=NOW, next_due_at=NOW + MINUTE)
        claimed = [claim(conn, "one", now=NOW + 5 * MINUTE, limit=1) for _ in range(4)]
    assert claimed == [["c"], ["b"], ["a"], []]


def test_what_a_broken_crawl_left_is_put_off_and_waits_longer_each_time(store: Store) -> None:
    with store.begin() as conn:
        claim(conn, "one")
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW + 9 * MINUTE)
        sources.put_off(conn, site_ids=["a", "b"], now=NOW, seconds=60)
        sources.put_off(conn, site_ids=["c"], now=NOW, seconds=60, failure="it broke")
        sources.put_off(conn, site_ids=["c"], now=NOW + MINUTE, seconds=60, failure="it broke")
        found = {state.site_id: state for state in sources.all_states(conn)}
    assert [found[name].next_due_at for name in "abc"] == [NOW + 9 * MINUTE, NOW + MINUTE, NOW + 3 * MINUTE]
    assert [(found[name].failures, found[name].failure) for name in "bc"] == [(0, None), (2, "it broke")]


def test_the_first_look_keeps_its_time_and_failures_are_counted(store: Store) -> None:
    with store.begin() as conn:
        assert sources.first_look(conn, "a") is None
        assert sources.begin_look(conn, site_id="a", now=NOW) == NOW
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW, failure="no answer")
        assert not sources.had_good_look(conn, "a")
        assert sources.begin_look(conn, site_id="a", now=NOW + MINUTE) == NOW
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW, failure="no answer")
        (state,) = sources.all_states(conn)
        assert (state.failures, state.failure) == (2, "no answer")
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW)
        (state,) = sources.all_states(conn)
        assert (state.failures, state.failure) == (0, None)
        assert sources.had_good_look(conn, "a")


def test_what_looks_taught_is_kept_and_a_hijacked_site_stays_one(store: Store) -> None:
    ok = factories.learned("ok")
    with store.begin() as conn:
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW, learned=ok)
        assert sources.learned(conn, ["a", "b"]) == {"a": ok}
        assert sources.turn(conn, site_id="a", why="spam", now=NOW)
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW, learned=ok)
        assert sources.all_states(conn)[0].state == "hijacked"
        assert sources.requests_per_day(conn, ["a"]) == 24
        found = turns.recent(conn, site_id="a", since=NOW)
    assert [(turn.from_state, turn.to_state, turn.reason) for turn in found] == [("ok", "hijacked", "spam")]


def test_turns_are_read_on_from_the_last_one_told(store: Store) -> None:
    with store.begin() as conn:
        for number, state in enumerate(("changed", "ok")):
            turns.add(conn, site_id="a", at=NOW + number * MINUTE, from_state="-", to_state=state, reason="")
        first, second = turns.after(conn, 0)
        assert (first.to_state, turns.after(conn, first.id)) == ("changed", [second])
        assert turns.recent(conn, since=NOW + MINUTE) == [second]
        assert turns.recent(conn, site_id="b") == []


def test_the_latest_entries_of_a_site_are_told_with_their_dates(store: Store) -> None:
    look(store, [factories.entry(number) for number in range(3)])
    with store.begin() as conn:
        assert len(entries.first_seen(conn, site_id="yunxi-jyj")) == 3
        assert entries.first_seen(conn, site_id="yunxi-jyj", limit=2)[0].first_seen_at == NOW
        assert entries.first_seen(conn, site_id="yunxi-jyj", after=NOW) == []
        assert entries.first_seen(conn, site_id="b") == []


LISTING = "http://jyj.yunxi.gov.cn/list.html"


def look(store: Store, rows: list[Entry], *, wanted: set[str] | None = None, baseline: bool = False) -> int:
    with store.begin() as conn:
        return listings.record_look(
            conn,
            site_id="yunxi-jyj",
            listing_url=LISTING,
            entries=rows,
            wanted={row.url for row in rows} if wanted is None else wanted,
            validators=Validators(etag='"1"', body_sha256="0" * 64),
            now=NOW,
            baseline=baseline,
        )


def waiting(store: Store, now: datetime = NOW) -> list[str]:
    with store.read() as conn:
        return [row.entry.url for row in entries.pending(conn, site_id="yunxi-jyj", now=now, limit=100)]


def test_a_look_saves_unseen_entries_once_and_the_validators_with_them(store: Store) -> None:
    rows = [factories.entry(number) for number in range(3)]
    assert look(store, rows) == 3
    assert look(store, [factories.entry(9), *rows, rows[0]]) == 1
    assert waiting(store) == [row.url for row in (*rows, factories.entry(9))]
    with store.read() as conn:
        assert listings.validators(conn, LISTING) == Validators(etag='"1"', body_sha256="0" * 64)
        assert listings.validators(conn, LISTING + "?2") is None
        assert entries.count_pending(conn) == 4


def test_a_kill_within_a_look_leaves_neither_entries_nor_validators(store: Store) -> None:
    with suppress(RuntimeError), store.begin() as conn:
        listings.record_look(
            conn,
            site_id="yunxi-jyj",
            listing_url=LISTING,
            entries=[factories.entry(1)],
            wanted=[],
            validators=Validators(etag="x"),
            now=NOW,
            baseline=False,
        )
        raise RuntimeError("killed")
    with store.read() as conn:
        assert listings.validators(conn, LISTING) is None
        assert entries.known(conn, [factories.entry(1).url]) == set()


def test_an_entry_that_is_not_wanted_is_remembered_and_may_be_wanted_later(store: Store) -> None:
    rows = [factories.entry(1), factories.entry(2)]
    look(store, rows, wanted={rows[0].url})
    assert waiting(store) == [rows[0].url]
    assert look(store, rows) == 0
    assert waiting(store) == [row.url for row in rows]


def test_news_is_fetched_before_what_was_there_at_the_first_look(store: Store) -> None:
    look(store, [factories.entry(1), factories.entry(2)], baseline=True)
    look(store, [factories.entry(3)])
    assert waiting(store) == [factories.entry(number).url for number in (3, 1, 2)]


def test_a_settled_entry_is_fetched_no_more(store: Store) -> None:
    row = factories.entry(1)
    look(store, [row])
    with store.begin() as conn:
        entries.settle(conn, url=row.url, outcome=Outcome.OFF_TOPIC, now=NOW)
    look(store, [row])
    assert waiting(store) == []


def test_sites_without_pages_to_fetch_or_reports_to_look_at_again_have_no_work(store: Store) -> None:
    rows = [factories.entry(number) for number in range(4)]
    with store.begin() as conn:
        for row, site_id, wanted in zip(rows, "abcd", (True, False, True, True), strict=True):
            entries.add(conn, site_id=site_id, entries=[row], wanted=[row.url][:wanted], now=NOW, baseline=False)
        entries.settle(conn, url=rows[2].url, outcome=Outcome.OFF_TOPIC, now=NOW)
        entries.settle(conn, url=rows[3].url, outcome=Outcome.NEW, now=NOW)
        assert entries.sites_with_work(conn) == {"a", "d"}


def test_a_failed_fetch_waits_and_is_given_up_in_the_end(store: Store) -> None:
    row = factories.entry(1)
    look(store, [row])

    def fail() -> bool:
        with store.begin() as conn:
            return entries.retry_later(conn, url=row.url, now=NOW, reason="503")

    assert fail()
    assert waiting(store) == []
    assert waiting(store, NOW + timedelta(hours=1)) == []
    assert waiting(store, NOW + timedelta(hours=2)) == [row.url]
    assert [fail() for _ in range(entries.MAX_ATTEMPTS - 1)] == [True] * (entries.MAX_ATTEMPTS - 2) + [False]
    with store.begin() as conn:
        assert not entries.retry_later(conn, url="http://x.cn/", now=NOW, reason="")


def test_an_address_too_long_for_an_index_is_left_out(store: Store) -> None:
    long = Entry(url="http://a.cn/" + "".join(chr(0x4E00 + i) for i in range(3000)), title="长")
    assert look(store, [long, factories.entry(1)]) == 1


def test_more_urls_than_one_statement_takes_are_known(store: Store) -> None:
    rows = [factories.entry(number) for number in range(1300)]
    assert look(store, rows) == 1300
    with store.read() as conn:
        assert len(entries.known(conn, [row.url for row in rows] + ["http://x.cn/"])) == 1300


def test_report_pages_are_due_again_for_some_days(store: Store) -> None:
    report, other = factories.entry(1), factories.entry(2)
    look(store, [report, other])
    with store.begin() as conn:
        entries.settle(conn, url=report.url, outcome=Outcome.NEW, now=NOW)
        entries.settle(conn, url=other.url, outcome=Outcome.OFF_TOPIC, now=NOW)
        entries.checked(conn, url=report.url, now=NOW, etag='"v1"')

    def due(now: datetime) -> list[str | None]:
        with store.read() as conn:
            pages = entries.due_again(conn, site_id="yunxi-jyj", now=now, days=7, every=3600)
            return [page.etag for page in pages]

    day = timedelta(days=1)
    assert due(NOW + 59 * MINUTE) == []
    assert due(NOW + 60 * MINUTE) == ['"v1"']
    with store.begin() as conn:
        entries.settle(conn, url=report.url, outcome=Outcome.FAILED, now=NOW + day)
    assert due(NOW + day) == [], "it was just looked at"
    assert due(NOW + 2 * day) == ['"v1"'], "one bad answer does not end it"
    with store.begin() as conn:
        entries.checked(conn, url=report.url, now=NOW + 2 * day)
    assert due(NOW + 2 * day) == [], "not modified counts as a look"
    assert due(NOW + 3 * day) == ['"v1"']
    assert due(NOW + 8 * day) == []


def test_a_run_that_never_finished_shows(store: Store) -> None:
    with store.begin() as conn:
        runs.start(conn, run_id="killed", kind="crawl", sites=("a",), now=NOW)
        runs.start(conn, run_id="good", kind="import", now=NOW + MINUTE)
        runs.finish(conn, run_id="good", reason="finished", counts={"new": 2}, now=NOW + 2 * MINUTE)
        assert [run.id for run in runs.recent(conn)] == ["good", "killed"]
        killed = runs.get(conn, "killed")
        good = runs.get(conn, "good")
    assert good is not None
    assert killed is not None
    assert killed.finished_at is None
    assert (good.reason, good.counts, good.finished_at) == ("finished", {"new": 2}, NOW + 2 * MINUTE)


def test_outcomes_are_counted_and_refusals_kept_with_their_evidence(store: Store) -> None:
    ref = SnapshotRef(id="<urn:uuid:1>", file="a.warc.gz", offset=2**40, sha256="0" * 64)
    with store.begin() as conn:
        runs.start(conn, run_id="r", kind="crawl", now=NOW)
        for outcome in (Outcome.NEW, Outcome.SPAM, Outcome.OFF_TOPIC, Outcome.SPAM):
            outcomes.record(
                conn,
                run_id="r",
                url="http://a.cn/",
                site_id="a",
                outcome=outcome,
                reason="why",
                stage="despam",
                evidence=["赌场"],
                snapshot=ref,
                now=NOW,
            )
        outcomes.record(conn, run_id=None, url="http://b.cn/", site_id=None, outcome=Outcome.NEW, now=NOW)
        assert outcomes.counts(conn, "r") == {"new": 1, "off_topic": 1, "spam": 2}
        assert outcomes.counts(conn) == {"new": 2, "off_topic": 1, "spam": 2}
        spam = outcomes.quarantine(conn, outcome=Outcome.SPAM)
        assert [page.outcome for page in outcomes.quarantine(conn)] == [Outcome.SPAM, Outcome.OFF_TOPIC, Outcome.SPAM]
    assert (spam[0].evidence, spam[0].snapshot, spam[0].stage) == (("赌场",), ref, "despam")

"""The contract of the store: every test here runs on a real SQLite file and on a real PostgreSQL."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from crawler.items import Entry, Outcome, SnapshotRef
from crawler.store import (
    Store,
    StoreError,
    conferences,
    entries,
    fingerprints,
    listings,
    newest,
    open_store,
    outbox,
    outcomes,
    relations,
    reports,
    revision,
    runs,
    search,
    sources,
    upgrade,
)
from crawler.store.listings import Validators
from crawler.store.search import Query
from crawler.store.tables import metadata
from tests import factories
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


# --- opening -----------------------------------------------------------------------------------------------------


def test_a_new_store_is_made_with_its_folder_and_says_its_revision(empty_url: str) -> None:
    assert revision(empty_url) is None
    assert upgrade(empty_url) == newest() == revision(empty_url)
    assert upgrade(empty_url) == newest(), "a second time changes nothing"


def test_migrations_make_the_very_tables_that_the_program_uses(store: Store) -> None:
    with store.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_store_of_a_newer_program_is_refused(store: Store, store_url: str) -> None:
    with store.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer Huixun"):
        open_store(store_url)


def test_a_database_with_strange_tables_is_left_alone(empty_url: str) -> None:
    upgrade(empty_url)
    store = open_store(empty_url)
    with store.begin() as conn:
        conn.execute(text("DROP TABLE alembic_version"))
    store.close()
    with pytest.raises(StoreError, match="other tables"):
        open_store(empty_url)


def test_a_store_that_is_not_there_is_not_made_unless_asked(empty_url: str) -> None:
    with pytest.raises(StoreError, match="huixun db upgrade"):
        open_store(empty_url, upgrade=False)


def _open(url: str) -> str:
    open_store(url).close()
    return revision(url) or ""


def test_three_programs_may_start_on_one_new_store(empty_url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(_open, [empty_url] * 3) == [newest()] * 3


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:hidden@h/db", "cannot be kept in mysql"),
        ("no address", "no URL"),
        ("sqlite://", "in memory"),
        ("sqlite:////proc/nowhere/huixun.db", "cannot be made"),
        ("postgresql://me:hidden@127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_an_address_that_will_not_do_is_answered_with_one_sentence(url: str, says: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    message = str(caught.value)
    assert says in message
    assert "hidden" not in message
    assert "\n" not in message


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("a letter, and no database " * 100)
    with pytest.raises(StoreError, match="not a Huixun store"):
        open_store(f"sqlite:///{file}")
    assert file.read_text().startswith("a letter")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        open_store(f"sqlite:///{tmp_path}")


def test_sqlite_keeps_wal_and_foreign_keys(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    with store.read() as conn:
        assert conn.scalar(text("PRAGMA journal_mode")) == "wal"
        assert conn.scalar(text("PRAGMA foreign_keys")) == 1
    store.close()


# --- transactions and values -------------------------------------------------------------------------------------


def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    with suppress(RuntimeError), store.begin() as conn:
        runs.start(conn, run_id="r", kind="crawl", now=NOW)
        raise RuntimeError("in the middle")
    with store.read() as conn:
        assert runs.recent(conn) == []


def test_a_reading_transaction_cannot_write(store: Store) -> None:
    with pytest.raises((StoreError, DBAPIError)), store.read() as conn:
        runs.start(conn, run_id="r", kind="crawl", now=NOW)
    with store.begin() as conn:
        runs.start(conn, run_id="r", kind="crawl", now=NOW)


def test_a_reader_sees_the_last_commit_while_somebody_writes(store: Store) -> None:
    with store.begin() as writer:
        runs.start(writer, run_id="r", kind="crawl", now=NOW)
        with store.read() as reader:
            assert runs.recent(reader) == []


def test_times_come_back_in_utc_and_naive_ones_are_refused(store: Store) -> None:
    beijing = datetime(2024, 11, 4, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with store.begin() as conn:
        runs.start(conn, run_id="r", kind="crawl", now=beijing)
        started = runs.recent(conn)[0].started_at
        assert (started, started.tzinfo) == (beijing, UTC)
        with pytest.raises(Exception, match="without a zone"):
            sources.begin_look(conn, site_id="a", now=datetime(2024, 11, 4))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(title=st.text(alphabet=st.characters(codec=None), max_size=40), evidence=st.lists(st.text(max_size=20)))
def test_whatever_a_page_holds_can_be_stored(store: Store, title: str, evidence: list[str]) -> None:
    with store.begin() as conn:
        outcomes.record(
            conn,
            run_id=None,
            url="http://a.cn/" + title,
            site_id=None,
            outcome=Outcome.SPAM,
            reason=title,
            evidence=evidence,
            now=NOW,
        )
        stored = outcomes.recent(conn, limit=1)[0]
    clean = "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in title)
    assert stored.reason == clean
    assert len(stored.evidence) == len(evidence)


# --- sources -----------------------------------------------------------------------------------------------------


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


def test_a_lease_that_ran_out_is_free_unless_it_was_renewed(store: Store) -> None:
    with store.begin() as conn:
        claim(conn, "one", sites=("a",))
        claim(conn, "two", sites=("b",))
        assert sources.renew(conn, owner="two", now=NOW + 30 * timedelta(seconds=1), lease_seconds=60) == 1
        assert claim(conn, "three", sites=("a", "b"), now=NOW + 61 * timedelta(seconds=1)) == ["a"]


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


def test_the_first_look_keeps_its_time_and_failures_are_counted(store: Store) -> None:
    with store.begin() as conn:
        assert sources.first_look(conn, "a") is None
        assert sources.begin_look(conn, site_id="a", now=NOW) == NOW
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW, failure="no answer")
        assert not sources.had_good_look(conn, "a")
        assert sources.begin_look(conn, site_id="a", now=NOW + MINUTE) == NOW
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW, failure="no answer")
        (state,) = sources.all_states(conn)
        assert (state.state, state.failures, state.failure) == ("failing", 2, "no answer")
        sources.finish_look(conn, site_id="a", now=NOW, next_due_at=NOW)
        (state,) = sources.all_states(conn)
        assert (state.state, state.failures, state.failure) == ("ok", 0, None)
        assert sources.had_good_look(conn, "a")


# --- listings and entries ----------------------------------------------------------------------------------------

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


def test_a_failed_fetch_waits_and_is_given_up_in_the_end(store: Store) -> None:
    row = factories.entry(1)
    look(store, [row])

    def fail() -> bool:
        with store.begin() as conn:
            return entries.retry_later(conn, url=row.url, now=NOW, seconds=60, reason="503", max_attempts=3)

    assert fail()
    assert waiting(store) == []
    assert waiting(store, NOW + MINUTE) == [row.url]
    assert fail()
    assert not fail()
    with store.begin() as conn:
        assert not entries.retry_later(conn, url="http://x.cn/", now=NOW, seconds=1, reason="", max_attempts=3)


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


# --- runs and outcomes -------------------------------------------------------------------------------------------


def test_a_run_that_never_finished_shows(store: Store) -> None:
    with store.begin() as conn:
        runs.start(conn, run_id="killed", kind="crawl", sites=("a",), now=NOW)
        runs.start(conn, run_id="good", kind="import", now=NOW + MINUTE)
        runs.finish(conn, run_id="good", reason="finished", counts={"new": 2}, now=NOW + 2 * MINUTE)
        assert [run.id for run in runs.recent(conn)] == ["good", "killed"]
        assert [run.id for run in runs.unfinished(conn)] == ["killed"]
        good = runs.get(conn, "good")
    assert good is not None
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


# --- reports, relations, fingerprints ----------------------------------------------------------------------------


def put_report(store: Store, url: str = "http://a.cn/1", **facts: object) -> int:
    report = factories.report(url, **facts)  # type: ignore[arg-type]
    with store.begin() as conn:
        conference_id = conferences.create(conn, report.conference, published_on="2024-11-02", now=NOW)
        return reports.insert_report(
            conn, report, outcome=Outcome.NEW, conference_id=conference_id, baseline=False, now=NOW
        )


def test_a_report_comes_back_whole(store: Store) -> None:
    ref = SnapshotRef(id="<urn:uuid:1>", file="a.warc.gz", offset=7, sha256="0" * 64)
    made = factories.report("http://a.cn/1", snapshot=ref)
    report_id = put_report(store, snapshot=ref)
    with store.read() as conn:
        stored = reports.get(conn, report_id)
        assert reports.by_url(conn, "http://a.cn/1") == stored
        assert reports.with_body(conn, made.body_sha256) == [report_id]
    assert stored is not None
    assert stored.record == made.conference
    assert stored.provenance == made.provenance
    assert stored.fingerprints == made.fingerprints
    assert stored.snapshot == ref
    assert (stored.text, stored.title, stored.date) == (made.article.text, made.article.title, made.article.date)


def test_lists_are_filtered_by_place_kind_time_words_and_verdict(store: Store) -> None:
    near = put_report(store, "http://a.cn/1", text=factories.body(seed=1), date="2024-11-02T10:10")
    record = factories.conference(region_code="110000", level="province", kind="education_work")
    far = put_report(store, "http://b.cn/1", text="一百%的学校_都有操场。" * 9, date="2024-12-31", record=record)
    put_report(store, "http://c.cn/1", text="镜像。" * 9, verdict="mirror", date=None)

    def found(**wish: object) -> list[int]:
        with store.read() as conn:
            query = Query(**wish)  # type: ignore[arg-type]
            rows = search.find_reports(conn, query)
            assert search.count_reports(conn, query) == len(rows)
            return [row.id for row in rows]

    assert found() == [far, near]
    assert found(region="45") == found(kind="education_congress") == found(level="city") == [near]
    assert found(since="2024-11-02", until="2024-11-02") == [near]
    assert found(since="2024-11-03") == [far]
    assert found(words=("陸知行",)) == [near], "Traditional words find Simplified text"
    assert found(words=("%的",)) == found(words=("校_都",)) == [far], "signs of LIKE stand for themselves"
    assert found(words=("_的",)) == []
    assert found(words=("陆知行", "操场")) == []
    assert found(words=(" ",)) == []
    assert len(found(verdict="mirror")) == 1
    with store.read() as conn:
        assert [row.id for row in search.find_reports(conn, Query(), limit=1, offset=1)] == [near]
        exported = list(search.export_rows(conn, Query(verdict="mirror"), batch=1))
        held = [row.record.level for row in search.find_conferences(conn, Query(words=("操场",)))]
        assert search.count_conferences(conn, Query(region="11", since="2024-10-01")) == 1
    assert [row["url"] for row in exported] == [None], "a mirror's address is shown to nobody"
    assert held == ["province"]


def test_relations_lead_to_the_original_and_end_in_circles(store: Store) -> None:
    first, second, third = (put_report(store, f"http://a.cn/{number}") for number in range(3))
    with store.begin() as conn:
        assert relations.add(conn, from_id=third, to_id=second, kind="same_page_as", score=1.0, now=NOW)
        assert relations.add(conn, from_id=second, to_id=first, kind="reprint_of", score=0.98, now=NOW)
        assert not relations.add(conn, from_id=second, to_id=first, kind="reprint_of", score=0.5, now=NOW)
        assert not relations.add(conn, from_id=first, to_id=first, kind="reprint_of", score=1, now=NOW)
        assert relations.original(conn, third) == relations.original(conn, first) == first
        assert [(row.from_id, row.score) for row in relations.of(conn, first)] == [(second, 0.98)]
        relations.add(conn, from_id=first, to_id=third, kind="reprint_of", score=1, now=NOW)
        assert relations.original(conn, third) in (first, second)


def test_reports_that_share_fingerprints_are_found_and_common_ones_do_not_count(store: Store) -> None:
    least, most = -(2**63), 2**63 - 1
    with store.begin() as conn:
        fingerprints.add(conn, report_id=1, keys=[least, most, 5])
        fingerprints.add(conn, report_id=2, keys=[5, 6])
        assert fingerprints.candidates(conn, [least, most, 5, 5]) == [(1, 3)], "one in common is a quotation"
        assert fingerprints.candidates(conn, [5, 6]) == [(2, 2), (1, 1)]
        for report_id in range(10, 80):
            fingerprints.add(conn, report_id=report_id, keys=[5])
        assert fingerprints.candidates(conn, [5]) == []
        assert conn.scalar(text("SELECT count(*) FROM fingerprints WHERE k = 5")) == 51
        assert fingerprints.remove(conn, report_id=2, keys=[5, 6, 7]) == 2
        assert fingerprints.candidates(conn, [6]) == []
        fingerprints.add(conn, report_id=3, keys=list(range(100, 1700)))
        assert fingerprints.candidates(conn, list(range(100, 1700))) == [(3, 1600)]


# --- outbox ------------------------------------------------------------------------------------------------------


def put(store: Store, key: str) -> bool:
    with store.begin() as conn:
        return outbox.put(conn, key=key, subscription="all", recipient="a@b.cn", payload={"event": "会议"}, now=NOW)


def lease(store: Store, now: datetime = NOW, limit: int = 10) -> list[outbox.OutboxRow]:
    with store.begin() as conn:
        return outbox.lease(conn, now=now, limit=limit, seconds=60)


def test_a_message_is_put_once_and_leased_to_one_worker(store: Store) -> None:
    assert put(store, "k1")
    assert not put(store, "k1")
    assert put(store, "k2")
    (row,) = lease(store, limit=1)
    assert (row.key, row.payload, row.attempts, row.created_at) == ("k1", {"event": "会议"}, 0, NOW)
    assert [other.key for other in lease(store)] == ["k2"]
    assert lease(store) == []
    assert [back.key for back in lease(store, NOW + MINUTE)] == ["k1", "k2"], "a killed worker's come back"


def test_a_message_is_sent_or_tried_again_or_given_up_and_brought_back(store: Store) -> None:
    for key in ("good", "slow", "bad"):
        put(store, key)
    good, slow, bad = lease(store)
    with store.begin() as conn:
        outbox.mark_sent(conn, id=good.id, now=NOW, trace="250 OK")
        outbox.mark_retry(conn, id=slow.id, now=NOW, next_try_at=NOW + 5 * MINUTE, error="500")
        outbox.mark_retry(conn, id=good.id, now=NOW, next_try_at=NOW, error="late answer of another worker")
        outbox.mark_dead(conn, id=bad.id, now=NOW, error="404")
        assert outbox.counts(conn) == {"pending": 1, "sent": 1, "dead": 1}
        (sent,) = outbox.rows(conn, state="sent")
        assert (sent.trace, sent.sent_at, sent.attempts) == ("250 OK", NOW, 1)
    assert lease(store, NOW + 4 * MINUTE) == []
    (again,) = lease(store, NOW + 5 * MINUTE)
    assert (again.key, again.attempts) == ("slow", 1)
    with store.begin() as conn:
        outbox.mark_retry(conn, id=slow.id, now=NOW, next_try_at=NOW + 9 * MINUTE, error="", tried=False)
        assert outbox.rows(conn, state="pending")[0].attempts == 1
        assert outbox.retry_dead(conn, now=NOW, ids=[good.id]) == 0
        assert outbox.retry_dead(conn, now=NOW + 5 * MINUTE) == 1
    (back,) = lease(store, NOW + 5 * MINUTE)
    assert (back.key, back.attempts) == ("bad", 0)


def _take(url: str) -> list[str]:
    store = open_store(url, upgrade=False)
    taken: list[str] = []
    while rows := lease(store, limit=5):
        taken += [row.key for row in rows]
    store.close()
    return taken


def test_workers_side_by_side_never_take_the_same_message(store: Store, store_url: str) -> None:
    for number in range(60):
        put(store, f"k{number}")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        taken = [key for part in pool.map(_take, [store_url] * 2) for key in part]
    assert sorted(taken) == sorted(f"k{number}" for number in range(60))


def test_what_one_program_commits_the_other_sees(store: Store, another_store: Callable[[], Store]) -> None:
    other = another_store()
    with store.begin() as conn:
        sources.begin_look(conn, site_id="a", now=NOW)
    with other.begin() as conn:
        assert sources.first_look(conn, "a") == NOW


def test_a_locked_sqlite_store_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.store.engine.BUSY_SECONDS", 0.1)
    path = tmp_path / "a.db"
    store = open_store(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="held by another program"), store.begin():
        pass
    holder.close()
    store.close()

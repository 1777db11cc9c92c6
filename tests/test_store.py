"""Opening a store and its transactions: every test runs on a real SQLite file and on a real PostgreSQL."""

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
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crawler.items import Outcome
from crawler.store import (
    Store,
    StoreError,
    newest,
    open_store,
    outcomes,
    revision,
    runs,
    sources,
    upgrade,
)
from crawler.store.tables import metadata
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


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

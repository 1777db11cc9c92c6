"""What was found: reports, lists of them, relations and fingerprints, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, text

from crawler import export
from crawler.items import Outcome, SnapshotRef
from crawler.store import (
    Store,
    comparing,
    conferences,
    fingerprints,
    relations,
    reports,
    search,
)
from crawler.store.search import Query
from tests import factories
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


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
        assert [one[::2] for one in comparing.sizes(conn, [], made.body_sha256)] == [(report_id, True)]
        assert [one[::2] for one in comparing.sizes(conn, [report_id], "")] == [(report_id, False)]
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
        exported = list(export.rows(conn, Query(verdict="mirror"), batch=1))
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


def add(conn: Connection, report_id: int, keys: list[int]) -> None:
    fingerprints.add(conn, report_id=report_id, keys=fingerprints.ask(conn, keys).rare)


def test_reports_that_share_fingerprints_are_found_and_common_ones_do_not_count(store: Store) -> None:
    least, most = -(2**63), 2**63 - 1
    with store.begin() as conn:
        add(conn, 1, [least, most, 5])
        add(conn, 2, [5, 6])
        assert fingerprints.ask(conn, [least, most, 5, 5]).shared == {1: 3}, "one in common is a quotation"
        assert fingerprints.ask(conn, [5, 6]).shared == {2: 2, 1: 1}
        for report_id in range(10, 80):
            add(conn, report_id, [5])
        assert fingerprints.ask(conn, [5, 7]) == fingerprints.Asked(shared={}, rare=(7,))
        assert conn.scalar(text("SELECT count(*) FROM fingerprints WHERE k = 5")) == 51
        assert fingerprints.remove(conn, report_id=2, keys=[5, 6, 7]) == 2
        assert fingerprints.ask(conn, [6]).shared == {}
        add(conn, 3, list(range(100, 1700)))
        assert fingerprints.ask(conn, list(range(100, 1700))).shared == {3: 1600}


def test_a_text_without_fingerprints_is_asked_and_added_in_vain(store: Store) -> None:
    with store.begin() as conn:
        assert fingerprints.ask(conn, ()) == fingerprints.Asked(shared={}, rare=())
        fingerprints.add(conn, report_id=1, keys=())
        assert fingerprints.remove(conn, report_id=1, keys=()) == 0

"""Filing decides once and for all in one transaction what a page is and who should hear, on both databases."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from crawler.filing import file_rejected
from crawler.filing.difference import MOST_SENTENCES, difference
from crawler.items import Outcome, Rejected, Report, SnapshotRef
from crawler.store import (
    Store,
    conferences,
    entries,
    listings,
    outbox,
    outcomes,
    relations,
    reports,
)
from tests import factories
from tests.factories import NOW, body, conference, report
from tests.filers import DAY, NEWS, file, told, watch


@pytest.fixture
def watched(store: Store) -> Store:
    return watch(store)


# --- new, unchanged, revised ----------------------------------------------------------------------------------------


def test_a_first_report_makes_a_conference_and_tells_people_once(watched: Store) -> None:
    filed = file(watched, report(), run_id=None)
    assert (filed.outcome, filed.alerts) == (Outcome.NEW, 3)
    assert told(watched) == NEWS
    again = file(watched, report(), now=NOW + DAY)
    assert again == attrs.evolve(filed, outcome=Outcome.UNCHANGED, alerts=0)
    assert told(watched) == NEWS
    with watched.read() as conn:
        assert outcomes.counts(conn) == {"new": 1, "unchanged": 1}
        payload = outbox.rows(conn)[0].payload
        assert reports.revisions_of(conn, filed.report_id or 0) == []
    assert payload["conference"]["id"] == filed.conference_id
    assert payload["conference"]["held_on"] == "2024-10-31"


def test_an_edited_page_keeps_both_texts_and_a_difference(watched: Store) -> None:
    old = body()
    new = old.replace("市长陆知行主持会议", "市长陆知行主持会议并宣读名单")
    filed = file(watched, report(text=old))
    revised = file(watched, report(text=new))
    assert (revised.outcome, revised.report_id, revised.alerts) == (Outcome.REVISED, filed.report_id, 1)
    assert told(watched)[3:] == [("every", "revision")]
    assert file(watched, report(text=new)).outcome == Outcome.UNCHANGED
    with watched.read() as conn:
        (revision,) = reports.revisions_of(conn, filed.report_id or 0)
        stored = reports.get(conn, filed.report_id or 0)
    assert (revision.text, stored.text if stored else None) == (old, new)
    assert [line[0] for line in revision.difference.splitlines()] == ["-", "+"]
    assert "宣读名单" in revision.difference


def test_a_revised_text_is_found_by_its_new_words(watched: Store) -> None:
    file(watched, report(text=body(seed=1)))
    file(watched, report(text=body(seed=2)))
    copy = report("http://news.yunxi.cn/1", text=body(seed=2), verdict="reprint", site_id="yunxi-news")
    assert file(watched, copy).outcome == Outcome.REPRINT


def test_the_same_bytes_read_by_better_rules_are_no_revision(watched: Store) -> None:
    ref = SnapshotRef(id="<urn:uuid:1>", file="a.warc.gz", offset=0, sha256="1" * 64)
    moved = attrs.evolve(ref, id="<urn:uuid:2>", offset=99)
    filed = file(watched, report(text=body()[:-9], snapshot=ref, record=conference(venue=None)))
    better = file(watched, report(text=body(), snapshot=moved, record=conference(venue="市民中心")))
    assert better.outcome == Outcome.UNCHANGED
    with watched.read() as conn:
        stored = conferences.get(conn, filed.conference_id or 0)
        assert reports.revisions_of(conn, filed.report_id or 0) == []
    assert stored is not None
    assert stored.record.venue == "市民中心"


def test_differences_are_read_by_people_and_bounded() -> None:
    assert difference("甲。乙。丙。", "甲。丁。丙。") == "- 乙。\n+ 丁。"
    assert difference("同。", "同。") == ""
    assert "characters" in difference("。字" * (MOST_SENTENCES + 1), "字。")


# --- the same text elsewhere ----------------------------------------------------------------------------------------


def reprint(text: str = "", **facts: Any) -> Report:
    usual: dict[str, Any] = {"verdict": "reprint", "site_id": "college", "date": "2024-11-05"}
    return report("http://www.college.edu.cn/7.html", text=text or body(), **(usual | facts))


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole,
        lambda whole: (
            "本网讯 转发如下消息,请各部门认真组织学习并抓好落实。\n" + whole + "\n以上内容由学校办公室转发到各系部。"
        ),
        lambda whole: whole[: int(len(whole) * 0.8)],
        lambda whole: "\n".join(reversed(whole.splitlines())),
        lambda whole: whole.replace(",", "\uff0c").replace("校", "校 "),
    ],
    ids=["same", "head and tail", "cut", "other order", "other signs"],
)
def test_a_reprint_joins_its_conference_and_tells_only_those_who_want_every_report(watched: Store, change: Any) -> None:
    first = file(watched, report())
    copy = file(watched, reprint(change(body()), title="转载:全市教育大会召开"))
    assert (copy.outcome, copy.alerts, copy.conference_id) == (Outcome.REPRINT, 1, first.conference_id)
    assert told(watched) == [*NEWS, ("every", "report")]
    with watched.read() as conn:
        assert outbox.rows(conn)[0].payload["report"]["reprint"] is True
        (arrow,) = relations.of(conn, copy.report_id or 0)
    assert (arrow.from_id, arrow.to_id, arrow.kind) == (copy.report_id, first.report_id, "reprint_of")


def test_a_reprint_of_the_baseline_tells_nobody_nor_does_one_that_is_filed_again(watched: Store) -> None:
    file(watched, report())
    old = file(watched, reprint(body()), baseline=True)
    assert (old.outcome, old.alerts) == (Outcome.REPRINT, 0)
    assert file(watched, reprint(body())).alerts == 0


def test_an_official_page_that_comes_after_its_reprint_becomes_the_original(watched: Store) -> None:
    copy = file(watched, reprint(record=conference(venue=None, host_organ="学校办公室")))
    official = file(watched, report(record=conference(venue="市民中心", host_organ="市委")))
    assert (copy.outcome, official.outcome, official.alerts) == (Outcome.NEW, Outcome.REPRINT, 1)
    third = file(watched, attrs.evolve(report("http://x.cn/3", verdict="media", site_id="yunxi-news")))
    with watched.read() as conn:
        assert relations.original(conn, copy.report_id or 0) == official.report_id
        assert relations.original(conn, third.report_id or 0) == official.report_id
        stored = conferences.get(conn, official.conference_id or 0)
    assert stored is not None
    assert (stored.record.venue, stored.record.host_organ) == ("市民中心", "市委")


def test_sixty_reprints_of_one_report_are_all_known(watched: Store) -> None:
    file(watched, report())
    for number in range(60):
        text = f"第{number}家网站转载了这篇来自云溪的消息并加了自己的按语。\n" + body()
        copy = report(f"http://n{number}.cn/1", text=text, verdict="reprint", site_id="yunxi-news")
        assert file(watched, copy).outcome == Outcome.REPRINT
    assert told(watched) == [*NEWS, *[("every", "report")] * 60]


def test_the_words_of_last_year_are_news_again(watched: Store) -> None:
    last = conference(held_on="2023-10-30", year=2023)
    one = file(watched, report(text=body(day="10月30日"), date="2023-11-01", record=last), baseline=False)
    two = file(watched, report("http://jyj.yunxi.gov.cn/2.html", text=body()))
    assert (two.outcome, two.alerts) == (Outcome.NEW, 3)
    assert one.conference_id != two.conference_id


def test_another_report_of_the_event_joins_it_and_tells_those_who_want_every_one(watched: Store) -> None:
    first = file(watched, report())
    other = report(
        "http://news.yunxi.cn/9", text=body(seed=7), title="云溪开会部署学校建设", verdict="media", site_id="yunxi-news"
    )
    second = file(watched, other)
    assert (second.outcome, second.conference_id, second.alerts) == (Outcome.NEW, first.conference_id, 1)
    assert told(watched) == [*NEWS, ("every", "report")]


def test_another_city_has_its_own_conference(watched: Store) -> None:
    one = file(watched, report())
    record = conference(region_code="459800", region_name="松岭市")
    other = file(watched, report("http://jyj.songling.gov.cn/1", text=body("松岭市", seed=3), record=record))
    assert other.conference_id != one.conference_id
    nowhere = report("http://a.cn/2", text=body(seed=4), record=conference(region_code=None))
    also_nowhere = report("http://a.cn/3", text=body(seed=5), record=conference(region_code=None))
    assert file(watched, nowhere).conference_id != file(watched, also_nowhere).conference_id


# --- mirrors --------------------------------------------------------------------------------------------------------


def mirror(url: str = "http://www.stranger.com/1.html", **facts: Any) -> Report:
    return report(url, verdict="mirror", site_id=None, **facts)


def test_a_mirror_alone_raises_nothing_and_waits_for_its_original(watched: Store) -> None:
    copy = file(watched, mirror(), baseline=False)
    assert (copy.outcome, copy.conference_id, copy.alerts) == (Outcome.MIRROR, None, 0)
    assert told(watched) == []
    first = file(watched, report())
    assert (first.outcome, first.alerts) == (Outcome.NEW, 3)
    with watched.read() as conn:
        (arrow,) = relations.of(conn, copy.report_id or 0)
        stored = reports.get(conn, copy.report_id or 0)
        payloads = [row.payload["report"]["url"] for row in outbox.rows(conn)]
    assert (arrow.from_id, arrow.to_id, arrow.kind) == (copy.report_id, first.report_id, "same_page_as")
    assert stored is not None
    assert (stored.conference_id, stored.shown_url) == (first.conference_id, None)
    assert set(payloads) == {"http://jyj.yunxi.gov.cn/1.html"}


def test_a_mirror_of_a_known_page_is_its_copy_and_never_alerts(watched: Store) -> None:
    first = file(watched, report())
    copy = file(watched, mirror(), baseline=False)
    assert (copy.outcome, copy.conference_id) == (Outcome.MIRROR, first.conference_id)
    changed = file(watched, mirror(text=body() + "\n镜像上又多出来的一句话,谁也不知道从哪里来。"), baseline=False)
    assert (changed.outcome, changed.alerts) == (Outcome.REVISED, 0)
    assert told(watched) == NEWS
    with watched.read() as conn:
        assert [arrow.kind for arrow in relations.of(conn, first.report_id or 0)] == ["same_page_as"]


FORGED = body().replace("。", "。著名企业家代表赵某某应邀出席，受到与会者一致好评。", 3)


@pytest.mark.parametrize("first", ["original", "copy"])
def test_a_copy_with_words_of_its_own_amidst_the_text_is_told_from_a_faithful_one(watched: Store, first: str) -> None:
    newcomers = [report(), mirror(text=FORGED), mirror("http://www.other.com/1.html")]
    for one in newcomers if first == "original" else newcomers[::-1]:
        file(watched, one)
    with watched.read() as conn:
        original = reports.by_url(conn, report().article.document.page.url)
        assert original is not None
        kinds = {arrow.from_id: arrow.kind for arrow in relations.of(conn, original.id)}
        urls = {one.url: one.id for one in reports.of_conference(conn, original.conference_id or 0)}
    assert kinds == {
        urls["http://www.stranger.com/1.html"]: "altered_copy_of",
        urls["http://www.other.com/1.html"]: "same_page_as",
    }


def test_a_page_that_turns_out_to_be_no_mirror_raises_its_conference(watched: Store) -> None:
    file(watched, mirror())
    cleared = file(watched, report("http://www.stranger.com/1.html", verdict="official"))
    assert (cleared.outcome, cleared.alerts) == (Outcome.UNCHANGED, 3)
    assert cleared.conference_id is not None


# --- what was there before ------------------------------------------------------------------------------------------

ONLY_OLD_TOO = [("old-too", "conference")]


def test_what_the_first_look_found_tells_only_those_who_asked(watched: Store) -> None:
    row = factories.entry(1)
    with watched.begin() as conn:
        listings.record_look(
            conn,
            site_id="yunxi-jyj",
            listing_url="http://jyj.yunxi.gov.cn/",
            entries=[row],
            wanted=[row.url],
            validators=None,
            now=NOW,
            baseline=True,
        )
    moved = report("http://jyj.yunxi.gov.cn/new-address.html", page_facts={"entry": row})
    file(watched, moved)
    assert told(watched) == ONLY_OLD_TOO
    with watched.read() as conn:
        assert entries.count_pending(conn) == 0


@pytest.mark.parametrize(
    ("date", "is_news"),
    [("2024-10-02", False), ("2024-10-04", True), ("2024-10-05T08:00", True), (None, True), ("2019-01-01", False)],
)
def test_articles_older_than_the_first_look_are_no_news(watched: Store, date: str | None, is_news: bool) -> None:
    file(watched, report(date=date))  # the first look was on 5 October
    assert told(watched) == (NEWS if is_news else ONLY_OLD_TOO)


def test_imports_are_no_news_unless_told_otherwise(store: Store) -> None:
    file(store, report(site_id=None))
    assert told(store) == ONLY_OLD_TOO
    file(
        store,
        report("http://a.cn/2", text=body(seed=2), site_id=None, record=conference(region_code="110000")),
        baseline=False,
    )
    assert told(store)[1:] == NEWS
    file(store, report(text=body(seed=9), site_id=None))
    assert told(store)[4:] == [], "an edit seen in an import is no news either"


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_refused_page_is_logged_with_its_evidence_and_settled(watched: Store) -> None:
    row = factories.entry(5)
    with watched.begin() as conn:
        entries.add(conn, site_id="yunxi-jyj", entries=[row], wanted=[row.url], now=NOW, baseline=False)
        rejected = Rejected(
            outcome=Outcome.SPAM,
            reason="planted text",
            stage="despam",
            last=factories.page(row.url, entry=row),
            evidence=("赌场",),
        )
        assert file_rejected(conn, rejected, now=NOW) == Outcome.SPAM
        (logged,) = outcomes.quarantine(conn)
        assert (logged.reason, logged.stage, logged.evidence) == ("planted text", "despam", ("赌场",))
        assert entries.count_pending(conn) == 0


def test_an_address_too_long_to_be_kept_is_refused_with_a_reason(watched: Store) -> None:
    filed = file(watched, report("http://a.cn/" + "x" * 3000))
    assert (filed.outcome, filed.report_id) == (Outcome.REFUSED, None)
    with watched.read() as conn:
        assert "longer than" in (outcomes.recent(conn)[0].reason or "")

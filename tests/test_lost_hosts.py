"""A catalogue site whose own host turns is not trusted until a person says so, and the operator hears of it once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.clean import clean
from crawler.decode import decode
from crawler.filing import hijack
from crawler.filing.hijack import Sign, sign_of_listing
from crawler.items import Document, Entry, Outcome, Report
from crawler.run import Run
from crawler.store import conferences, entries, outbox, reports, sources
from tests.factories import NOW, body
from tests.quarantined import article, file_at, page_at, planted, run_in

HOST = "http://jyj.yunxi.gov.cn"
SPAM = Sign(kind="spam", what="its list is full of planted text")
MOVED = Sign(kind="redirect", what="its list leads to shop.example")
FOOTER = "主办：云溪市教育局 网站标识码：{code} 桂ICP备05000001号"
ROWS = "".join(f"<li><a href='/{n}.html'>全市中小学第{n}次教研活动举行</a> 2024-10-{n}</li>" for n in range(10, 30))


@pytest.fixture
def run(tmp_path: Path, store_url: str) -> Iterator[Run]:
    with run_in(tmp_path, store_url) as opened:
        yield opened


def listing(run: Run, html: str, *, site_id: str = "yunxi-jyj", url: str | None = None) -> Sign | None:
    site = run.catalog.by_id[site_id]
    document = decode(page_at(url or site.listings[0].url, html, site_id=site_id))
    assert isinstance(document, Document)
    return sign_of_listing(document, site, run.catalog)


def turn(run: Run, sign: Sign = SPAM, site_id: str = "yunxi-jyj") -> bool:
    return run.turn(run.catalog.by_id[site_id], sign)


def state(run: Run, site_id: str = "yunxi-jyj") -> str:
    with run.store.read() as conn:
        return {one.site_id: one.state for one in sources.all_states(conn)}.get(site_id, "never looked at")


def told(run: Run) -> list[tuple[str, str]]:
    with run.store.read() as conn:
        return [(row.recipient, row.payload["event"]) for row in reversed(outbox.rows(conn))]


NEWS = [("operator@example.cn", "source"), ("deputy@example.cn", "source")]


def test_an_honest_list_is_no_sign(run: Run) -> None:
    footer = FOOTER.format(code="4502000051")
    assert listing(run, f"<html><body><ul>{ROWS}</ul><div>{footer}</div></body></html>") is None


def test_a_list_of_planted_text_is_a_sign(run: Run) -> None:
    assert listing(run, planted()) == SPAM
    assert listing(run, planted(), site_id="hexi") == SPAM


def test_a_list_that_leads_to_a_stranger_is_a_sign_and_to_a_public_host_is_none(run: Run) -> None:
    page = f"<html><body><ul>{ROWS}</ul></body></html>"
    moved = listing(run, page, site_id="hexi", url="http://www.shop-888.com/")
    assert moved == Sign(kind="redirect", what="its list leads to shop-888.com")
    for other in ("http://www.hexi.edu.cn/", "http://www.yunxi.gov.cn/jyj/", "http://news.hexi.example/list"):
        assert listing(run, page, site_id="hexi", url=other) is None


def test_a_site_code_of_another_owner_is_a_sign(run: Run) -> None:
    page = f"<html><body><ul>{ROWS}</ul><div>{FOOTER}</div></body></html>"
    changed = listing(run, page.format(code="4301000012"))
    assert changed is not None
    assert (changed.kind, "4301000012" in changed.what) == ("identity", True)
    assert listing(run, page.format(code="3201000012"), site_id="hexi") is None, "its own province"
    assert listing(run, page.format(code="bm05000001"), site_id="hexi") is None, "a ministry's code has no province"


def test_the_operator_is_told_once_and_readers_never(run: Run) -> None:
    assert turn(run)
    assert turn(run), "still lost"
    assert turn(run, MOVED)
    assert (state(run), told(run)) == ("hijacked", NEWS)
    with run.store.read() as conn:
        source = outbox.rows(conn)[0].payload["source"]
    assert source == {"id": "yunxi-jyj", "name": "云溪市教育局", "state": "hijacked", "reason": str(SPAM)}


def test_nothing_that_its_pages_say_is_told(run: Run) -> None:
    file_at(run, f"{HOST}/1.html", article())
    before = told(run)
    assert before == [("reader@example.cn", "conference")]
    turn(run)
    assert (
        file_at(run, f"{HOST}/2.html", article(title="市委召开全市教育工作会议", text=body(seed=2))) is Outcome.MIRROR
    )
    changed = article(text=body(seed=3))
    assert file_at(run, f"{HOST}/1.html", changed) is Outcome.MIRROR, "a known report keeps its text"
    assert told(run) == before + NEWS
    with run.store.read() as conn:
        old, new = reports.by_url(conn, f"{HOST}/1.html"), reports.by_url(conn, f"{HOST}/2.html")
        assert old is not None
        assert new is not None
        assert (old.verdict, old.text) == ("official", body())
        assert (new.verdict, new.conference_id, new.shown_url) == ("mirror", None, None)


def test_what_it_leads_to_counts_on_other_owners_hosts_only(run: Run) -> None:
    turn(run, site_id="hexi")
    assert file_at(run, f"{HOST}/1.html", article(), site_id="hexi") is Outcome.NEW
    stranger = article(title="市委召开全市教育工作会议", text=body(seed=2))
    assert file_at(run, "http://www.nobody.com/1.html", stranger, site_id="hexi") is Outcome.MIRROR


def test_a_good_look_does_not_end_it_but_a_person_does(run: Run) -> None:
    url = f"{HOST}/1.html"
    with run.store.begin() as conn:
        sources.begin_look(conn, site_id="yunxi-jyj", now=NOW - timedelta(days=30))
        found = [Entry(url=url, title="全市教育大会")]
        entries.add(conn, site_id="yunxi-jyj", entries=found, wanted={url}, now=NOW, baseline=False)
    turn(run)
    assert file_at(run, url, article()) is Outcome.MIRROR
    with run.store.begin() as conn:
        sources.finish_look(conn, site_id="yunxi-jyj", now=NOW, next_due_at=NOW)
    assert state(run) == "hijacked"
    with run.store.begin() as conn:
        assert hijack.trust(conn, "yunxi-jyj", now=NOW)
        assert not hijack.trust(conn, "yunxi-jyj", now=NOW), "nothing is held against it any more"
        assert [row.entry.url for row in entries.pending(conn, now=NOW, limit=9)] == [url]
    assert state(run) == "new"
    file_at(run, url, article())
    assert told(run) == [*NEWS, ("reader@example.cn", "conference")]
    with run.store.read() as conn:
        report = reports.by_url(conn, url)
        assert report is not None
        assert (report.verdict, report.shown_url) == ("official", url)
        assert conferences.get(conn, report.conference_id or 0) is not None


def test_a_move_that_a_person_trusts_is_overlooked_and_planted_text_never(run: Run) -> None:
    turn(run, MOVED)
    with run.store.begin() as conn:
        hijack.trust(conn, "yunxi-jyj", now=NOW)
    assert not turn(run, MOVED)
    assert turn(run, SPAM)
    with run.store.begin() as conn:
        hijack.trust(conn, "yunxi-jyj", now=NOW)
    assert turn(run, SPAM)
    assert len(told(run)) == 3 * len(NEWS), "each turn is news of its own"


def test_one_planted_page_is_no_lost_host_and_two_within_a_week_are(run: Run) -> None:
    file_at(run, f"{HOST}/a.html", planted())
    file_at(run, f"{HOST}/a.html", planted())
    file_at(run, "http://www.strange.com/b.html", planted())
    assert state(run) == "new"
    file_at(run, f"{HOST}/b.html", planted())
    assert (state(run), told(run)) == ("hijacked", NEWS)


def test_pages_of_different_weeks_do_not_add_up(run: Run) -> None:
    with run.store.begin() as conn:
        assert not sources.doubt(conn, site_id="hexi", url="http://www.hexi.example/a", now=NOW)
        later = NOW + timedelta(days=8)
        assert not sources.doubt(conn, site_id="hexi", url="http://www.hexi.example/b", now=later)
        assert sources.doubt(conn, site_id="hexi", url="http://www.hexi.example/c", now=later)


def test_a_page_that_a_person_lets_through_counts_although_its_host_is_lost(run: Run) -> None:
    turn(run)
    page = run.keep(page_at(f"{HOST}/1.html", article()))
    value = clean(page, catalog=run.catalog, topics=run.topics)
    assert isinstance(value, Report)
    assert run.file(value, baseline=False, overruled=True) is Outcome.NEW
    assert told(run) == [*NEWS, ("reader@example.cn", "conference")]

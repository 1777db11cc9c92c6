"""Crawls as a user runs them, against the demo's websites over real HTTP, on the store a user gets."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.store import entries, outbox, outcomes, reports, runs, sources
from crawler.store import tables as t
from tests.worlds import World, world

LIUZHOU = "http://jyj.liuzhou.gov.cn/xwzx/mtjj/t19700101_3549718.shtml"
SITE = "demo-liuzhou"


@pytest.fixture
def liuzhou(tmp_path: Path) -> Iterator[World]:
    """The day before 柳州 reports."""
    with world(tmp_path, "2024-10-30T09:00") as there:
        yield there


def site_of(there: World, host: str) -> str:
    listed = there.huixun("sources", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    from crawler import catalog

    found = catalog.load(there.config.sites).owner_of_host(host)
    assert found is not None
    return found.id


def test_every_site_is_a_spider_name(liuzhou: World) -> None:
    done = liuzhou.scrapy("list")
    assert done.returncode == 0, done.stderr
    assert {"sites", "page", site_of(liuzhou, "jyj.liuzhou.gov.cn")} <= set(done.stdout.split())


def test_a_new_report_is_found_once(liuzhou: World) -> None:
    site = site_of(liuzhou, "jyj.liuzhou.gov.cn")
    assert liuzhou.scrapy("crawl", site).returncode == 0
    liuzhou.set_time("2024-11-02T12:00")
    assert liuzhou.scrapy("crawl", site).returncode == 0
    with liuzhou.store() as store, store.read() as conn:
        report = reports.by_url(conn, LIUZHOU)
        assert report is not None
        assert (report.title_hans, report.date, report.author) == (
            "谭丕创在全市教育大会上强调 加快推进现代化教育强市建设以高质量教育支撑高质量发展",
            "2024-11-02T10:10",
            "李俊",
        )
        assert not report.baseline
        before = outcomes.counts(conn)
    asked = len(liuzhou.replica.requests)
    assert liuzhou.scrapy("crawl", site).returncode == 0
    with liuzhou.store() as store, store.read() as conn:
        assert outcomes.counts(conn) == before, "a third look on the same day finds nothing"
    again = [one for one in liuzhou.replica.requests[asked:] if one.path != "/robots.txt"]
    assert {one.status for one in again} == {304}


def test_every_page_ends_in_one_outcome_and_its_bytes_are_kept(liuzhou: World) -> None:
    liuzhou.scrapy("crawl", site_of(liuzhou, "jyj.liuzhou.gov.cn"))
    with liuzhou.store() as store, store.read() as conn:
        rows = conn.execute(select(t.outcomes)).mappings().all()
        settled = conn.execute(select(t.entries).where(t.entries.c.state == "settled")).mappings().all()
        record = runs.recent(conn, limit=1)[0]
    assert rows
    assert Counter(row["url"] for row in rows).most_common(1)[0][1] == 1
    assert {row["url"] for row in rows} == {row["url"] for row in settled}
    assert all(row["snapshot_file"] for row in rows)
    assert record.reason == "finished"
    assert sum(count for name, count in record.counts.items() if name.startswith("outcome/")) == len(rows)


def test_one_page_by_its_address(liuzhou: World) -> None:
    liuzhou.set_time("2024-11-03T09:00")
    done = liuzhou.scrapy("crawl", "page", "-a", f"url={LIUZHOU}")
    assert done.returncode == 0, done.stderr
    with liuzhou.store() as store, store.read() as conn:
        report = reports.by_url(conn, LIUZHOU)
        assert report is not None
        assert report.record.region_code == "450200"
        assert outbox.counts(conn)["pending"] == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("crawl", "sites", "-a", "site=no-such-site"), "no site no-such-site"),
        (("crawl", "page"), "say which page"),
        (("crawl", "page", "-a", "url=file:///etc/passwd"), "no http or https address"),
    ],
)
def test_wrong_arguments_are_said_in_one_sentence(liuzhou: World, args: tuple[str, ...], said: str) -> None:
    done = liuzhou.scrapy(*args)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_robots_txt_forbids_is_not_asked_for(tmp_path: Path) -> None:
    with world(tmp_path, "2025-03-01T09:00") as there:
        there.scrapy("crawl", site_of(there, "www.benxi.gov.cn"))
        assert there.replica.requests
        assert not [one for one in there.replica.requests if one.url.startswith("http://www.benxi.gov.cn/gkml/")]


def test_a_site_that_fails_is_said_to_fail_and_the_others_go_on(tmp_path: Path) -> None:
    with world(tmp_path, "2024-12-27T09:00") as there:
        sites = {host: site_of(there, host) for host in ("jyt.hubei.gov.cn", "jyt.hunan.gov.cn", "jyj.liuzhou.gov.cn")}
        there.scrapy("crawl", "sites", "-a", f"site={','.join(sites.values())}")
        with there.store() as store, store.read() as conn:
            states = {state.site_id: state for state in sources.all_states(conn)}
    assert "412" in (states[sites["jyt.hubei.gov.cn"]].failure or "")
    assert "503" in (states[sites["jyt.hunan.gov.cn"]].failure or "")
    assert states[sites["jyj.liuzhou.gov.cn"]].failure is None


def test_a_crawl_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    moments = ("2024-10-30T09:00", "2024-11-02T12:00")
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    results = []
    for home in (whole, torn):
        home.mkdir()
        with world(home, moments[0]) as there:
            site = site_of(there, "jyj.liuzhou.gov.cn")
            for moment in moments:
                there.set_time(moment)
                for seconds in (1.2, 1.6, 2.0, 2.4) if home is torn else ():
                    crawl = there.start("scrapy", "crawl", site)
                    time.sleep(seconds)
                    crawl.send_signal(signal.SIGKILL)
                    crawl.wait()
                assert there.scrapy("crawl", site).returncode == 0
            with there.store() as store, store.read() as conn:
                found = conn.execute(select(t.reports.c.url, t.reports.c.baseline, t.reports.c.outcome)).all()
                results.append({tuple(row) for row in found})
                assert not entries.pending(conn, now=there.config and _far(), limit=10)
    assert results[0] == results[1]
    assert (LIUZHOU, False, "new") in results[0]


def test_the_original_of_a_mirror_is_fetched_and_takes_its_place(tmp_path: Path) -> None:
    mirror = "http://m.junhanjc.com/rmtzcg/xwy/wzxw/202402/t20240205_2111153538.html"
    own = "http://www.jyb.cn/rmtzcg/xwy/wzxw/202402/t20240205_2111153538.html"
    with world(tmp_path, "2024-02-01T09:00") as there:
        directory, paper = (site_of(there, host) for host in ("www.jydaohang.example", "www.jyb.cn"))
        there.scrapy("crawl", "sites", "-a", f"site={directory},{paper}")
        there.set_time("2024-02-05T18:00")
        asked = len(there.replica.requests)
        assert there.scrapy("crawl", directory).returncode == 0
        with there.store() as store, store.read() as conn:
            copy = reports.by_url(conn, mirror)
            assert copy is not None
            assert (copy.conference_id, copy.shown_url) == (None, own)
            waiting = entries.pending(conn, now=_far(), limit=9)
        assert [row.entry.url for row in waiting] == [own], "its owner's site is not looked at in this crawl"
        assert own not in {one.url for one in there.replica.requests[asked:]}
        assert there.scrapy("crawl", paper).returncode == 0
        with there.store() as store, store.read() as conn:
            first, copy = (reports.by_url(conn, url) for url in (own, mirror))
            assert first is not None
            assert copy is not None
            assert (first.verdict, first.baseline, copy.conference_id) == ("media", False, first.conference_id)
        listed = there.huixun("reports", "list", "--json").stdout + there.huixun("conferences", "show", "1").stdout
        assert own in listed
        assert "junhanjc" not in listed + there.huixun("reports", "show", str(copy.id), "--json").stdout
        assert "junhanjc" not in there.huixun("quarantine", "list", "--json").stdout


def test_an_original_is_fetched_in_the_same_look_where_its_owner_is_looked_at(tmp_path: Path) -> None:
    own = "http://www.jyb.cn/rmtzcg/xwy/wzxw/202402/t20240205_2111153538.html"
    with world(tmp_path, "2024-02-05T12:00") as there:  # the paper has not published it, the mirror has
        sites = ",".join(site_of(there, host) for host in ("www.jydaohang.example", "www.jyb.cn"))
        assert there.scrapy("crawl", "sites", "-a", f"site={sites}").returncode == 0
        assert [one.status for one in there.replica.requests if one.url == own] == [404]
        there.set_time("2024-02-05T18:00")
        assert there.scrapy("crawl", "sites", "-a", f"site={sites}").returncode == 0
        with there.store() as store, store.read() as conn:
            report = reports.by_url(conn, own)
    assert report is not None, "a listing that names it makes up for a guess that came too early"


def test_a_host_that_is_lost_is_said_to_the_operator_once(tmp_path: Path) -> None:
    settings = tmp_path / "huixun.toml"
    settings.write_text(
        '[smtp]\nhost = "mail.example.cn"\n[operator]\nchannel = "email"\nto = ["operator@example.cn"]\n'
    )
    with world(tmp_path, "2025-02-10T09:00", config=str(settings)) as there:
        site = site_of(there, "www.hexizx.example")
        for moment in ("2025-02-10T09:00", "2025-02-21T09:00", "2025-02-22T09:00"):
            there.set_time(moment)
            assert there.scrapy("crawl", site).returncode == 0
        with there.store() as store, store.read() as conn:
            (state,) = sources.all_states(conn)
            told = [(row.recipient, row.payload["source"]["state"]) for row in outbox.rows(conn)]
        assert (state.state, told) == ("hijacked", [("operator@example.cn", "hijacked")])
        trusted = there.huixun("sources", "trust", site)
        assert (trusted.returncode, there.huixun("sources", "trust", site).returncode) == (0, 1)


def _far() -> datetime:
    return datetime(2100, 1, 1, tzinfo=UTC)


def test_a_store_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database, it is a text of some length " * 10)
    with world(tmp_path, "2024-11-03T09:00", store_url=f"sqlite:///{tmp_path / 'no.db'}") as there:
        for done in (there.scrapy("crawl", "page", "-a", f"url={LIUZHOU}"), there.huixun("reports", "list")):
            assert done.returncode != 0
            assert "not a Huixun store" in done.stderr
            assert "Traceback" not in done.stderr


def test_import_files_pages_as_if_crawled(tmp_path: Path) -> None:
    with world(tmp_path, "2024-11-03T09:00") as there:
        there.scrapy("crawl", "page", "-a", f"url={LIUZHOU}")
        [warc] = (there.home / "var" / "snapshots").glob("*.warc.gz")
        again = there.huixun("import", str(warc))
        assert [json.loads(line)["outcome"] for line in again.stdout.splitlines()] == ["unchanged"]
        (tmp_path / "bad.jsonl").write_text('{"url": 1}\nnonsense\n')
        bad = there.huixun("import", str(tmp_path / "bad.jsonl"))
        assert bad.returncode == 1
        assert [json.loads(line)["outcome"] for line in bad.stdout.splitlines()] == ["failed", "failed"]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx", "md"])
def test_what_was_found_is_listed_shown_and_exported(tmp_path: Path, ending: str) -> None:
    with world(tmp_path, "2024-11-03T09:00") as there:
        there.scrapy("crawl", "page", "-a", f"url={LIUZHOU}")
        listed = json.loads(there.huixun("reports", "list", "--region", "45", "--json").stdout)
        assert listed["conference"]["name"] == "全市教育大会"
        assert there.huixun("reports", "list", "--region", "11", "--json").stdout == ""
        found = json.loads(there.huixun("reports", "search", "名师惠柳", "--json").stdout)
        shown = there.huixun("reports", "show", str(found["id"]))
        assert "广西柳工机械股份有限公司" in shown.stdout
        assert json.loads(there.huixun("reports", "show", str(found["id"]), "--json").stdout)["text"]
        [event] = there.huixun("conferences", "list", "--json").stdout.splitlines()
        assert json.loads(there.huixun("conferences", "show", str(json.loads(event)["id"])).stdout)["reports"]
        path = tmp_path / f"out.{ending}"
        done = there.huixun("reports", "export", str(path))
        assert (done.returncode, "1 reports written" in done.stdout) == (0, True)
        assert path.stat().st_size > 300
        assert there.huixun("reports", "export", str(tmp_path / "out.exe")).returncode == 2
        assert there.huixun("reports", "show", "99").returncode == 1


def test_a_host_whose_robots_txt_fails_is_asked_for_nothing_else(tmp_path: Path) -> None:
    with world(tmp_path, "2024-12-27T09:00") as there:
        there.scrapy("crawl", site_of(there, "jyt.hunan.gov.cn"))
        assert {request.path for request in there.replica.requests} == {"/robots.txt"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nosuch",), "no site nosuch"),
        (("sites", "-a", "regoin=45"), "regoin"),
        (("sites", "-a", "region=99"), "no site of the catalogue is in region 99"),
        (("sites", "-a", "region=somewhere"), "region=somewhere is no code"),
    ],
)
def test_a_mistyped_argument_crawls_nothing(liuzhou: World, args: tuple[str, ...], said: str) -> None:
    done = liuzhou.scrapy("crawl", *args)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    assert not liuzhou.replica.requests


def test_settings_that_cannot_be_used_are_said_in_one_sentence(tmp_path: Path) -> None:
    with world(tmp_path, "2024-12-27T09:00", watch_every="soon") as there:
        for done in (there.scrapy("list"), there.huixun("status")):
            assert done.returncode != 0
            assert "watch.every" in done.stderr
            assert "Traceback" not in done.stderr

"""A robots.txt over several looks: asked for once a day, kept only where it lets us in, obeyed when kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.store import Store, robots
from crawler.store.robots import Robots
from tests.factories import NOW
from tests.webs import Reply, Web, web
from tests.worlds import World, world

LIST = "http://robots.gov.cn/list/"
ROBOTS = "http://robots.gov.cn/robots.txt"
SITE = """[[site]]
id = "robots"
name = "某局"
region = "450500"
level = "city"
kind = "education"
homepage = "http://robots.gov.cn/"
listings = [{ url = "http://robots.gov.cn/list/" }]
"""
TEXT = "11月1日，全市教育大会召开。市委书记方远山出席并讲话，市长陆知行主持会议。会议强调，要办好人民满意的教育。" * 4
PLAIN = {"Content-Type": "text/plain"}


def put(own: Web, count: int) -> None:
    """So many articles and their list."""
    rows = ""
    for n in range(1, count + 1):
        title = f"第{n}次全市教育大会召开"
        rows += f'<li><a href="/a/{n}.html">{title}</a><span>2024-11-{n:02d}</span></li>'
        own.pages[f"http://robots.gov.cn/a/{n}.html"] = f"<html><body><h1>{title}</h1><p>{TEXT}</p></body></html>"
    own.pages[LIST] = f'<html><body><ul class="list">{rows}</ul></body></html>'


@pytest.fixture
def own() -> Iterator[Web]:
    with web() as served:
        put(served, 3)
        yield served


@pytest.fixture
def there(tmp_path: Path, own: Web) -> Iterator[World]:
    folder = tmp_path / "sites"
    folder.mkdir()
    (folder / "robots.toml").write_text(SITE)
    with world(tmp_path, "2024-11-05T09:00", proxy=own.proxy, sites=str(folder)) as made:
        yield made


def look(there: World, moment: str) -> None:
    there.set_time(moment)
    done = there.scrapy("crawl", "robots")
    assert done.returncode == 0, done.stderr


def test_a_file_that_lets_us_in_is_asked_for_once_a_day(there: World, own: Web) -> None:
    own.pages[ROBOTS] = Reply("User-agent: *\nDisallow: /a/2.html\n", 200, PLAIN)
    for moment in ("2024-11-05T09:00", "2024-11-05T15:00", "2024-11-06T08:55"):
        look(there, moment)
    assert (len(own.robots), own.asked.count(LIST)) == (1, 3)
    assert not [url for url in own.asked if url.endswith("/a/2.html")]
    own.pages[ROBOTS] = Reply("User-agent: *\nDisallow: /\n", 200, PLAIN)
    look(there, "2024-11-06T09:05")
    assert (len(own.robots), own.asked.count(LIST)) == (2, 3), "a day later the file is asked for again, and obeyed"


def test_a_file_that_shuts_us_out_is_asked_for_at_each_look(there: World, own: Web) -> None:
    own.pages[ROBOTS] = Reply("User-agent: *\nDisallow: /\n", 200, PLAIN)
    look(there, "2024-11-05T09:00")
    assert own.asked == []
    own.pages[ROBOTS] = Reply("", 200, PLAIN)
    look(there, "2024-11-05T10:00")
    assert (len(own.robots), own.asked[:1]) == (2, [LIST])


@pytest.mark.parametrize(("status", "times"), [(404, 1), (403, 1), (429, 2), (503, 2)])
def test_what_a_server_without_the_file_says(there: World, own: Web, status: int, times: int) -> None:
    own.pages[ROBOTS] = Reply("<h1>no</h1>", status)
    look(there, "2024-11-05T09:00")
    look(there, "2024-11-05T10:00")
    assert len(own.robots) == times


def test_a_homepage_in_the_place_of_the_file_is_kept_without_its_body(there: World, own: Web) -> None:
    own.pages[ROBOTS] = Reply("<html><title>某局</title></html>" * 999, 200)
    look(there, "2024-11-05T09:00")
    look(there, "2024-11-05T10:00")
    assert len(own.robots) == 1
    with there.store() as store, store.read() as conn:
        known = robots.kept(conn, ROBOTS, now=datetime(2024, 11, 5, 2, tzinfo=UTC))
    assert known is not None
    assert (known.status, known.body) == (200, b"")


def test_a_file_that_stands_elsewhere_is_kept_for_where_it_was_asked_for(there: World, own: Web) -> None:
    own.pages[ROBOTS] = Reply("", 301, {"Location": "http://www.robots.gov.cn/robots.txt"})
    own.pages["http://www.robots.gov.cn/robots.txt"] = Reply("User-agent: *\nAllow: /\n", 200, PLAIN)
    look(there, "2024-11-05T09:00")
    look(there, "2024-11-05T10:00")
    assert own.robots == [ROBOTS, "http://www.robots.gov.cn/robots.txt"]


def test_the_crawl_delay_of_a_kept_file_holds(there: World, own: Web) -> None:
    own.pages[ROBOTS] = Reply("User-agent: *\nCrawl-delay: 1\n", 200, PLAIN)
    look(there, "2024-11-05T09:00")
    first = len(own.at)
    put(own, 4)
    look(there, "2024-11-06T07:00")
    assert own.robots == [ROBOTS]
    assert len(own.at) - first >= 2, "the list and the new article"
    assert all(later - earlier > 0.45 for earlier, later in pairwise(own.at[first:])), "one second, half of it jitter"


def test_a_file_is_kept_for_a_day_and_in_the_place_of_the_one_before(store: Store) -> None:
    first = Robots(url=ROBOTS, status=200, body=b"\x00\xff", fetched_at=NOW)
    with store.begin() as conn:
        robots.keep(conn, first)
        assert robots.kept(conn, ROBOTS, now=NOW + robots.KEEP - robots.KEEP / 100) == first
        assert robots.kept(conn, ROBOTS, now=NOW + robots.KEEP) is None
        second = Robots(url=ROBOTS, status=404, body=b"", fetched_at=NOW + robots.KEEP)
        robots.keep(conn, second)
        assert robots.kept(conn, ROBOTS, now=NOW + robots.KEEP) == second

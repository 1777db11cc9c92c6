"""The service: it looks at what is due, stops cleanly, leaves nothing behind when killed, and shares its work."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crawler import catalog
from crawler.store import runs, sources
from tests.worlds import World, world

FEW = ("jyj.liuzhou.gov.cn", "www.yzcity.gov.cn", "www.guit.edu.cn", "jyt.jiangsu.gov.cn")


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    """Four sites, looked at often."""
    folder = tmp_path / "sites"
    folder.mkdir()
    known = catalog.load(Path(__file__).parent.parent / "seeds" / "demo" / "sites")
    rows = [site for host in FEW if (site := known.owner_of_host(host))]
    text = "".join(
        f'[[site]]\nid = "{site.id}"\nname = "{site.name}"\nregion = "{site.region}"\nlevel = "{site.level}"\n'
        f'kind = "{site.kind}"\nhomepage = "{site.homepage}"\nlistings = {[one.url for one in site.listings]}\n'
        for site in rows
    )
    (folder / "some.toml").write_text(text + '[[site]]\nid = "BAD"\n', "utf-8")
    with world(tmp_path, "2024-11-03T09:00", sites=str(folder), watch_tick="0.3", watch_deadline="60") as made:
        yield made


def until(ready: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def looked(there: World) -> int:
    if not (there.home / "var" / "huixun.db").exists():
        return 0
    with there.store() as store, store.read() as conn:
        return sum(1 for state in sources.all_states(conn) if state.last_looked_at)


def crawls_of(there: World) -> list[int]:
    """The processes that crawl for this store."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            env, command = path.read_bytes(), (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if f"HUIXUN_HOME={there.env['HUIXUN_HOME']}".encode() in env and b"scrapy" in command:
            found.append(int(path.parent.name))
    return found


def end(process: subprocess.Popen[str], with_signal: int = signal.SIGTERM) -> int:
    process.send_signal(with_signal)
    return process.wait(60)


def test_looks_at_all_that_is_due_and_stops_cleanly(there: World) -> None:
    watch = there.start("crawler.cli", "watch")
    until(lambda: looked(there) == len(FEW))
    assert end(watch) == 0
    with there.store() as store, store.read() as conn:
        assert [run.reason for run in runs.recent(conn)] == ["finished"]
        assert not [state for state in sources.all_states(conn) if state.lease_owner]


def test_killed_it_leaves_no_crawl_behind_and_the_next_one_goes_on(there: World) -> None:
    watch = there.start("crawler.cli", "watch")
    until(lambda: bool(crawls_of(there)))
    time.sleep(0.8)
    end(watch, signal.SIGKILL)
    until(lambda: not crawls_of(there))
    again = there.start("crawler.cli", "watch")
    until(lambda: looked(there) == len(FEW))
    assert end(again) == 0


def test_two_watchers_do_not_double(there: World) -> None:
    both = [there.start("crawler.cli", "watch") for _ in range(2)]
    until(lambda: looked(there) == len(FEW))
    time.sleep(1.5)
    assert [end(watch) for watch in both] == [0, 0]
    asked = Counter(request.url for request in there.replica.requests if not request.path.endswith("robots.txt"))
    assert asked.most_common(1)[0][1] == 1


def test_a_crawl_past_its_deadline_is_stopped(there: World) -> None:
    there.env["HUIXUN_WATCH_DEADLINE"] = "2"
    there.env["HUIXUN_CRAWL_DELAY"] = "30"
    watch = there.start("crawler.cli", "watch")
    until(lambda: bool(crawls_of(there)))
    first = set(crawls_of(there))
    until(lambda: not first & set(crawls_of(there)), 60)
    assert end(watch) == 0
    assert os.path.exists(there.home / "var" / "logs" / "crawl.log")

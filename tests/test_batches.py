"""How the watch deals with crawls that break: it neither storms nor lets one site hold up the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler import config as configs
from crawler.config import Config
from crawler.demo.play import set_clock
from crawler.schedule import daemon
from crawler.schedule.daemon import Watch
from crawler.schedule.runner import Crawled
from crawler.store import open_store, sources
from crawler.workdays import CHINA

START = datetime(2025, 4, 25, 10, tzinfo=CHINA)
SITES = tuple(f"s{number}" for number in range(6))
POISON = "s2"


class FakeCrawl:
    """A crawl that looks at all of its sites, but breaks where one of them is POISON."""

    config: Config
    begun: list[tuple[str, ...]]
    poison = POISON
    while_it_runs: Callable[[], None] = staticmethod(lambda: None)
    before_it_ends: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, config: Config, sites: Sequence[str]) -> None:
        self.sites = tuple(sites)
        self.begun.append(self.sites)

    def wait(self, seconds: float) -> Crawled:
        type(self).while_it_runs()
        broken = self.poison in self.sites
        store = open_store(self.config.store_url)
        with store.begin() as conn:
            for name in () if broken else self.sites:
                now = configs.now(self.config)
                sources.finish_look(conn, site_id=name, now=now, next_due_at=now + timedelta(days=1))
        store.close()
        type(self).before_it_ends()
        return Crawled(sites=self.sites, exit_code=-9 if broken else 0, timed_out=False)

    def stop(self) -> int:
        return -15


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    folder = tmp_path / "sites"
    folder.mkdir()
    row = '[[site]]\nid = "{0}"\nname = "某市{0}"\nregion = "450200"\nlevel = "city"\nkind = "portal"\n'
    row += 'homepage = "http://{0}.cn/"\n'
    (folder / "all.toml").write_text("".join(row.format(name) for name in SITES), "utf-8")
    set_clock(tmp_path / "clock", START)
    env = {"HOME": tmp_path / "var", "SITES": folder, "CLOCK": tmp_path / "clock", "WATCH_BATCH": 4, "WATCH_TICK": 20}
    config = configs.load(None, {f"HUIXUN_{name}": str(value) for name, value in env.items()})
    crawl = type("Crawl", (FakeCrawl,), {"config": config, "begun": []})
    monkeypatch.setattr(daemon, "Crawl", crawl)
    return Watch(config)


def begun() -> list[tuple[str, ...]]:
    return daemon.Crawl.begun  # type: ignore[attr-defined, no-any-return]


def tick(watch: Watch, tmp_path: Path, seconds: float) -> None:
    set_clock(tmp_path / "clock", START + timedelta(seconds=seconds))
    watch.look()


def test_a_site_that_breaks_every_crawl_is_soon_alone(watch: Watch, tmp_path: Path) -> None:
    for number in range(12):
        tick(watch, tmp_path, 21 * number)
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'huixun.db'}")
    with store.read() as conn:
        states = {state.site_id: state for state in sources.all_states(conn)}
    store.close()
    assert {name for name, state in states.items() if state.last_ok_at} == set(SITES) - {POISON}
    assert begun().count((POISON,)) == 1
    assert states[POISON].failures == 1
    assert states[POISON].failure == "the crawl broke (exit code -9)"
    assert states[POISON].next_due_at is not None
    assert states[POISON].next_due_at > START + timedelta(minutes=59)
    assert not any(state.lease_owner for state in states.values())
    assert len(begun()) < 10, "bounded, not one a tick for ever"


def test_a_broken_crawl_is_not_begun_again_at_once(watch: Watch, tmp_path: Path) -> None:
    tick(watch, tmp_path, 0)
    tick(watch, tmp_path, 1)
    assert begun() == [SITES[:4], SITES[4:]], "what broke waits for a tick"


def test_a_second_crawl_begins_while_the_first_one_is_slow(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, entered = threading.Event(), threading.Event()

    def hold_up() -> None:
        if not entered.is_set():
            entered.set()
            slow.wait(10)

    monkeypatch.setattr(daemon.Crawl, "while_it_runs", staticmethod(hold_up))
    first = threading.Thread(target=watch.look)
    first.start()
    assert entered.wait(10)
    watch.look()
    slow.set()
    first.join(10)
    assert begun() == [SITES[:4], SITES[4:]]


def test_a_site_that_shares_its_host_with_one_under_way_waits(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sites" / "all.toml"
    path.write_text(path.read_text("utf-8").replace("http://s5.cn/", "http://s0.cn/"), "utf-8")
    during: list[tuple[str, ...]] = []

    def look_again() -> None:
        if not during:
            during.append(())
            watch.look()
            during[:] = begun()[1:]

    monkeypatch.setattr(daemon.Crawl, "while_it_runs", staticmethod(look_again))
    watch.look()
    assert during == [("s4",)]
    tick(watch, tmp_path, 1)
    assert begun()[2:] == [("s5",)]


def test_a_crawl_gives_back_nothing_that_the_next_one_claimed(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The looks of the first one are filed, but its process still ends when the sites are due again."""
    claimed, over = threading.Event(), threading.Event()
    second = threading.Thread(target=watch.look)

    def hold_up() -> None:
        claimed.set()
        over.wait(10)

    def two_days_later() -> None:
        if not second.ident:
            set_clock(tmp_path / "clock", START + timedelta(days=2))
            monkeypatch.setattr(daemon.Crawl, "while_it_runs", staticmethod(hold_up))
            second.start()
            assert claimed.wait(10)

    monkeypatch.setattr(FakeCrawl, "poison", "")
    monkeypatch.setattr(daemon.Crawl, "before_it_ends", staticmethod(two_days_later))
    watch.look()
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'huixun.db'}")
    with store.read() as conn:
        held = [state.site_id for state in sources.all_states(conn) if state.lease_owner]
    store.close()
    over.set()
    second.join(10)
    assert len(held) == 4

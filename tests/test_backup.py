"""Backups hold everything as it was at one moment, and a restore is whole or refused, whatever is done to either."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import signal
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from crawler import catalog
from crawler.cli import app
from crawler.config import Config, ConfigError, make_home
from crawler.store import Store, StoreError, archive, dump, open_store, outbox, reports, sources
from crawler.store.backup import back_up, restore, verify
from crawler.store.snapshots import SnapshotWriter, pages_of, read_snapshot
from crawler.store.tables import conferences
from tests.factories import NOW, body, page, report
from tests.filers import file, watch
from tests.worlds import DEMO, world


def fill(store: Store, home: Path, *numbers: int, name: str = "first") -> None:
    """File reports whose bytes are kept in the home."""
    snapshots = SnapshotWriter(home / "snapshots", name)
    for number in numbers:
        url = f"http://jyj.yunxi.gov.cn/{number}.html"
        kept = snapshots.write(page(url))
        file(store, report(url, text=body(seed=number), snapshot=kept))
    snapshots.close()


def rows(store: Store) -> list[tuple[str, list[str]]]:
    """Everything that the store holds, in an order of its own."""
    with store.read() as conn:
        return [(name, sorted(gzip.decompress(piece).decode().splitlines())) for name, _, piece in dump.dump(conn)]


@pytest.fixture
def backed_up(tmp_path: Path, store: Store) -> Path:
    home = tmp_path / "home"
    fill(watch(store), home, 1, 2, 3)
    back_up(store, home / "snapshots", tmp_path / "backup.tar", now=NOW)
    return tmp_path / "backup.tar"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A backup of a SQLite store."""
    home = tmp_path / "small"
    store = open_store(f"sqlite:///{home / 'huixun.db'}")
    fill(watch(store), home, 1, 2)
    back_up(store, home / "snapshots", tmp_path / "small.tar", now=NOW)
    store.close()
    return tmp_path / "small.tar"


def test_comes_back_as_it_was_on_either_database(backed_up: Path, store: Store, empty_url: str, tmp_path: Path) -> None:
    new = tmp_path / "new"
    done = restore(backed_up, home=new, store_url=empty_url, now=NOW)
    assert done.rows["reports"] == 3
    again = open_store(empty_url, upgrade=False)
    try:
        assert rows(again) == rows(store)
        with again.read() as conn:
            for number in (1, 2, 3):
                found = reports.get(conn, number)
                assert found is not None
                assert found.snapshot is not None
                assert read_snapshot(new / "snapshots", found.snapshot).url == found.url
        fill(again, new, 4, name="second")  # new rows are numbered behind the old ones
        with again.read() as conn:
            fourth = reports.get(conn, 4)
            assert fourth is not None
            assert fourth.url.endswith("/4.html")
            assert len(outbox.rows(conn)) == len({row.key for row in outbox.rows(conn)})
    finally:
        again.close()
    make_home(Config(home=new))


def test_values_of_every_kind_come_back(store: Store, empty_url: str, tmp_path: Path) -> None:
    odd = {
        "name": "会\u2028\U0010ffff\ufffd'\"\\\n",
        "kind": "",
        "level": "",
        "record": {"a": [1, None, 1.5e300, "\0"]},
    }
    with store.begin() as conn:
        for moment in (NOW, NOW.replace(year=1, month=1), NOW.replace(microsecond=1)):
            conn.execute(insert(conferences).values(odd | {"first_seen_at": moment, "updated_at": moment}))
    back_up(store, None, tmp_path / "odd.tar", now=NOW)
    restore(tmp_path / "odd.tar", home=tmp_path / "new", store_url=empty_url, now=NOW)
    again = open_store(empty_url, upgrade=False)
    try:
        assert rows(again) == rows(store)
    finally:
        again.close()


def test_a_backup_under_writes_is_one_moment(store: Store, another_store: Callable[[], Store], tmp_path: Path) -> None:
    """Whatever report is in it, its conference and its bytes are too."""
    home, writer, stop = tmp_path / "home", another_store(), threading.Event()
    fill(watch(store), home, 1)

    def write() -> None:
        number = 2
        while not stop.is_set():
            fill(writer, home, number, name=f"more-{number}")
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            back_up(store, home / "snapshots", tmp_path / f"{number}.tar", now=NOW)
    finally:
        stop.set()
        thread.join()
    for number in range(3):
        new = tmp_path / f"new-{number}"
        restore(tmp_path / f"{number}.tar", home=new, store_url=f"sqlite:///{new / 'huixun.db'}", now=NOW)
        copy = open_store(f"sqlite:///{new / 'huixun.db'}", upgrade=False)
        with copy.read() as conn:
            assert reports.get(conn, 1) is not None
            told = 1
            while (found := reports.get(conn, told)) is not None:
                assert found.snapshot is not None
                read_snapshot(new / "snapshots", found.snapshot)
                told += 1
            assert len([row for row in outbox.rows(conn, limit=10_000) if row.subscription == "every"]) == told - 1
        copy.close()


def test_what_is_there_stays_unless_it_is_to_be_replaced(small: Path, store_url: str, tmp_path: Path) -> None:
    home = tmp_path / "used"
    store = open_store(store_url)
    fill(watch(store), home, 9)
    before = rows(store)
    with pytest.raises(StoreError, match="--replace"):
        restore(small, home=home, store_url=store_url, now=NOW)
    assert rows(store) == before
    store.close()
    restore(small, home=home, store_url=store_url, now=NOW, replace=True)
    again = open_store(store_url, upgrade=False)
    with again.read() as conn:
        assert reports.get(conn, 2) is not None
        assert reports.by_url(conn, "http://jyj.yunxi.gov.cn/9.html") is None
    again.close()
    aside = next(home.glob("replaced-*"))
    assert list(pages_of(next((aside / "snapshots").iterdir())))
    assert (aside / "huixun.db").exists() == store_url.startswith("sqlite")


def test_other_tables_are_not_touched(small: Path, empty_postgres: str, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE ledger (id int)")
    with pytest.raises(StoreError, match="other tables"):
        restore(small, home=tmp_path / "new", store_url=empty_postgres, now=NOW, replace=True)
    with psycopg.connect(empty_postgres) as connection:
        assert connection.execute("SELECT count(*) FROM ledger").fetchone() == (0,)


def members_of(path: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(path) as tar:
        return [(info, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]


def rewritten(path: Path, to: Path, members: list[tuple[tarfile.TarInfo, bytes]], *, sealed: bool = True) -> Path:
    """The same archive with other members; ``sealed``: with a manifest that fits them, as an attacker would write."""
    manifest = json.loads(members_of(path)[-1][1])
    manifest["members"] = {}
    with tarfile.open(to, "w") as tar:
        for info, data in members:
            if info.name == "manifest.json" and sealed:
                data = json.dumps(manifest).encode()
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))
            hashed = archive._Hashing(io.BytesIO(data))
            hashed.read(-1)
            manifest["members"][info.name] = {"bytes": info.size, "sha256": hashed.hash.hexdigest()}
    return to


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


OUTSIDE = "../../../outside.warc.gz"


@pytest.mark.parametrize(
    "hostile",
    [
        named("/etc/outside.warc.gz"),
        named(OUTSIDE),
        named(f"snapshots/{OUTSIDE}"),
        named("snapshots/.hidden.warc.gz"),
        named("snapshots/..warc.gz"),
        named("snapshots/a/b.warc.gz"),
        named("snapshots/a\x00b.warc.gz"),
        named("snapshots/link.warc.gz", tarfile.SYMTYPE, "/etc/passwd"),
        named("snapshots/link.warc.gz", tarfile.LNKTYPE, "manifest.json"),
        named("snapshots/pipe.warc.gz", tarfile.FIFOTYPE),
        named("snapshots", tarfile.DIRTYPE),
        named("store/alembic_version/00000.jsonl.gz"),
        named("store/sqlite_master/00000.jsonl.gz"),
        named("store/reports; DROP/00000.jsonl.gz"),
        named("huixun.toml"),
    ],
    ids=lambda info: info.name,
)
def test_hostile_members_are_refused(small: Path, hostile: tarfile.TarInfo, tmp_path: Path) -> None:
    rows_of_it = gzip.compress(b'["version_num"]\n["9"]\n')
    changed = rewritten(small, tmp_path / "hostile.tar", [(hostile, rows_of_it), *members_of(small)])
    home = tmp_path / "new" / "home"
    with pytest.raises(StoreError):
        restore(changed, home=home, store_url=f"sqlite:///{home / 'huixun.db'}", now=NOW)
    assert not (home / "huixun.db").exists()
    assert not list(tmp_path.rglob("outside*"))
    with pytest.raises(ConfigError) if home.exists() else pytest.MonkeyPatch().context():
        make_home(Config(home=home))


PIECES = (
    b"",
    b"no gzip",
    gzip.compress(b"[]"),
    gzip.compress(b"{"),
    gzip.compress(b"[" * 100_000),
    gzip.compress(b'["id"]\n["x"]\n'),
    gzip.compress(b'["nothing"]\n[1]\n'),
    gzip.compress(b'["site_id", "state_since"]\n["a", "yesterday"]\n'),
    gzip.compress(b'["site_id"]\n["a"]\n["a"]\n'),
    gzip.compress(b'["site_id", "failures"]\n["a", 1e400]\n'),
    gzip.compress(b'["site_id"]\n[["a"]]\n'),
    gzip.compress(b'["site_id"]\n["a", "b"]\n'),
    gzip.compress(b'["site_id"]\n["a"]\n')[:-6],
)


@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_hostile_rows_are_refused(small: Path, piece: bytes, empty_url: str, tmp_path: Path) -> None:
    kept = [(info, data) for info, data in members_of(small) if not info.name.startswith("store/sources/")]
    changed = rewritten(small, tmp_path / "hostile.tar", [(named("store/sources/00000.jsonl.gz"), piece), *kept])
    with pytest.raises(StoreError):
        restore(changed, home=tmp_path / "new", store_url=empty_url, now=NOW)
    restore(small, home=tmp_path / "new", store_url=empty_url, now=NOW)  # the broken one is in nobody's way


def test_every_cut_and_every_changed_byte_is_found(small: Path, tmp_path: Path) -> None:
    whole, other = small.read_bytes(), tmp_path / "other.tar"
    for end in range(0, len(whole) - 10_240, 499):  # a tar ends in up to 10,240 zeros that say nothing
        other.write_bytes(whole[:end])
        with pytest.raises(StoreError):
            verify(other)
    found = 0
    for place in range(0, len(whole), 331):
        other.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            assert verify(other) == verify(small)  # padding, or a header field that says nothing
        except StoreError:
            found += 1
    assert found > 20
    other.write_bytes(b"")
    with pytest.raises(StoreError):
        verify(other)
    with pytest.raises(StoreError, match="No such file"):
        verify(tmp_path / "none.tar")


def test_a_newer_store_is_not_restored(small: Path, tmp_path: Path) -> None:
    members = members_of(small)
    info, data = members[-1]
    changed = rewritten(small, tmp_path / "n.tar", [*members[:-1], (info, data.replace(b'"0', b'"9'))], sealed=False)
    with pytest.raises(StoreError, match="newer"):
        restore(changed, home=tmp_path / "new", store_url=f"sqlite:///{tmp_path / 'new.db'}", now=NOW)


def killed(work: Callable[[], object]) -> bool:
    """Do it in another process; True where that was killed and False where it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(int(sys.exception() is not None))
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def die_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process's children: kill -9 at the n-th step, whether progress or a rename brought to the disk."""
    left = [number]
    sync = archive.sync_folder

    def step(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def synced(folder: Path) -> None:
        step()
        sync(folder)
        step()

    monkeypatch.setattr(archive, "sync_folder", synced)
    monkeypatch.setattr("tests.test_backup.step", step)


def step(*_: object) -> None:
    """What `die_at` replaces."""


def test_killed_anywhere_a_restore_is_whole_or_refused(
    small: Path, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, number, kills = tmp_path / "new", 0, 0
    while True:
        number += 3
        with monkeypatch.context() as patch:
            die_at(number, patch)
            work = lambda: restore(small, home=home, store_url=empty_url, now=NOW, progress=step)  # noqa: E731
            if not killed(work):
                break
        kills += 1
        if home.exists() and any(home.iterdir()):
            if not (home / "restoring").exists():
                break  # killed behind the last step
            with pytest.raises(ConfigError, match="broken off"):
                make_home(Config(home=home))
    assert kills > 5
    make_home(Config(home=home))
    again = open_store(empty_url, upgrade=False)
    with again.read() as conn:
        found = reports.get(conn, 2)
    again.close()
    assert found is not None
    assert found.snapshot is not None
    read_snapshot(home / "snapshots", found.snapshot)


def test_killed_anywhere_a_backup_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, target = tmp_path / "home", tmp_path / "b.tar"
    url = f"sqlite:///{home / 'huixun.db'}"
    store = open_store(url)
    fill(watch(store), home, 1, 2)
    store.close()

    def work() -> None:
        own = open_store(url)
        back_up(own, home / "snapshots", target, now=NOW, progress=step)

    number = 0
    while True:
        number += 2
        with monkeypatch.context() as patch:
            die_at(number, patch)
            if not killed(work):
                break
        if target.exists():  # killed behind the rename
            verify(target)
            target.unlink()
    assert number > 6
    verify(target)
    with pytest.raises(StoreError, match="is there already"):
        work()
    assert target.stat().st_mode & 0o077 == 0  # the addresses of subscribers are in it


def test_a_full_disk_leaves_nothing(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    url = f"sqlite:///{tmp_path / 'small' / 'huixun.db'}"

    def work() -> None:
        own = open_store(url)
        with own.read() as conn:
            assert reports.get(conn, 1) is not None
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))
        with pytest.raises(StoreError, match="cannot be written"):
            back_up(own, tmp_path / "small" / "snapshots", folder / "b.tar", now=NOW)

    assert not killed(work)
    assert list(folder.iterdir()) == []


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HUIXUN_HOME", str(home))
    run = CliRunner().invoke
    missing = run(app, ["db", "backup", str(tmp_path / "b.tar")])
    assert (missing.exit_code, "huixun db upgrade" in missing.output) == (2, True)
    store = open_store(f"sqlite:///{home / 'huixun.db'}")
    fill(watch(store), home, 1, 2)
    with store.begin() as conn:
        sources.claim_due(conn, site_ids=["yunxi-jyj"], now=NOW, limit=1, owner="host:1", lease_seconds=60)
    store.close()
    before = run(app, ["reports", "list", "--json"]).output
    saved = run(app, ["db", "backup", str(tmp_path / "b.tar"), "--json"])
    assert json.loads(saved.output)["rows"]["reports"] == 2
    assert "2 reports" in run(app, ["db", "verify", str(tmp_path / "b.tar")]).output
    assert run(app, ["db", "restore", str(tmp_path / "b.tar")]).exit_code == 2
    assert run(app, ["db", "restore", str(tmp_path / "none.tar")]).exit_code == 2
    monkeypatch.setenv("HUIXUN_HOME", str(tmp_path / "new"))
    back = run(app, ["db", "restore", str(tmp_path / "b.tar")])
    assert (back.exit_code, "2 reports" in back.output) == (0, True)
    assert run(app, ["reports", "list", "--json"]).output == before
    (tmp_path / "new" / "restoring").mkdir()
    assert run(app, ["reports", "list"]).exit_code == 2
    monkeypatch.setenv("HUIXUN_HOME", str(tmp_path / "bare"))
    assert run(app, ["db", "backup", "--no-snapshots", str(tmp_path / "c" / "d.tar")]).exit_code == 2


def test_a_restored_watch_goes_on(tmp_path: Path, empty_postgres: str) -> None:
    """A crawl, a backup, a move to PostgreSQL, another crawl: what is known is known, and nobody hears of it again."""
    with world(tmp_path, "2024-11-03T09:00", sites=str(tmp_path / "sites")) as there:
        (tmp_path / "sites").mkdir()
        site = next(iter(catalog.load(DEMO / "sites").sites))
        row = {name: json.dumps(getattr(site, name), ensure_ascii=False) for name in ("id", "name", "region", "level")}
        row |= {"kind": json.dumps(site.kind), "homepage": json.dumps(site.homepage)}
        row |= {"listings": json.dumps([one.url for one in site.listings])}
        lines = "".join(f"{name} = {value}\n" for name, value in row.items())
        (tmp_path / "sites" / "one.toml").write_text(f"[[site]]\n{lines}", "utf-8")
        assert there.scrapy("crawl", "sites").returncode == 0
        before = there.huixun("reports", "list", "--json").stdout
        assert before
        assert there.huixun("db", "backup", str(tmp_path / "b.tar")).returncode == 0
        there.env.update(HUIXUN_HOME=str(tmp_path / "moved"), HUIXUN_STORE=empty_postgres)
        assert there.huixun("db", "restore", str(tmp_path / "b.tar")).returncode == 0
        assert there.huixun("reports", "list", "--json").stdout == before
        asked = len(there.replica.requests)
        assert there.scrapy("crawl", "sites").returncode == 0
        again = [request.path for request in there.replica.requests[asked:]]
        assert len(again) <= 1 + len(site.listings), "robots.txt and the lists, which have not changed"
        assert there.huixun("reports", "list", "--json").stdout == before
        assert "0 were filed anew" in there.huixun("replay").stdout

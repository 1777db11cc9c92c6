"""`huixun db`: the store itself, and backups of everything that Huixun keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler import config as configs
from crawler import store
from crawler.cli.app import JsonFlag, app, bar, print_json, settings, stated
from crawler.config import make_home
from crawler.store import backup as backups
from crawler.store.archive import Manifest, Progress

db = typer.Typer(no_args_is_help=True, help="The store: bring its schema up to date, back it up, restore it.")
app.add_typer(db, name="db")

Archive = Annotated[Path, typer.Argument(help="A file that `huixun db backup` wrote.")]


@db.command()
def upgrade() -> None:
    """Make the store, or bring it up to this version's schema."""
    config = settings()
    with stated():
        make_home(config)
        store.upgrade(config.store_url)
        typer.echo(f"the store is at revision {store.revision(config.store_url)}")


@db.command()
def backup(
    path: Annotated[Path | None, typer.Argument(help="The file to write; huixun-DATE-TIME.tar here if none.")] = None,
    snapshots: Annotated[bool, typer.Option(help="The fetched bytes too, not the store alone.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Write the store and the fetched bytes into one file, while the watch goes on."""
    config = settings()
    with stated(), _progress("backup") as progress:
        make_home(config)
        now = configs.now(config)
        target = path or Path(f"huixun-{now:%Y%m%d-%H%M%S}.tar")
        opened = store.open_store(config.store_url, upgrade=False)
        try:
            done = backups.back_up(opened, config.snapshots if snapshots else None, target, now=now, progress=progress)
        finally:
            opened.close()
    _tell(f"{target} holds", target, done, as_json)


@db.command()
def verify(path: Archive, as_json: JsonFlag = False) -> None:
    """Read a backup whole and compare it with its checksums; nothing is changed."""
    with stated(), _progress("verify") as progress:
        done = backups.verify(path, progress=progress)
    _tell(f"{path} is whole: it holds", path, done, as_json)


@db.command()
def restore(
    path: Archive,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put what is there aside first; stop the watch before.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Build the data folder and the store of the settings from a backup, on SQLite or PostgreSQL alike."""
    config = settings()
    with stated(), _progress("restore") as progress:
        done = backups.restore(
            path,
            home=config.home,
            store_url=config.store_url,
            now=configs.now(config),
            replace=replace,
            progress=progress,
        )
    _tell(f"{config.home} now holds", path, done, as_json)


def _tell(what: str, path: Path, done: Manifest, as_json: bool) -> None:
    rows = sum(done.rows.values())
    if as_json:
        facts: dict[str, Any] = {"file": str(path), "made_at": done.made_at, "revision": done.revision}
        print_json(facts | {"rows": done.rows, "snapshots": done.snapshots, "bytes": done.size})
        return
    made = datetime.fromisoformat(done.made_at)
    reports = done.rows.get("reports", 0)
    typer.echo(
        f"{what} {reports} reports ({rows} rows) and {done.snapshots} files of fetched bytes, "
        f"{done.size / 2**20:.1f} MB, as of {made:%Y-%m-%d %H:%M}"
    )


@contextmanager
def _progress(what: str) -> Iterator[Progress]:
    """A bar that counts bytes and rows while a person looks."""
    with bar("{task.fields[rows]} rows, {task.fields[mb]:.0f} MB") as drawn:
        task = drawn.add_task(what, total=None, rows=0, mb=0.0)
        done = {"rows": 0, "bytes": 0}

        def progress(kind: str, count: int) -> None:
            done[kind] += count
            drawn.update(task, rows=done["rows"], mb=done["bytes"] / 2**20)

        yield progress

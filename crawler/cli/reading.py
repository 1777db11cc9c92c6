"""`huixun read`, `import` and `explain`: pages that are already here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from crawler import read as reader
from crawler.catalog import Catalog
from crawler.cli.app import app, fail, out, print_json, settings, stated
from crawler.config import Config
from crawler.explain import explain as told
from crawler.garbage import settle
from crawler.imports import import_files
from crawler.items import Page
from crawler.run import Run, knowledge
from crawler.schedule.one_page import FetchError, fetch
from crawler.topics import Topics


@app.command()
def read(
    files: Annotated[list[Path] | None, typer.Argument(help="JSON Lines of pages; standard input if none.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes to use; 0: this one only.")] = 1,
    spans: Annotated[bool, typer.Option(help="Say where in the text each field of a record stands.")] = False,
) -> None:
    """Clean pages: JSON Lines in, JSON Lines out, one for one, in order. No store, no network."""
    catalog, topics = _knowledge(settings())
    settle()
    for lines in _inputs(files):
        for line in reader.read_all(lines, catalog=catalog, topics=topics, workers=workers, spans=spans):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


def _inputs(files: list[Path] | None) -> Any:
    if not files:
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
        yield sys.stdin
        return
    for path in files:
        try:
            with path.open(encoding="utf-8-sig", errors="replace") as lines:
                yield lines
        except OSError as error:
            raise fail(f"{path} cannot be read: {error.strerror}") from None


def _knowledge(config: Config) -> tuple[Catalog, Topics]:
    with stated():
        return knowledge(config)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines (as for read) or WARC files.")],
    alert: Annotated[bool, typer.Option("--alert", help="Tell subscribers of what is new, as a crawl would.")] = False,
) -> None:
    """File pages as if they had been crawled; prints one JSON line per page with its outcome."""
    config = settings()
    failed = 0
    counts: dict[str, int] = {}
    settle()
    with stated(), Run(config, kind="import") as run, _progress(len(files)) as bar:
        task = bar.add_task("import", total=None)
        for row in import_files(files, run, baseline=False if alert else None):
            print_json(row)
            counts[f"outcome/{row['outcome']}"] = counts.get(f"outcome/{row['outcome']}", 0) + 1
            failed += row["outcome"] == "failed"
            bar.advance(task)
        run.finish("finished", counts)
    if failed:
        raise typer.Exit(1)


def _progress(_count: int) -> Progress:
    """A bar on standard error where a person looks and standard output goes elsewhere."""
    from rich.console import Console

    error = Console(stderr=True)
    return Progress(console=error, disable=not error.is_terminal or out.is_terminal, transient=True)


@app.command()
def explain(
    what: Annotated[str, typer.Argument(help="A saved page, or an address to fetch.")],
    url: Annotated[str, typer.Option(help="The address that a saved page had.")] = "http://saved.invalid/",
) -> None:
    """Tell stage by stage what is changed on a page, and why."""
    config = settings()
    catalog, topics = _knowledge(config)
    for line in told(_page(what, url, config), catalog=catalog, topics=topics):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _page(what: str, url: str, config: Config) -> Page:
    if what.startswith(("http://", "https://")):
        try:
            return fetch(what, config)
        except FetchError as error:
            raise fail(str(error), 1) from None
    try:
        return Page(url=url, body=Path(what).read_bytes())
    except OSError as error:
        raise fail(f"{what} cannot be read: {error.strerror}") from None

"""What all commands share: the settings option, errors in one sentence, output for people or for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from crawler import config as configs
from crawler.config import Config, ConfigError, make_home
from crawler.store import Store, StoreError, open_store

out = Console()
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")]


def fail(message: str, code: int = 2) -> typer.Exit:
    """Print one plain sentence to standard error; `raise` what this gives."""
    typer.echo(f"huixun: {message}", err=True)
    return typer.Exit(code)


def settings() -> Config:
    """The settings, as `--config` or the environment names them. Exits with 2 where they cannot be used."""
    try:
        return configs.load()
    except ConfigError as error:
        raise fail(str(error)) from None


@contextmanager
def stated() -> Iterator[None]:
    """Errors that a person can mend become one sentence and exit code 2."""
    try:
        yield
    except (ConfigError, StoreError) as error:
        raise fail(str(error)) from None


@contextmanager
def opened() -> Iterator[tuple[Config, Store]]:
    """Settings and store for the time of one command."""
    config = settings()
    with stated():
        make_home(config)
        store = open_store(config.store_url)
        try:
            yield config, store
        finally:
            store.close()


def bar(figures: str = "{task.completed}") -> Progress:
    """A progress bar on standard error while a person looks; nothing where the output is piped."""
    error = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn(figures), TimeElapsedColumn())
    return Progress(*columns, console=error, disable=not error.is_terminal, transient=True)


def print_rows(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool) -> None:
    """A table with these columns (key → heading), or every row whole as one JSON line."""
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(*columns.values())
    count = 0
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key in columns))
        count += 1
    out.print(table if count else "nothing here")


def print_json(data: Any) -> None:
    """One line of JSON, Chinese readable."""
    sys.stdout.write(
        json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace").decode("utf-8") + "\n"
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    # Crawled text never steers the terminal.
    return "".join(char if char.isprintable() else " " for char in text).replace("[", "\\[")


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Huixun 会讯")


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"huixun {version('huixun')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Which version this is.", callback=_tell_version, is_eager=True)
]


@app.callback()
def main(
    config: Annotated[Path | None, typer.Option(help="The settings file.")] = None,
    version: Version = False,
) -> None:
    """Watches the websites of Chinese governments and education authorities for conference reports."""
    if config is not None:
        os.environ["HUIXUN_CONFIG"] = str(config)  # crawls run as subprocesses and must see the same file

"""`huixun serve` and `huixun status`: the web page, and its numbers in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from crawler import config as configs
from crawler import logs
from crawler.cli.app import JsonFlag, app, opened, print_json, print_rows, settings, stated
from crawler.health import TROUBLED
from crawler.run import knowledge
from crawler.status import LastRun, Status, read_status, read_vitals
from crawler.web import server
from crawler.web.shown import moment


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 lets every machine in.")] = server.HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = server.PORT,
) -> None:
    """Serve the web page, the API and the feed until SIGTERM or Ctrl-C. It only reads and has no accounts."""
    config = settings()
    with stated():
        logs.set_up(config.log)
        configs.make_home(config)
        server.serve(config, host=host, port=port, ready=lambda url: typer.echo(f"open {url} - Ctrl-C stops"))


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """What was found, what waits, how the sources are and how the last runs went."""
    with opened() as (config, store), stated():
        catalog, _ = knowledge(config)
        with store.read() as conn:
            found = read_status(conn, catalog, now=configs.now(config))
            vitals = read_vitals(conn, now=found.at, silent_after=config.watch.silent_after)
    if as_json:
        print_json(found.as_json())
        return
    for line in _numbers(found):
        typer.echo(line)
    if not vitals.ok:
        typer.echo(f"attention: no watch has been heard since {moment(vitals.watched_at)}; does `huixun watch` run?")
    headings = {"kind": "run", "started": "started", "finished": "finished", "sites": "sites", "outcomes": "outcomes"}
    print_rows([_row(run) for run in found.runs], headings, as_json=False)


@app.command()
def health(as_json: JsonFlag = False) -> None:
    """Whether the service works, for monitors: ends with 1 where the watch is silent, 2 where the store is."""
    with opened() as (config, store), store.read() as conn:
        vitals = read_vitals(conn, now=configs.now(config), silent_after=config.watch.silent_after)
    if as_json:
        print_json(vitals.as_json())
    else:
        heard = f"heard {vitals.silent_for:.0f} seconds ago" if vitals.silent_for is not None else "never heard"
        typer.echo(f"watch {heard}; {vitals.waiting} alerts wait, the oldest for {vitals.overdue:.0f} seconds")
    if not vitals.ok:
        raise typer.Exit(1)


def _numbers(found: Status) -> list[str]:
    lines = [
        f"found     {found.conferences} conferences in {found.reports} reports",
        f"to fetch  {found.to_fetch} pages",
        f"sources   {_counts(found.sources)}",
        f"alerts    {_counts(found.outbox)}",
    ]
    if found.late:
        lines.append(f"attention: {found.late} sources are overdue; does `huixun watch` run?")
    if troubled := sum(found.sources[name] for name in TROUBLED):
        lines.append(f"attention: {troubled} sources need a look; see `huixun sources list`")
    if found.outbox["dead"]:
        lines.append("attention: some alerts were given up; see `huixun alerts outbox --state dead`")
    if found.catalog_problems:
        lines.append(f"attention: {found.catalog_problems} catalogue rows are wrong; see `huixun sources list`")
    return lines


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in numbers.items())


def _row(run: LastRun) -> dict[str, object]:
    return {
        "kind": run.kind,
        "started": moment(run.started_at),
        "finished": moment(run.finished_at) if run.finished_at else "not ended",
        "sites": run.sites,
        "outcomes": _counts(run.outcomes),
    }

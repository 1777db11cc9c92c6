"""`huixun sources`: what is watched, and in what state each source is."""

from __future__ import annotations

from typing import Annotated

import typer

from crawler import config as configs
from crawler.cli.app import JsonFlag, app, fail, opened, print_rows, stated
from crawler.cli.asked import Region
from crawler.filing import hijack
from crawler.run import knowledge
from crawler.status import source_rows
from crawler.store import sources as states
from crawler.web.shown import moment

sources = typer.Typer(no_args_is_help=True, help="The catalogue and the state of its sources.")
app.add_typer(sources, name="sources")

_HEADINGS = {
    "id": "id",
    "name": "name",
    "region": "region",
    "listings": "lists",
    "state": "state",
    "since": "since",
    "why": "why",
    "last_looked_at": "last look",
}


@sources.command()
def trust(site_id: Annotated[str, typer.Argument(help="The id of a site in state hijacked.")]) -> None:
    """Say that a site's host is its owner's again: its pages count from now on, those since it turned too."""
    with opened() as (config, store), store.begin() as conn:
        if not hijack.trust(conn, site_id, now=configs.now(config)):
            raise fail(f"{site_id} is not in state hijacked; `huixun sources list` names the states", 1)
    typer.echo(f"{site_id} is trusted; what was filed as a mirror meanwhile is fetched again at the next look")


@sources.command("list")
def list_(region: Region = None, as_json: JsonFlag = False) -> None:
    """Every site of the catalogue with its last look, and every row that is wrong."""
    with opened() as (config, store), stated():
        catalog, _ = knowledge(config)
        with store.read() as conn:
            known = {state.site_id: state for state in states.all_states(conn)}
            conditions = {row.id: row for row in source_rows(conn, catalog)}
    rows = []
    for site in catalog.sites:
        if not site.region.startswith(region or ""):
            continue
        state, condition = known.get(site.id), conditions[site.id]
        rows.append(
            {
                "id": site.id,
                "name": site.name,
                "region": site.region,
                "family": site.family,
                "listings": len(site.listings),
                "enabled": site.enabled,
                "state": condition.condition,
                "since": moment(condition.condition_since),
                "why": condition.condition_why or (state.failure if state else None),
                "last_looked_at": state.last_looked_at if state else None,
                "next_due_at": state.next_due_at if state else None,
            }
        )
    print_rows(rows, _HEADINGS, as_json=as_json)
    for problem in catalog.problems:
        typer.echo(f"huixun: catalogue: {problem}", err=True)
    if catalog.problems:
        raise typer.Exit(1)

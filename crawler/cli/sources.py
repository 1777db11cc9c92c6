"""`huixun sources`: what is watched, and in what state each source is."""

from __future__ import annotations

import typer

from crawler.cli.app import JsonFlag, app, opened, print_rows, stated
from crawler.run import knowledge
from crawler.store import sources as states

sources = typer.Typer(no_args_is_help=True, help="The catalogue and the state of its sources.")
app.add_typer(sources, name="sources")


@sources.command("list")
def list_(region: str = "", as_json: JsonFlag = False) -> None:
    """Every site of the catalogue with its last look, and every row that is wrong."""
    with opened() as (config, store), stated():
        catalog, _ = knowledge(config)
        with store.read() as conn:
            known = {state.site_id: state for state in states.all_states(conn)}
    rows = []
    for site in catalog.sites:
        if not site.region.startswith(region):
            continue
        state = known.get(site.id)
        rows.append(
            {
                "id": site.id,
                "name": site.name,
                "region": site.region,
                "family": site.family,
                "listings": len(site.listings),
                "enabled": site.enabled,
                "state": state.state if state else "never looked at",
                "last_looked_at": state.last_looked_at if state else None,
                "next_due_at": state.next_due_at if state else None,
            }
        )
    headings = {
        "id": "id",
        "name": "name",
        "region": "region",
        "listings": "lists",
        "state": "state",
        "last_looked_at": "last look",
    }
    print_rows(rows, headings, as_json=as_json)
    for problem in catalog.problems:
        typer.echo(f"huixun: catalogue: {problem}", err=True)
    if catalog.problems:
        raise typer.Exit(1)

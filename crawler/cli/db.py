"""`huixun db`: the store itself."""

from __future__ import annotations

import typer

from crawler import store
from crawler.cli.app import app, settings, stated
from crawler.config import make_home

db = typer.Typer(no_args_is_help=True, help="The store: bring its schema up to date.")
app.add_typer(db, name="db")


@db.command()
def upgrade() -> None:
    """Make the store, or bring it up to this version's schema."""
    config = settings()
    with stated():
        make_home(config)
        store.upgrade(config.store_url)
        typer.echo(f"the store is at revision {store.revision(config.store_url)}")

"""`huixun alerts`: who hears what, and what became of every alert."""

from __future__ import annotations

from typing import Annotated

import attrs
import typer

from crawler import config as configs
from crawler.alerts import channels
from crawler.alerts.rules import label
from crawler.cli.app import JsonFlag, app, fail, opened, print_rows, settings, stated
from crawler.store import outbox as letters

alerts = typer.Typer(no_args_is_help=True, help="Subscriptions and the outbox.")
app.add_typer(alerts, name="alerts")


@alerts.command()
def subscriptions(as_json: JsonFlag = False) -> None:
    """The subscriptions of the settings file."""
    rows = [
        {
            "name": one.name,
            "channel": one.channel,
            "to": [label(to) for to in one.to],
            "send": one.send,
            "regions": list(one.filter.regions),
            "kinds": list(one.filter.kinds),
            "words": list(one.filter.words),
        }
        for one in settings().subscription
    ]
    print_rows(
        rows, {name: name for name in ("name", "channel", "to", "send", "regions", "kinds", "words")}, as_json=as_json
    )


@alerts.command()
def outbox(
    state: Annotated[letters.State | None, typer.Option(help="pending, sent or dead")] = None,
    limit: int = 50,
    as_json: JsonFlag = False,
) -> None:
    """Every alert with its state, attempts and last error."""
    with opened() as (_, store), store.read() as conn:
        rows = [attrs.asdict(row) for row in letters.rows(conn, state=state, limit=limit)]
    headings = {
        "id": "id",
        "subscription": "subscription",
        "recipient": "to",
        "state": "state",
        "attempts": "tries",
        "next_try_at": "due",
        "error": "error",
    }
    print_rows(rows, headings, as_json=as_json)


@alerts.command("test")
def send_test(
    name: Annotated[str, typer.Argument(help="A subscription.")],
    digest: Annotated[bool, typer.Option("--digest", help="A digest of two alerts.")] = False,
) -> None:
    """Send a test message to a subscription now."""
    config = settings()
    if name not in {one.name for one in config.subscription}:
        raise fail(f"there is no subscription {name}; `huixun alerts subscriptions` names them")
    with stated():
        results = channels.send_test(config, name, now=configs.now(config), digest=digest)
    for result in results:
        typer.echo(f"{result.recipient}: {result.error or 'sent'}")
    if any(result.error for result in results):
        raise typer.Exit(1)


@alerts.command()
def retry(ids: Annotated[list[int] | None, typer.Argument(help="Outbox ids; all dead ones if none.")] = None) -> None:
    """Put dead alerts back into the queue; they are sent again with the keys they had."""
    with opened() as (config, store), store.begin() as conn:
        count = letters.retry_dead(conn, now=configs.now(config), ids=ids or None)
    typer.echo(f"{count} put back into the queue")

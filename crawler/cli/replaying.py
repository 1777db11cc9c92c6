"""`huixun replay`: kept pages cleaned again after a rule changed."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from typing import Annotated, Any

import typer
from rich.console import Console

from crawler.cli.app import JsonFlag, app, bar, out, print_json, settings, stated
from crawler.cli.asked import Since, one_of
from crawler.garbage import settle
from crawler.items import Outcome
from crawler.replay import Replayed, replay
from crawler.run import Run
from crawler.store import outcomes
from crawler.subscriptions import BEIJING
from crawler.web.shown import shown

_OUTCOMES = tuple(one.value for one in Outcome if one not in (Outcome.GONE, Outcome.REFUSED))


@app.command("replay")
def replay_(
    since: Since = None,
    site: Annotated[str | None, typer.Option(help="Of one site, by its id.")] = None,
    outcome: Annotated[
        str | None, typer.Option(help="That ended so: off_topic, new …", callback=one_of("outcome", _OUTCOMES))
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and file nothing.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Clean the kept pages again by the rules of today and file what reads otherwise; old news alerts nobody."""
    begin = datetime.combine(date.fromisoformat(since), time(), BEIJING) if since else None
    counts: Counter[str] = Counter()
    wanted = Outcome(outcome) if outcome else None
    settle()
    with stated(), Run(settings(), kind="replay") as run:
        with run.store.read() as conn:
            numbers = outcomes.kept_pages(conn, since=begin, site_id=site, outcome=wanted)
        with bar("{task.completed}/{task.total}") as drawn:
            console = drawn.console if out.is_terminal else out  # lines go above a bar that is drawn
            for found in drawn.track(replay(run, numbers, dry=dry), total=len(numbers), description="replay"):
                _count(counts, found)
                if found.is_filed or found.is_lost:
                    _tell(found, None if as_json else console)
        run.finish("dry run" if dry else "finished", dict(counts))
    if as_json:
        print_json({"counts": dict(sorted(counts.items()))})
    else:
        _tell_all(counts, dry=dry)
    if counts["lost"]:
        raise typer.Exit(1)


def _count(counts: Counter[str], found: Replayed) -> None:
    counts["pages"] += 1
    counts["lost"] += found.is_lost
    if found.is_filed:
        counts["filed"] += 1
        counts[f"outcome/{found.after}"] += 1
        counts.update(f"changed/{word}" for word in found.changed)


def _tell(found: Replayed, console: Console | None) -> None:
    url = None if found.is_mirror or Outcome.MIRROR in (found.before, found.after) else found.url
    row: dict[str, Any] = {"url": url, "site_id": found.site_id, "before": found.before.value}
    row |= {"after": found.after.value, "changed": list(found.changed), "title": found.title, "reason": found.reason}
    if console is None:
        print_json(row | ({"outcome": "lost"} if found.is_lost else {}))
        return
    what = "cannot be read" if found.is_lost else f"{found.before} → {found.after}"
    facts = (what, ", ".join(found.changed), found.title or found.reason or "", url or "")
    console.print(shown("  ".join(fact for fact in facts if fact)), markup=False, highlight=False, soft_wrap=True)


def _tell_all(counts: Counter[str], *, dry: bool) -> None:
    typer.echo(f"{counts['pages']} pages cleaned again, {counts['filed']} {'would be' if dry else 'were'} filed anew")
    for name, count in sorted(counts.items()):
        kind, _, what = name.partition("/")
        if what:
            typer.echo(f"  {count} {what}" if kind == "outcome" else f"  {count} with another {what}")
    if counts["lost"]:
        typer.echo(f"  {counts['lost']} whose bytes cannot be read")

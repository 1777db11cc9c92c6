"""`huixun quarantine`: what was refused and why, and what people chose for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import attrs
import typer
from sqlalchemy import Connection

from crawler.catalog import Catalog
from crawler.cli.app import JsonFlag, app, fail, opened, out, print_json, print_rows, settings, stated
from crawler.explain import explain
from crawler.filing.likeness import host_of, owner_of
from crawler.items import Outcome
from crawler.quarantine import REFUSALS, NotReleased, confirm, page_of, release
from crawler.run import Run, knowledge
from crawler.store import choices as remembered
from crawler.store import outcomes, sources
from crawler.store.outcomes import LoggedPage

quarantine = typer.Typer(no_args_is_help=True, help="Refused pages: list, show, release, confirm.")
app.add_typer(quarantine, name="quarantine")

Number = Annotated[int, typer.Argument(help="The number that `quarantine list` gives.")]


@quarantine.command("list")
def list_(
    outcome: Annotated[str | None, typer.Option(help="spam, mirror, off_topic, empty, undecodable, failed …")] = None,
    site: Annotated[str | None, typer.Option(help="The id of a site.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also what was chosen for already.")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: JsonFlag = False,
) -> None:
    """What was refused on account of the page itself, the latest first; --outcome shows other refusals too."""
    if outcome is not None and outcome not in {one.value for one in REFUSALS}:
        raise fail(f"{outcome} is no refusal; there are {', '.join(sorted(one.value for one in REFUSALS))}")
    wanted = Outcome(outcome) if outcome else None
    with opened() as (config, store), stated():
        catalog, _ = knowledge(config)
        with store.read() as conn:
            found = outcomes.quarantine(conn, outcome=wanted, site_id=site, undecided=not every, limit=limit)
            lost = _lost(conn)
    headings = {"id": "id", "at": "time", "outcome": "outcome", "reason": "reason", "stage": "stage", "url": "address"}
    print_rows([_row(page, catalog, lost) for page in found], headings, as_json=as_json)


def _row(page: LoggedPage, catalog: Catalog, lost: set[str]) -> dict[str, Any]:
    return {
        "id": page.id,
        "at": page.at.isoformat(timespec="minutes"),
        "outcome": page.outcome.value,
        "reason": page.reason,
        "stage": page.stage,
        "site_id": page.site_id,
        "url": page.url if _may_be_shown(page, catalog, lost) else None,
        "evidence": page.evidence,
        "snapshot": attrs.asdict(page.snapshot) if page.snapshot else None,
        "choice_id": page.choice_id,
    }


def _may_be_shown(page: LoggedPage, catalog: Catalog, lost: set[str]) -> bool:
    """A host outside of the catalogue may be a mirror's, whose address is never shown."""
    owner = owner_of(host_of(page.url), catalog)
    return owner is not None and owner.id not in lost and page.outcome is not Outcome.MIRROR


@quarantine.command()
def show(number: Number, as_json: JsonFlag = False) -> None:
    """What was seen in a refused page, stage by stage, read from its kept bytes."""
    with opened() as (config, store), stated():
        catalog, topics = knowledge(config)
        with store.read() as conn:
            logged = _logged(conn, number)
            row = _row(logged, catalog, _lost(conn))
        if as_json:
            print_json(row)
            return
        lines = [f"{row['outcome']}: {row['reason']}", f"address: {row['url'] or 'not shown, it may be a mirror'}"]
        lines += [f"evidence: {piece}" for piece in logged.evidence]
        try:
            told = explain(page_of(config.snapshots, logged), catalog=catalog, topics=topics)
            lines += list(told)[1:]  # without its address
        except NotReleased as error:
            lines.append(str(error))
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@quarantine.command("release")
def release_(number: Number) -> None:
    """Let a page through: file what it holds although it was refused, and later pages like it too."""
    with _run() as run:
        with run.store.read() as conn:
            logged = _logged(conn, number)
        try:
            done = release(run, logged)
        except NotReleased as error:
            raise fail(f"{number} cannot be let through: {error}", 1) from None
    told = f" of conference {done.conference_id}" if done.conference_id else ""
    typer.echo(f"filed as report {done.report_id}{told} ({done.outcome}); remembered as choice {done.choice_id}")


@quarantine.command("confirm")
def confirm_(number: Number) -> None:
    """Say that a page was rightly refused; later pages like it are not listed any more."""
    with _run() as run:
        with run.store.read() as conn:
            logged = _logged(conn, number)
        try:
            choice_id = confirm(run, logged)
        except NotReleased as error:
            raise fail(f"{number} cannot be remembered: {error}", 1) from None
    typer.echo(f"remembered as choice {choice_id}")


@quarantine.command()
def choices(as_json: JsonFlag = False) -> None:
    """The choices that are remembered, the latest first."""
    with opened() as (_, store), store.read() as conn:
        found = remembered.remembered(conn)
    rows = [
        {"id": one.id, "choice": one.verdict, "made_at": one.made_at.isoformat(timespec="minutes")}
        | attrs.asdict(one.marks)
        for one in found
    ]
    for row in rows:  # the place of a page outside of the catalogue is its host, which may be a mirror's
        row["place"] = "a host outside of the catalogue" if "." in row["place"] else row["place"]
    headings = {"id": "id", "choice": "choice", "outcome": "outcome", "place": "place", "reason_kind": "reason"}
    print_rows(rows, headings, as_json=as_json)


@quarantine.command()
def forget(number: Annotated[int, typer.Argument(help="The number of a choice.")]) -> None:
    """Forget a choice; pages like it are asked about again. What was filed stays."""
    with opened() as (_, store), store.begin() as conn:
        if not remembered.forget(conn, number):
            raise fail(f"there is no choice {number}", 1)
    typer.echo(f"choice {number} is forgotten")


@contextmanager
def _run() -> Iterator[Run]:
    with stated(), Run(settings(), kind="quarantine") as run:
        yield run
        run.finish("finished", {})


def _lost(conn: Connection) -> set[str]:
    return {state.site_id for state in sources.all_states(conn) if state.state == sources.HIJACKED}


def _logged(conn: Connection, number: int) -> LoggedPage:
    logged = outcomes.get(conn, number)
    if logged is None or logged.outcome not in REFUSALS:
        raise fail(f"there is no refused page {number}; `huixun quarantine list` names them", 1)
    return logged

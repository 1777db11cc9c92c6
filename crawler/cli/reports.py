"""`huixun reports` and `huixun conferences`: what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.app import JsonFlag, app, fail, opened, out, print_json, print_rows
from crawler.cli.asked import AnyLevel, Kind, Region, Since, Until
from crawler.export import WRITERS, flat
from crawler.export import rows as export_of
from crawler.shown import conference_row, report_row, text_of
from crawler.store import conferences as events
from crawler.store import reports as articles
from crawler.store.search import Query, find_conferences, find_reports
from crawler.web.shown import moment

reports = typer.Typer(no_args_is_help=True, help="The reports: list, search, show, export.")
conferences = typer.Typer(no_args_is_help=True, help="The conferences that the reports tell of.")
app.add_typer(reports, name="reports")
app.add_typer(conferences, name="conferences")

Limit = Annotated[int, typer.Option(min=1)]

_HEADINGS = {
    "id": "id",
    "date": "published",
    "conference": "conference",
    "held_on": "held on",
    "region": "region",
    "title": "title",
}


@reports.command("list")
def list_(
    region: Region = None,
    kind: Kind = None,
    level: AnyLevel = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """The reports, the latest first."""
    _print(Query(region=region, kind=kind, level=level, since=since, until=until), limit, as_json)


@reports.command()
def search(words: list[str], region: Region = None, limit: Limit = 50, as_json: JsonFlag = False) -> None:
    """The reports that hold all these words, in title or text."""
    _print(Query(words=tuple(words), region=region), limit, as_json)


def _print(query: Query, limit: int, as_json: bool) -> None:
    with opened() as (_, store), store.read() as conn:
        rows = [report_row(report) for report in find_reports(conn, query, limit=limit)]
    print_rows(rows if as_json else [flat(row) | {"id": row["id"]} for row in rows], _HEADINGS, as_json=as_json)


@reports.command()
def show(number: Annotated[int, typer.Argument(help="The report's id.")], as_json: JsonFlag = False) -> None:
    """One report whole, with what was repaired and cut."""
    with opened() as (_, store), store.read() as conn:
        report = articles.get(conn, number)
    if report is None:
        raise fail(f"there is no report {number}", 1)
    if as_json:
        print_json(report_row(report) | text_of(report))
        return
    facts = (
        report.title,
        f"{report.date or '–'}  {report.source}  {report.author}",
        report.shown_url or "",
        *([f"its page is gone since {moment(report.missed_at)}"] if report.gone_at else []),
        "",
        report.text,
        "",
    )
    for line in facts:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    for fix in report.fixes:
        out.print(f"repaired: {fix.stage} {fix.kind} ×{fix.count}", markup=False, highlight=False)
    for block in report.spam:
        out.print(f"cut from {block.where}: {len(block.text)} characters ({', '.join(block.marks)})", markup=False)


@reports.command()
def export(
    path: Annotated[Path, typer.Argument(help="A file; its ending says the format: .jsonl .csv .xlsx .md")],
    region: Region = None,
    kind: Kind = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Write the reports to a file."""
    write = WRITERS.get(path.suffix.removeprefix("."))
    if write is None:
        raise fail(f"{path.name}: the ending must be one of {', '.join('.' + name for name in WRITERS)}")
    query = Query(region=region, kind=kind, since=since, until=until)
    with opened() as (_, store), store.read() as conn:
        try:
            count = write(export_of(conn, query), path)
        except OSError as error:
            raise fail(f"{path} cannot be written: {error.strerror}", 1) from None
    typer.echo(f"{count} reports written to {path}")


@conferences.command("list")
def list_conferences(
    region: Region = None,
    kind: Kind = None,
    level: AnyLevel = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """The conferences, the latest held first."""
    query = Query(region=region, kind=kind, level=level, since=since, until=until)
    with opened() as (_, store), store.read() as conn:
        rows = [conference_row(event) for event in find_conferences(conn, query, limit=limit)]
    headings = {
        "id": "id",
        "held_on": "held on",
        "name": "name",
        "region_name": "region",
        "level": "level",
        "kind": "kind",
    }
    print_rows(rows, headings, as_json=as_json)


@conferences.command("show")
def show_conference(number: Annotated[int, typer.Argument(help="The conference's id.")]) -> None:
    """One conference as JSON, with its reports."""
    with opened() as (_, store), store.read() as conn:
        event = events.get(conn, number)
        told = articles.of_conference(conn, number)
    if event is None:
        raise fail(f"there is no conference {number}", 1)
    print_json(conference_row(event) | {"reports": [report_row(report) for report in told]})

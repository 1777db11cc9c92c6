"""`huixun sources check | turns | stats`: whether the sources answer, when they turned, and how late their news is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from attrs import asdict

from crawler import config as configs
from crawler.catalog import Site
from crawler.cli.app import JsonFlag, fail, opened, out, print_json, print_rows, settings, stated
from crawler.cli.sources import sources
from crawler.health import Answer
from crawler.run import knowledge
from crawler.schedule.check import CheckError
from crawler.schedule.check import check as try_now
from crawler.store import delays
from crawler.store import turns as source_turns
from crawler.web.shown import moment

_MOST = 200  # sites in one crawl, so that a long list shows its first lines soon


@sources.command()
def check(
    sites: Annotated[list[str] | None, typer.Argument(help="Ids of the catalogue.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every enabled site, and a report of them.")] = False,
    report: Annotated[Path | None, typer.Option(help="Where --all writes it; sources-check.md in `home`.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Try sources now: how each listing answers, what is read in it, or why nothing is. The store is left alone."""
    config = settings()
    with stated():
        catalog, _ = knowledge(config)
    if bool(sites) == every:
        raise fail("say which sites, or --all; `huixun sources list` names them")
    for name in sites or ():
        if name not in catalog.by_id:
            raise fail(f"there is no site {name} in the catalogue")
    chosen = [catalog.by_id[name] for name in sites or ()] or [site for site in catalog.sites if site.enabled]
    rows: list[dict[str, Any]] = []
    for start in range(0, len(chosen), _MOST):
        part = chosen[start : start + _MOST]
        try:
            answers = try_now([site.id for site in part], config)
        except CheckError as error:
            raise fail(str(error), 1) from None
        rows += [row for site in part for row in _rows(site, answers.get(site.id, ()))]
    if every:
        _write(report or config.home / "sources-check.md", rows, configs.now(config))
    headings = {name: name for name in ("site", "answer", "family", "entries", "newest", "next", "listing", "why")}
    print_rows(rows, headings, as_json=as_json)
    if any(row["answer"] != "ok" for row in rows):
        raise typer.Exit(1)


def _rows(site: Site, answers: tuple[Answer, ...]) -> Iterator[dict[str, Any]]:
    known = {answer.url: answer for answer in answers}
    for listing in site.listings:
        answer = known.get(listing.url)
        yield {
            "site": site.id,
            "listing": listing.url,
            "answer": (answer.fault or "ok") if answer else "not tried",
            "family": answer.via or site.family if answer else None,
            "entries": answer.entries if answer else None,
            "newest": answer.newest if answer else None,
            "next": answer.next_url if answer else None,
            "why": answer.reason if answer else "the crawl was stopped before",
        }
    if not site.listings:
        yield {"site": site.id, "answer": "no listings", "why": "the catalogue names none"}


def _write(path: Path, rows: list[dict[str, Any]], now: datetime) -> None:
    """A table in Markdown. Text of strangers cannot leave its cell."""
    names = ("site", "answer", "family", "entries", "newest", "listing", "next", "why")
    good = sum(row["answer"] == "ok" for row in rows)
    lines = [f"# Sources on {now:%Y-%m-%d %H:%M}", "", f"{good} of {len(rows)} listings can be read.", ""]
    lines += [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    lines += [f"| {' | '.join(_cell(row, name) for name in names)} |" for row in rows]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8", errors="replace")
    except OSError as error:
        raise fail(f"{path} cannot be written: {error.strerror}", 1) from None
    typer.echo(f"{good} of {len(rows)} listings can be read; the report is {path}", err=True)


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() and char not in "|<>`[]" else " " for char in text)


@sources.command()
def turns(
    site: Annotated[str | None, typer.Argument(help="An id of the catalogue.")] = None,
    days: Annotated[int, typer.Option(min=1, help="Of the last days.")] = 30,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    as_json: JsonFlag = False,
) -> None:
    """When sources came into another state and why, the latest first."""
    with opened() as (config, store), store.read() as conn:
        since = configs.now(config) - timedelta(days=days)
        found = source_turns.recent(conn, site_id=site, since=since, limit=limit)
    if as_json:
        for turn in found:
            print_json(asdict(turn))
        return
    headings = {"at": "at", "site_id": "site", "from_state": "from", "to_state": "to", "reason": "why"}
    print_rows([asdict(turn) | {"at": moment(turn.at)} for turn in found], headings, as_json=False)


@sources.command()
def stats(
    days: Annotated[int, typer.Option(min=1, help="Of the reports filed in the last days.")] = 90,
    as_json: JsonFlag = False,
) -> None:
    """How late each source's news was: published → seen → sent, in minutes."""
    with opened() as (config, store), store.read() as conn:
        found = delays.of_sites(conn, since=configs.now(config) - timedelta(days=days))
    rows = [
        {
            "site": site_id,
            "reports": one.reports,
            "seen_p50": _minutes(one.to_see, 0.5),
            "seen_p95": _minutes(one.to_see, 0.95),
            "sent_p50": _minutes(one.to_send, 0.5),
            "sent_p95": _minutes(one.to_send, 0.95),
        }
        for site_id, one in found.items()
    ]
    headings = {
        "site": "site",
        "reports": "reports",
        "seen_p50": "published to seen: p50",
        "seen_p95": "p95",
        "sent_p50": "seen to sent: p50",
        "sent_p95": "p95",
    }
    print_rows(rows, headings, as_json=as_json)
    if rows and not as_json:
        out.print("minutes; pages that print no time of day are not in the first two")


def _minutes(values: tuple[float, ...], part: float) -> float | None:
    value = delays.percentile(values, part)
    return None if value is None else round(value, 1)

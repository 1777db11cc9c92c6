"""`huixun sources add | repair`: a website explored and shown, and its row written once a person says yes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, cast, get_args

import typer

from crawler import config as configs
from crawler import regions, seeding
from crawler.catalog import SiteKind
from crawler.cli import previews
from crawler.cli.app import JsonFlag, bar, fail, print_json, settings, stated
from crawler.cli.sources import sources
from crawler.config import Config
from crawler.discover import Asked
from crawler.items import Page
from crawler.run import knowledge
from crawler.schedule.discovering import discover
from crawler.schedule.exploring import DiscoverError, Fetch, KnownSite
from crawler.schedule.one_page import fetcher
from crawler.schedule.repairing import repair as proposal_for
from crawler.seeding import SeedError

YesFlag = Annotated[bool, typer.Option("--yes", help="Write without asking.")]
DryRunFlag = Annotated[bool, typer.Option("--dry-run", help="Show only; neither ask nor write.")]


@sources.command()
def add(
    url: Annotated[str, typer.Argument(help="Of the site's first page, of a list of news, or of one article.")],
    region: Annotated[str, typer.Option(help="The place, six digits of GB/T 2260, where the pages do not tell.")] = "",
    name: Annotated[str, typer.Option(help="Whose site it is.")] = "",
    kind: Annotated[str, typer.Option(help="education, portal, school or media.")] = "",
    id_: Annotated[str, typer.Option("--id", help="The site's id; one is made from province, place and office.")] = "",
    yes: YesFlag = False,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Work out how a site is to be watched, show what is read, and write its row into the catalogue."""
    config = settings()
    asked = _asked(region, name, kind, id_)
    with stated():
        catalog, topics = knowledge(config)
        if id_ in catalog.by_id:
            raise fail(f"the id {id_} is taken, by {catalog.by_id[id_].name}")
        try:
            today = configs.now(config).date()
            with _waiting(config) as fetch:
                found = discover(url, fetch, catalog=catalog, topics=topics, today=today, asked=asked)
        except KnownSite as error:
            raise fail(f"{error}; its row stands in {seeding.file_of(config.sites, error.site.id)}", 1) from None
        except DiscoverError as error:
            raise fail(str(error), 1) from None
    path = seeding.home_of(config.sites, found.site)
    if not as_json:
        previews.show_found(found, path)
    written = _agreed(yes, dry_run, as_json)
    if written:
        _write(lambda: seeding.add(config.sites, path, found.site))
    if as_json:
        print_json(previews.of_found(found, path) | {"written": written})
    elif written:
        typer.echo(f"{found.site.id} stands in {path}; `scrapy crawl {found.site.id}` looks at it")


@sources.command()
def repair(
    site_id: Annotated[str, typer.Argument(help="The id of a site that is no longer read well.")],
    yes: YesFlag = False,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Propose other addresses and selectors for a site, beside what its row reads now; written if you agree."""
    config = settings()
    with stated():
        catalog, topics = knowledge(config)
        site = catalog.by_id.get(site_id)
        path = seeding.file_of(config.sites, site_id)
        if site is None or path is None:
            raise fail(f"there is no site {site_id} in the catalogue")
        try:
            today = configs.now(config).date()
            with _waiting(config) as fetch:
                proposed = proposal_for(site, fetch, catalog=catalog, topics=topics, today=today)
        except DiscoverError as error:
            raise fail(str(error), 1) from None
    needed = proposed.new != proposed.old
    if needed and not as_json:
        previews.show_repair(proposed)
    written = needed and _agreed(yes, dry_run, as_json)
    if written:
        _write(lambda: seeding.change(config.sites, path, proposed.new))
    if as_json:
        print_json(previews.of_repair(proposed, path) | {"needed": needed, "written": written})
    elif not needed:
        previews.show_notes(proposed.notes)
        typer.echo(f"{site_id}: nothing is proposed, its row reads what can be read")
    elif written:
        typer.echo(f"{site_id} is changed in {path}")


@contextmanager
def _waiting(config: Config) -> Iterator[Fetch]:
    """A fetch that shows a person how many pages there were so far."""
    fetch = fetcher(config)
    with bar("{task.completed} pages") as shown:
        task = shown.add_task("looking", total=None)

        def counted(urls: Sequence[str], rendered: bool) -> Mapping[str, Page | str]:
            answers = fetch(urls, rendered)
            shown.advance(task, len(urls))
            return answers

        yield counted


def _asked(region: str, name: str, kind: str, id_: str) -> Asked:
    """What the options say. Exits with 2 where a region or a kind is not known."""
    if kind and kind not in get_args(SiteKind):
        raise fail(f"--kind is one of {', '.join(get_args(SiteKind))}")
    place = (regions.get(region) if region.isdigit() else regions.find(region)) if region else None
    if region and place is None:
        near = ", ".join(f"{one.code} {one.name}" for one in regions.named(region)[:6])
        raise fail(f"{region} is no division of GB/T 2260" + (f"; perhaps {near}" if near else ""))
    return Asked(id=id_, name=name, kind=cast(SiteKind, kind) if kind else None, region=place.code if place else "")


def _agreed(yes: bool, dry_run: bool, as_json: bool) -> bool:
    """True where the row is to be written; a person is asked, a program has to say --yes."""
    if dry_run or yes:
        return yes and not dry_run
    agreed = not as_json and sys.stdin.isatty() and typer.confirm("Write this into the catalogue?")
    if not agreed:
        typer.echo("nothing was written; --yes writes without asking", err=True)
    return agreed


def _write(change: Callable[[], None]) -> None:
    try:
        change()
    except SeedError as error:
        raise fail(str(error), 1) from None

"""Tells a person what the demo did: sites, pages, conferences, alerts, what was repaired and what was thrown out."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from crawler.catalog import load
from crawler.demo.check import alerted
from crawler.demo.play import Played
from crawler.items import Person
from crawler.store import outbox, outcomes, sources
from crawler.store.reports import StoredReport, stored
from crawler.store.search import Query, find_conferences
from crawler.store.tables import reports

_MEANT = {
    "new": "a report that was not known",
    "revised": "a known report whose text changed",
    "unchanged": "looked at again, the same text",
    "reprint": "the text of a known report",
    "mirror": "a copy on a stranger's host: kept as evidence, told to nobody",
    "off_topic": "an article, but no conference report",
    "spam": "planted text and nothing else",
    "empty": "no article in it",
    "challenged": "a script challenge: recorded, never solved",
    "gone": "404",
    "refused": "robots.txt, a resting host, or a page that needs a browser",
    "failed": "an error, tried again later",
}


def tell(console: Console, played: Played, conn: Connection) -> None:
    """Print the whole summary."""
    _sites(console, played, conn)
    _pages(console, conn)
    _conferences(console, conn)
    _alerts(console, played, conn)
    _cleaning(console, conn)


def _sites(console: Console, played: Played, conn: Connection) -> None:
    catalog = load(played.config.sites)
    asked = Counter(request.host for request in played.replica.requests)
    states = {state.site_id: state for state in sources.all_states(conn)}
    table = Table("site", "host", "requests", "state", title="Sites")
    for site in catalog.sites:
        hosts = sorted(asked.keys() & {f"{prefix}{host}" for host in site.own_hosts for prefix in ("", "www.")})
        state = states.get(site.id)
        count = sum(asked[host] for host in hosts)
        name = f"{site.name} (browser)" if site.needs_js else site.name
        table.add_row(name, ", ".join(hosts), str(count), state.state if state else "–")
    console.print(table)


def _pages(console: Console, conn: Connection) -> None:
    table = Table("outcome", "pages", "that is", title="Pages, each in exactly one outcome")
    for outcome, count in outcomes.counts(conn).items():
        table.add_row(outcome, str(count), _MEANT.get(outcome, ""))
    console.print(table)


def _conferences(console: Console, conn: Connection) -> None:
    told = alerted(conn)
    table = Table("held on", "region", "conference", "chair", "speech", "units", "alerts", title="Conferences")
    for event in find_conferences(conn, Query(), limit=100):
        record = event.record
        table.add_row(
            f"{record.held_on or '–'}{' (inferred)' if record.held_on_basis == 'inferred' else ''}",
            f"{record.region_name} {record.region_code}",
            record.name,
            _names(record.people, "chair"),
            _names(record.people, "speech"),
            str(len(record.exchange_units) or "–"),
            str(told[event.id]) if told[event.id] else "none: old news",
        )
    console.print(table)


def _names(people: tuple[Person, ...], role: str) -> str:
    return "、".join(person.name for person in people if role in person.roles) or "–"


def _alerts(console: Console, played: Played, conn: Connection) -> None:
    got = played.receivers.received()
    distinct = {(one.channel, one.key, one.to): one for one in got}
    table = Table("to", "by", "alerts", "subjects", title="Alerts, sent and received")
    by_recipient: dict[tuple[str, str], list[str]] = {}
    for one in distinct.values():
        by_recipient.setdefault((one.to, one.channel), []).append(one.subject)
    for (recipient, channel), subjects in sorted(by_recipient.items()):
        table.add_row(recipient, channel, str(len(subjects)), "\n".join(subjects))
    console.print(table)
    counts = outbox.counts(conn)
    repeats = len(got) - len(distinct)
    again = f" ({repeats} of them again, under the same key)" if repeats else ""
    console.print(
        f"{counts['sent']} alerts sent, {len(distinct)} received{again}, "
        f"{counts['pending']} waiting, {counts['dead']} dead."
    )


def _cleaning(console: Console, conn: Connection) -> None:
    rows = [stored(row) for row in conn.execute(select(reports)).mappings()]
    fixes: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for report in rows:
        for fix in report.fixes:
            fixes[fix.stage, fix.kind] += fix.count
            examples.setdefault((fix.stage, fix.kind), f"{_short(fix.before)} → {_short(fix.after)}")
    table = Table("stage", "what", "times", "for example", title="Repaired")
    for (stage, kind), count in fixes.most_common():
        table.add_row(stage, kind, str(count), examples[stage, kind].replace("[", "\\["))
    console.print(table)
    for report in rows:
        _spam(console, report)


def _spam(console: Console, report: StoredReport) -> None:
    chars = sum(len(block.text) for block in report.spam)
    if chars:
        blocks = len(report.spam)
        console.print(f"Thrown out of “{_short(report.title_hans)}”: {blocks} planted blocks, {chars} characters.")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 24 else f"{flat[:24]}…"

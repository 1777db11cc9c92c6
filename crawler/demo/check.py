"""Compares what a demo came to with seeds/demo/expected.toml; every difference is one sentence."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any

from sqlalchemy import Connection, select

from crawler import catalog as catalogs
from crawler.demo.play import FOLDER, Played
from crawler.store import conferences, outbox, reports, sources
from crawler.store.tables import outcomes

Expected = Mapping[str, Any]


def expected() -> Expected:
    """What seeds/demo/expected.toml says."""
    return tomllib.loads((FOLDER / "expected.toml").read_text("utf-8"))


def differences(played: Played, conn: Connection, *, has_browser: bool) -> list[str]:
    """What is not as it should be; empty where all is well."""
    wanted = expected()
    found: list[str] = []
    for one in wanted["conference"]:
        if has_browser or not one.get("browser"):
            found += _conference(conn, one)
    for page in wanted["page"]:
        if page["outcome"] not in _outcomes(conn, page["url"]):
            found.append(f"{page['url']}: no outcome {page['outcome']}")
        found += _same_conference(conn, page, wanted)
    lost = {site["host"] for site in wanted["site"] if site["state"] == sources.HIJACKED}
    found += _lost_hosts(played, conn, lost)
    for prefix in wanted["never"]["requested_under"]:
        if any(request.url.startswith(prefix) for request in played.replica.requests):
            found.append(f"{prefix} was asked for although robots.txt forbids it")
    return found + list(_alerts(played, conn))


def _lost_hosts(played: Played, conn: Connection, hosts: Set[str]) -> Iterator[str]:
    catalog = catalogs.load(played.config.sites)
    wanted = {site.id for host in hosts if (site := catalog.owner_of_host(host))}
    seen = {state.site_id for state in sources.all_states(conn) if state.state == sources.HIJACKED}
    if seen != wanted:
        yield f"hijacked are {sorted(seen)}, expected {sorted(wanted)}"
    told = [row.payload["source"]["id"] for row in outbox.rows(conn, limit=10_000) if row.payload["event"] == "source"]
    lost = sorted(site_id for site_id in told if site_id in wanted)
    if lost != sorted(wanted):
        yield f"the operator was told of {lost}, expected once each of {sorted(wanted)}"


def _conference(conn: Connection, wanted: Expected) -> Iterator[str]:
    page = wanted["page"]
    report = reports.by_url(conn, page["url"])
    if report is None or report.conference_id is None:
        yield f"{wanted['key']}: no report filed from {page['url']}"
        return
    stored = conferences.get(conn, report.conference_id)
    if stored is None:
        yield f"{wanted['key']}: no conference"
        return
    record = stored.record
    names = {role: [person.name for person in record.people if role in person.roles] for role in ("chair", "speech")}
    seen = {
        "name": record.name,
        "kind": record.kind,
        "region_code": record.region_code,
        "level": record.level,
        "held_on": record.held_on or "",
        "venue": record.venue,
        "chair": names["chair"],
        "speech": names["speech"],
        "exchange_units": len(record.exchange_units),
    }
    asked = dict(wanted) | {"speech": wanted.get("speech_after_edit", wanted["speech"])}
    for name in seen.keys() & asked.keys():
        if seen[name] != asked[name]:
            yield f"{wanted['key']}: {name} is {seen[name]!r}, expected {asked[name]!r}"
    for name, value in (("date", report.date), ("verdict", report.verdict)):
        if value != page[name]:
            yield f"{wanted['key']}: {name} is {value!r}, expected {page[name]!r}"
    told = alerted(conn)[report.conference_id]
    if bool(told) != wanted["alert"]:
        yield f"{wanted['key']}: {told} alerts, expected {'some' if wanted['alert'] else 'none'}"


def _same_conference(conn: Connection, page: Expected, wanted: Expected) -> Iterator[str]:
    original = next(one["page"]["url"] for one in wanted["conference"] if one["key"] == page["conference"])
    copy, own = reports.by_url(conn, page["url"]), reports.by_url(conn, original)
    if copy is None or own is None or copy.conference_id != own.conference_id:
        yield f"{page['url']}: not filed with the report of {original}"
    elif len(copy.spam) and page.get("planted_links", 0) and not sum(len(block.text) for block in copy.spam):
        yield f"{page['url']}: no planted text kept as evidence"


def _outcomes(conn: Connection, url: str) -> list[str]:
    return list(conn.scalars(select(outcomes.c.outcome).where(outcomes.c.url == url)))


def alerted(conn: Connection) -> Counter[int]:
    """How many alerts of new conferences were written, by conference."""
    rows = outbox.rows(conn, limit=10_000)
    return Counter(row.payload["conference"]["id"] for row in rows if row.payload["event"] == "conference")


def _alerts(played: Played, conn: Connection) -> Iterator[str]:
    counts = outbox.counts(conn)
    if counts["pending"] or counts["dead"]:
        yield f"{counts['pending']} alerts still wait and {counts['dead']} are dead"
    rows = outbox.rows(conn, limit=10_000)
    told = Counter(
        (row.payload["conference"]["id"], row.subscription, row.recipient)
        for row in rows
        if row.payload["event"] == "conference"
    )
    for (conference_id, subscription, recipient), count in told.items():
        if count > 1:
            yield f"conference {conference_id} was told {count} times to {recipient} ({subscription})"
    keys = {(one.channel, one.key, one.to) for one in played.receivers.received()}
    if len(keys) != counts["sent"]:
        yield f"{counts['sent']} alerts were sent, {len(keys)} arrived"

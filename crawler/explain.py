"""Tells stage by stage what became of a page and why, as plain lines for a person."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.catalog import Catalog
from crawler.clean import steps
from crawler.items import Article, Document, Fix, Page, Rejected, Report, Value
from crawler.topics import Topics

_SHORT = 80


def explain(page: Page, *, catalog: Catalog, topics: Topics) -> Iterator[str]:
    """Lines of text; a stage's heading starts at the margin, what it did is indented."""
    yield f"page {page.url}"
    yield f"  {len(page.body):,} bytes, status {page.status}"
    before: Value = page
    for step in steps(page, catalog=catalog, topics=topics):
        yield step.stage
        if isinstance(step.value, Rejected):
            yield f"  stopped here: {step.value.outcome} ({step.value.reason})"
            yield from (f"  evidence: {_short(piece)}" for piece in step.value.evidence)
            return
        yield from (f"  {line}" for line in _told(step.stage, before, step.value))
        before = step.value


def _told(stage: str, before: Value, value: Value) -> Iterator[str]:
    if isinstance(value, Document):
        yield from _document(stage, before, value)
    elif isinstance(value, Article):
        yield from _article(value)
    elif isinstance(value, Report) and stage == "structure":
        yield from _report(value)
    elif isinstance(value, Report):
        yield f"body {value.body_sha256[:16]}…, {len(value.fingerprints)} fingerprints"


def _document(stage: str, before: Value, value: Document) -> Iterator[str]:
    old = before if isinstance(before, Document) else None
    if stage == "decode":
        yield f"charset {value.charset}, known by: {value.charset_basis}"
    if stage == "repair":
        yield f"script {value.script}"
    yield from _fixes(value.fixes[len(old.fixes) if old else 0 :])
    if stage == "despam":
        for block in value.spam_blocks:
            yield f"cut from {block.where} ({', '.join(block.marks)}; {block.score:.1f}): {_short(block.text)}"
        if value.provenance:
            own = value.provenance
            yield f"verdict {own.verdict} ({', '.join(own.marks) or 'no marks'})"
            for name in ("site_code", "icp", "police_record", "owner_region", "original_url"):
                if getattr(own, name):
                    yield f"{name} {getattr(own, name)}"


def _article(value: Article) -> Iterator[str]:
    for name in ("label", "title", "original_title", "date", "source", "author", "publisher", "via"):
        if getattr(value, name):
            yield f"{name}: {getattr(value, name)}"
    for candidate in value.dates:
        yield f"date offered by {candidate.basis}: {candidate.value} ({_short(candidate.raw)})"
    yield f"body: {len(value.text)} characters, {value.text.count(chr(10)) + 1} paragraphs"
    yield from (f"attachment: {attachment.name} {attachment.url}" for attachment in value.attachments)
    yield from _fixes(value.fixes)


def _report(value: Report) -> Iterator[str]:
    conference = value.conference
    yield f"conference: {conference.name} ({conference.kind}, {conference.level})"
    yield f"region: {conference.region_code} {conference.region_name}"
    yield f"held on {conference.held_on} ({conference.held_on_basis}); at {conference.venue}; {conference.form}"
    for person in conference.people:
        yield f"{'/'.join(person.roles)}: {person.name} {'、'.join(person.titles)}"
    for unit in conference.exchange_units:
        yield f"exchange ({unit.mode}): {unit.name}"
    yield f"verdict {value.provenance.verdict}"
    for span in conference.spans:
        yield f"{span.field} from {span.of} {span.start}–{span.end}: {_short(span.text)}"


def _fixes(fixes: tuple[Fix, ...]) -> Iterator[str]:
    for fix in fixes:
        yield f"{fix.kind} ×{fix.count} ({fix.confidence:.2f}): {_short(fix.before)} → {_short(fix.after)}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHORT else f"{flat[:_SHORT]}…"

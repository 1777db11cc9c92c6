"""Runs one page through all pure stages, in the order of the data flow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, frozen

from crawler.answers import judge
from crawler.catalog import Catalog
from crawler.decode import decode
from crawler.dedup import fingerprint
from crawler.despam import despam
from crawler.extract import extract
from crawler.items import Article, Document, Outcome, Page, Provenance, Rejected, Report, Value, Verdict
from crawler.repair import repair
from crawler.structure import as_report, structure
from crawler.topics import LEAD, Topics

RELEASED = "released"  # the mark of a page that a person let through


@frozen(kw_only=True)
class Step:
    """What one stage made of a page, for `huixun explain`."""

    stage: str
    value: Value | Rejected


def clean(page: Page, *, catalog: Catalog, topics: Topics, lifted: Outcome | None = None) -> Report | Rejected:
    """The report a page holds, or why it holds none. Never raises: a stage that fails is an outcome too.

    ``lifted`` is a judgement that a person overruled for this page: spam, off_topic or mirror.
    """
    value = steps(page, catalog=catalog, topics=topics, lifted=lifted)[-1].value
    assert isinstance(value, Report | Rejected)
    if lifted is Outcome.MIRROR and isinstance(value, Report) and value.provenance.verdict == "mirror":
        marks = (*value.provenance.marks, RELEASED)
        return evolve(value, provenance=evolve(value.provenance, verdict="unknown", original_url=None, marks=marks))
    return value


def steps(page: Page, *, catalog: Catalog, topics: Topics, lifted: Outcome | None = None) -> list[Step]:
    """Every stage's result in order, up to the report or the first refusal that is not lifted."""
    stages: tuple[tuple[str, Callable[[Any], Value | Rejected]], ...] = (
        ("answer", judge),
        ("decode", lambda page: decode(page, declared_encoding(page, catalog))),
        ("repair", repair),
        ("despam", lambda document: despam(document, catalog)),
        ("extract", lambda document: extract(document, catalog)),
        ("structure", lambda article: structure(article, catalog, topics)),
        ("dedup", fingerprint),
    )
    done: list[Step] = []
    value: Value = page
    for name, stage in stages:
        made = attempt(name, stage, value)
        if isinstance(made, Rejected) and made.outcome is lifted:
            made = attempt(name, partial(_lift, made, catalog, topics), value)
        done.append(Step(stage=name, value=made))
        if isinstance(made, Rejected):
            break
        value = made
    return done


def attempt(name: str, stage: Callable[[Any], Value | Rejected], value: Value) -> Value | Rejected:
    """One stage, its own failure turned into a refusal: a page that breaks a rule of ours stops no other page."""
    try:
        made = stage(value)
    except (Exception, RecursionError) as error:  # noqa: BLE001 - whatever a hostile page provokes is counted
        reason = f"{type(error).__name__}: {error}"[:300]
        return Rejected(outcome=Outcome.FAILED, reason=reason, stage=name, last=value)
    if isinstance(made, Rejected) and made.outcome in (Outcome.EMPTY, Outcome.OFF_TOPIC) and _is_unreadable(value):
        return evolve(made, outcome=Outcome.UNDECODABLE, reason=f"its characters were lost before; {made.reason}")
    return made


def _is_unreadable(value: Value) -> bool:
    """True where repair found text that was decoded wrongly, and saved so, before it came to us."""
    document = value.document if isinstance(value, Article) else value
    return isinstance(document, Document) and any(fix.kind == "unreadable" for fix in document.fixes)


def _lift(refused: Rejected, catalog: Catalog, topics: Topics, value: Value) -> Value | Rejected:
    """What the stage would have made of the page without its refusal; the refusal where that cannot be made."""
    if isinstance(value, Document) and refused.outcome is Outcome.SPAM:
        host = urlsplit(value.page.url).hostname
        owner = catalog.owner_of_host(host) if host else None
        verdict: Verdict = "unknown" if owner is None else "media" if owner.kind == "media" else "official"
        return evolve(value, provenance=Provenance(verdict=verdict, marks=(RELEASED,)))
    if isinstance(value, Article) and refused.outcome is Outcome.OFF_TOPIC:
        named = [*topics.names(value.title_hans[:LEAD], "title"), *topics.names(value.text_hans[:LEAD])]
        if named:
            return as_report(value, catalog, named[0])
        return evolve(refused, reason=f"{refused.reason}; no conference is named in title or lead")
    return refused


def declared_encoding(page: Page, catalog: Catalog) -> str | None:
    """What the catalogue says of the site's encoding, as one more candidate for decode."""
    site = catalog.by_id.get(page.site_id or "")
    return site.encoding if site else None

"""Runs one page through all pure stages, in the order of the data flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from crawler.answers import judge
from crawler.catalog import Catalog
from crawler.decode import decode
from crawler.dedup import fingerprint
from crawler.despam import despam
from crawler.extract import extract
from crawler.items import Outcome, Page, Rejected, Report, Value
from crawler.repair import repair
from crawler.structure import structure
from crawler.topics import Topics


@frozen(kw_only=True)
class Step:
    """What one stage made of a page, for `huixun explain`."""

    stage: str
    value: Value | Rejected


def clean(page: Page, *, catalog: Catalog, topics: Topics) -> Report | Rejected:
    """The report a page holds, or why it holds none. Never raises: a stage that fails is an outcome too."""
    value = steps(page, catalog=catalog, topics=topics)[-1].value
    assert isinstance(value, Report | Rejected)
    return value


def steps(page: Page, *, catalog: Catalog, topics: Topics) -> list[Step]:
    """Every stage's result in order, up to the report or the first refusal."""
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
        done.append(Step(stage=name, value=made))
        if isinstance(made, Rejected):
            break
        value = made
    return done


def attempt(name: str, stage: Callable[[Any], Value | Rejected], value: Value) -> Value | Rejected:
    """One stage, its own failure turned into a refusal: a page that breaks a rule of ours stops no other page."""
    try:
        return stage(value)
    except (Exception, RecursionError) as error:  # noqa: BLE001 - whatever a hostile page provokes is counted
        reason = f"{type(error).__name__}: {error}"[:300]
        return Rejected(outcome=Outcome.FAILED, reason=reason, stage=name, last=value)


def declared_encoding(page: Page, catalog: Catalog) -> str | None:
    """What the catalogue says of the site's encoding, as one more candidate for decode."""
    site = catalog.by_id.get(page.site_id or "")
    return site.encoding if site else None

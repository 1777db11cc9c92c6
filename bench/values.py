"""Makes of composed texts the values that the product's functions take."""

from __future__ import annotations

import hashlib

from lxml import html

from bench.copies import Copy
from crawler.dedup import Fingerprinted, normalise
from crawler.hans import to_hans
from crawler.items import Article, Conference, Document, Page, Provenance, Report


def value_of(copy: Copy, published: str | None, held_on: str | None = None) -> Fingerprinted:
    """What filing would compare."""
    text = to_hans(copy.text)
    body = normalise(text, simplified=True)
    return Fingerprinted(
        title_hans=to_hans(copy.title),
        text_hans=text,
        published=published,
        held_on=held_on,
        body_sha256=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def report_of(url: str, copy: Copy, published: str | None) -> Report:
    """What the clean stages would hand to filing, before its fingerprints."""
    page = Page(url=url, body=b"")
    document = Document(page=page, html="", tree=html.fromstring("<p>-</p>"), charset="utf-8", charset_basis="utf-8")
    article = Article(
        document=document,
        title=copy.title,
        title_hans=to_hans(copy.title),
        text=copy.text,
        text_hans=to_hans(copy.text),
        date=published,
    )
    record = Conference(
        name="教育工作会议",
        kind="education_work",
        year=int(published[:4]) if published else None,
        level="city",
        region_code=None,
        region_name=None,
        held_on=published,
    )
    return Report(article=article, conference=record, provenance=Provenance(verdict="media"))

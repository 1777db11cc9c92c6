"""The stage itself: judges the article, reads each field of the record with its span, and settles the provenance."""

from __future__ import annotations

import re

from attrs import evolve

from crawler.catalog import Catalog
from crawler.items import Article, Conference, Outcome, Provenance, Rejected, Report, Span
from crawler.structure.cited import find_conveyed, find_documents
from crawler.structure.meeting import Meeting, find_form, find_host, find_venue, read_meeting
from crawler.structure.place import find_place
from crawler.structure.roles import MAX_TEXT, find_people
from crawler.structure.units import find_units
from crawler.structure.when import When, held_on
from crawler.topics import Named, Topics

# 未经授权不得转载, 转载请注明出处: said of this page by its owner, not of where it came from
_REPRINTED = re.compile(
    "(?<!禁止)(?<!不得)(?<!授权)(?<!谢绝)(?<!请勿)(?<!可)转载(?![请须时需或、和与务使])|转发自|转自|摘自|原载|来源网络"
)
_ORIGINAL = re.compile("(?:原文链接|原文地址|转载自|转自)[:：]?\\s{0,4}(https?://[^\\s,，。;；)）]{4,300})")


def structure(article: Article, catalog: Catalog, topics: Topics) -> Report | Rejected:
    """The report of an article; Rejected(off_topic) with the reason where it reports no conference. Never raises."""
    judgement = topics.judge(article.title_hans, article.text_hans)
    if judgement.named is None:
        return Rejected(outcome=Outcome.OFF_TOPIC, reason=judgement.reason, stage="structure", last=article)
    return as_report(article, catalog, judgement.named)


def as_report(article: Article, catalog: Catalog, named: Named) -> Report:
    """The report of an article that is known to tell of the conference named in it."""
    return Report(article=article, conference=_conference(article, catalog, named), provenance=_provenance(article))


def _conference(article: Article, catalog: Catalog, named: Named) -> Conference:
    text, title = article.text_hans[:MAX_TEXT], article.title_hans
    in_title = named.of == "title"
    meeting = read_meeting(title if in_title else text, named)
    where_said = _opening(text) if in_title else meeting
    venue, host = find_venue(text, where_said), find_host(text, where_said)
    form, form_start, form_end = find_form(text, meeting.name)
    place = find_place(article, catalog, meeting, venue[0] if venue else None, in_title=in_title)
    when = held_on(article, _date_stretches(text, where_said), meeting.year)
    people, people_spans = find_people(title, text, national=place.level == "national")
    units, unit_spans = find_units(text)
    documents, agreements, document_spans = find_documents(text)
    conveyed, conveyed_spans = find_conveyed(text)
    spans = [
        Span(field="name", start=meeting.start, end=meeting.end, text=meeting.name, of=named.of),
        *_span("held_on", text, when.start, when.end),
        *(_span("venue", text, *venue[1:]) if venue else ()),
        *(_span("host_organ", text, *host[1:]) if host else ()),
        *_span("form", text, form_start, form_end),
    ]
    return Conference(
        name=meeting.name,
        kind=named.kind,
        year=meeting.year or _year_of(when),
        level=place.level,
        region_code=place.region.code if place.region else None,
        region_name=place.region.name if place.region else None,
        held_on=when.value,
        held_on_basis=when.basis,
        venue=venue[0] if venue else None,
        host_organ=host[0] if host else None,
        form=form,
        people=people,
        exchange_units=units,
        documents_cited=documents,
        conveyed=conveyed,
        agreements=agreements,
        spans=(*spans, *people_spans, *unit_spans, *document_spans, *conveyed_spans),
    )


def _opening(text: str) -> Meeting:
    """The first lines of the text, where only the title names the conference."""
    return Meeting(name="", start=0, end=0, year=None, scope="", place=None, sentence=(0, min(len(text), 200)))


def _date_stretches(text: str, meeting: Meeting) -> list[tuple[int, int]]:
    """Where the day is looked for: the conference's sentence, then what stands before it in its paragraph."""
    start, end = meeting.sentence
    return [(start, end), (max(0, start - 120, text.rfind("\n", 0, start)), start)]


def _year_of(when: When) -> int | None:
    return int(when.value[:4]) if when.value and not when.value.startswith("--") else None


def _span(field: str, text: str, start: int, end: int) -> tuple[Span, ...]:
    return (Span(field=field, start=start, end=end, text=text[start:end]),) if end > start else ()


def _provenance(article: Article) -> Provenance:
    """What despam found; a reprint where the page itself says that it took the text from elsewhere."""
    provenance = article.document.provenance or Provenance(verdict="unknown")
    if provenance.verdict not in ("official", "unknown"):
        return provenance
    original = _ORIGINAL.search(article.text_hans)
    says = next((word[0] for word in map(_REPRINTED.search, _where_said(article)) if word), None)
    if says is None and original is None:
        return provenance
    return evolve(
        provenance,
        verdict="reprint",
        original_url=provenance.original_url or (original[1] if original else None),
        marks=(*provenance.marks, f"says:{says or 'original link'}"),
    )


def _where_said(article: Article) -> tuple[str, ...]:
    """Where a page says that it reprints: the label, the head of the title, the source, both ends of the text."""
    text = article.text_hans.strip()
    return (
        article.label or "",
        article.title_hans[:8],
        article.source,
        article.raw.get("source", ""),
        text[:12],
        text[-60:],
    )

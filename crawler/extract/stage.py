"""The extract stage: from a cleaned document to its article, or to the reason why there is none."""

from __future__ import annotations

from crawler import cms, dates, hans
from crawler.catalog import Catalog
from crawler.extract import body, bylines, compose, facts, headline, view
from crawler.items import Article, DateCandidate, Document, Outcome, Rejected

_ABOVE = 4
_BELOW = 12


def extract(document: Document, catalog: Catalog) -> Article | Rejected:
    """Read title, dates, source, author, body and attachments.

    Returns Rejected(empty) for a page that holds no article: a shell, a list, a login page, a page not found.
    """
    page = view.look(document)
    sums = body.weigh(page.flow, page.keys)
    family = cms.recognise(document)
    block = body.densest(page.flow, sums)
    block = body.named(page.flow, sums, document, family) or block
    limit = body.first_sentence(sums, block, page.flow)
    head = headline.find(page, limit)
    if head and head.end > head.start:
        sums = body.after(sums, head.end, page.flow)
        block = body.densest(page.flow, sums)
        block = body.named(page.flow, sums, document, family) or block
    kept = body.kept_lines(page.flow, sums, block, page.keys)
    known = facts.read(page, *_fact_lines(head, kept, sums, len(page.keys)))
    text = compose.compose(page, kept, sums.worth, head, known.lines)
    if not text.lines:
        return Rejected(outcome=Outcome.EMPTY, reason="no article in the page", stage="extract", last=document)
    byline = bylines.find(text.lines)
    days = _dates(page, known, document)
    author = facts.authors(known.author.value) if known.author else ""
    meta_author = next((page.meta[n] for n in ("author",) if page.meta.get(n)), "")
    source = known.source.value if known.source else next((page.meta[n] for n in facts._META_SOURCES if page.meta.get(n)), "")
    author = author or (byline.authors if byline else "") or meta_author
    whole = "\n".join(text.lines)
    title = head.text if head else ""
    han = document.script == "Hant"
    return Article(
        document=document, title=title, title_hans=hans.to_hans(title) if han else title,
        label=head.label if head else None, original_title=text.original_title,
        date=days[0].value if days else None, dates=tuple(days), source=source or (byline.organ if byline else ""), author=author,
        text=whole, text_hans=hans.to_hans(whole) if han else whole, fixes=text.fixes,
    )


def _fact_lines(head, kept, sums, count):
    first = next((at for at in kept if sums.worth[at] >= 20), kept[0] if kept else 0)
    last = kept[-1] if kept else first
    start = head.end if head and head.end else max(0, first - 8)
    top = range(start, min(max(first + 2, start), start + 40))
    above = range(max(0, (head.start if head else start) - _ABOVE), head.start if head else start)
    below = range(max(last + 1, first+2), min(count, last + 1 + _BELOW))
    return [*top, *above], sorted(below)


def _dates(page, known, document):
    out = [DateCandidate(value=f.value, raw=f.raw, basis="line") for f in known.dates]
    generated = {d.value for n in facts._META_GENERATED if page.meta.get(n) for d in dates.find(page.meta[n])}
    late = []
    for n in facts._META_DATES:
        if page.meta.get(n) and (v := dates.first(page.meta[n])):
            c = DateCandidate(value=v, raw=page.meta[n], basis="meta")
            (late if v in generated else out).append(c)
    if document.page.entry and document.page.entry.listed_on:
        out.append(DateCandidate(value=document.page.entry.listed_on, raw=document.page.entry.listed_on, basis="list"))
    if v := dates.in_url(document.page.url):
        out.append(DateCandidate(value=v, raw=document.page.url, basis="url"))
    return out + late

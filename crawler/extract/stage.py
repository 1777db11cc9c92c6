"""The extract stage: from a cleaned document to its article, or to the reason why there is none."""

from __future__ import annotations

import attrs

from crawler import cms, hans
from crawler.catalog import Catalog, Selectors
from crawler.extract import (
    attachments,
    body,
    bylines,
    compose,
    credits,
    empty,
    facts,
    headline,
    marks,
    opinion,
    published,
    view,
)
from crawler.items import Article, Document, Outcome, Rejected

STAGE = "extract"
_ABOVE = 4  # lines before the headline that may hold facts
_BELOW = 12  # lines after the text
_TAIL = 2  # lines of the text's own end
_STAMPS = 200  # lines of the text that are looked through for a stamp
_BETWEEN = 40  # lines between headline and text that are looked through
_BEFORE_TEXT = 8  # lines before the text, where no headline is printed


def extract(document: Document, catalog: Catalog) -> Article | Rejected:
    """Read title, dates, source, author, body and attachments.

    Returns Rejected(empty) for a page that holds no article: a shell, a list, a login page, a page not found.
    """
    site = catalog.by_id.get(document.page.site_id or "")
    selectors = site.selectors if site else Selectors()
    found = _read(document, selectors, hidden=False)
    if isinstance(found, Rejected):
        # Some templates hide the article until a script has run.
        again = _read(document, selectors, hidden=True)
        return found if isinstance(again, Rejected) else again
    return found


def _read(document: Document, selectors: Selectors, *, hidden: bool) -> Article | Rejected:
    page = view.look(document, hidden=hidden)
    if not page.keys:
        return Rejected(outcome=Outcome.EMPTY, reason="no text in the page", stage=STAGE, last=document)
    family = cms.recognise(document, page.names)
    known = marks.find(page, family, selectors)
    sums = body.weigh(page)
    choice = body.choose(page, sums, known)
    head = headline.find(page, body.first_sentence(page, sums, choice.block), known)
    printed = head is not None and head.end > head.start
    if head and printed:
        sums = body.after(sums, head.end, sure=page.flow.lines[head.start].block.element.tag == "h1")
        choice = body.choose(page, sums, known, headline_end=head.end)
    around = facts.read(page, *_fact_lines(page, head, choice, sums, known))
    if not around.dates:
        post = facts.stamped(page, choice.kept[:_STAMPS])
        around = attrs.evolve(around, dates=post.dates, poster=around.poster or post.poster)
    text = compose.compose(page, choice.kept, sums.worth, head, around.lines, sure=choice.via != "density")
    is_doubtful = choice.via == "density" and opinion.is_doubtful("\n".join(text.lines), sums.total[-1])
    if is_doubtful and (kept := opinion.lines(page)):
        second = compose.compose(page, kept, sums.worth, head, around.lines, sure=False)
        if len("".join(second.lines)) > 2 * len("".join(text.lines)):
            text, choice = second, body.Choice(choice.block, kept, "readability")
    title = head.text if head else ""
    if why := empty.reason(page, "\n".join(text.lines), title=title, titled=printed):
        article = _article(document, page, family, head, around, text, choice) if why == empty.NO_TEXT else None
        # A page with a headline and one file is an article: the file is its text.
        if article is None or not (title and attachments.report_itself(article.attachments, article.text)):
            return Rejected(outcome=Outcome.EMPTY, reason=why, stage=STAGE, last=document)
        return article
    return _article(document, page, family, head, around, text, choice)


def _fact_lines(
    page: view.View, head: headline.Headline | None, choice: body.Choice, sums: body.Sums, known: marks.Marks
) -> tuple[list[int], list[int]]:
    """The lines that may hold facts in order of trust: marked ones, under the headline, over it; then those below."""
    kept = choice.kept or [0]
    first = next((at for at in kept if sums.worth[at] >= body.GOOD), kept[0])
    start, end = (head.start, head.end) if head and head.end else (max(0, first - _BEFORE_TEXT),) * 2
    count = len(page.keys)
    under = range(end, min(max(first + 2, end), end + _BETWEEN, count))
    over = range(max(0, start - _ABOVE), start)
    last = kept[-1] + 1
    unkept = sorted(set(range(first, last)).difference(kept))  # a signature, where comments follow that were kept
    below = [*unkept[:_BETWEEN], *kept[-_TAIL:], *range(min(last, count), min(last + _BELOW, count))]
    # A headline that was not closed runs on into its facts.
    within = [at for at in range(start, end) if head and len(page.keys[at]) > len(head.raw) + len(head.label or "")]
    trusted = dict.fromkeys((*known.date_line[:_BETWEEN], *within, *under, *over))
    return list(trusted), [at for at in below if at not in trusted]


def _article(
    document: Document,
    page: view.View,
    family: cms.Family | None,
    head: headline.Headline | None,
    around: facts.Facts,
    text: compose.Text,
    choice: body.Choice,
) -> Article:
    known = credits.decide(around, page.meta, bylines.find(text.lines))
    days = published.candidates(around, page.meta, document.page, family.meta_dates if family else ())
    whole = "\n".join(text.lines)
    title = head.text if head else ""
    raw = dict(known.raw)
    if head:
        raw["title"] = head.raw
    if days:
        raw["date"] = days[0].raw
    simplify = hans.to_hans if document.script == "Hant" else str
    return Article(
        document=document,
        title=title,
        title_hans=simplify(title),
        label=head.label if head else None,
        original_title=text.original_title,
        date=days[0].value if days else None,
        dates=days,
        source=known.source,
        author=known.author,
        publisher=known.publisher,
        raw=raw,
        text=whole,
        text_hans=simplify(whole),
        attachments=attachments.find(document, choice.block.element),
        via=choice.via,
        fixes=text.fixes,
    )

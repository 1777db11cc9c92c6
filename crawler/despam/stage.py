"""The stage itself: cuts what is planted out of a copy of the tree and gives the document its provenance."""

from __future__ import annotations

import re
from functools import partial

from attrs import evolve, frozen
from lxml import html as lxml_html
from lxml.html import HtmlElement

from crawler import dom
from crawler.catalog import Catalog
from crawler.despam import hidden, lines, words
from crawler.despam.cut import cut, cut_random_tags
from crawler.despam.grow import Planted, ink, line_at
from crawler.despam.heads import HEADLINE, PlantedHead, planted_heads, split_planted
from crawler.despam.hosts import host_of, is_stranger
from crawler.despam.identity import read_identity
from crawler.despam.judge import judge, suspicious
from crawler.despam.points import Evidence, items_of
from crawler.despam.provenance import Traces, provenance
from crawler.despam.report import speaks_of_crime
from crawler.items import Document, Outcome, Rejected, SpamBlock

STAGE = "despam"
SPAM_SHARE = 0.6  # of the text planted, and …
HONEST_INK = 80  # … fewer characters than these left in sentences: the page is spam and nothing else
SENTENCE = 20  # characters of the shortest line that counts as sentences
DOORWAY_LINES, DOORWAY_SHARE = 8, 0.15  # lines of spam, and their share of all, that make a page a doorway …
DOORWAY_INK = 100  # … with fewer characters than these in honest sentences
SUBJECT_LINES = 3  # lines of a generated article that speak of its planted headline
_MAX_EVIDENCE = 10_000  # characters kept of one planted block
_DRAW = re.compile(r"(?:^|\n)\s{0,9}(第?\d{2,7}期)")
_OFFICES = re.compile("[省市区县州]委(?:书记|常委|副书记|教育|办公室|、)|[省市区县州]教育[局厅]")  # in Simplified
_HEADINGS = frozenset(("h1", "h2", "h3"))


@frozen(kw_only=True)
class _Finding:
    """All that is planted in one document, and how much of its text that is."""

    page: lines.PageText
    folded: str
    ranges: list[Planted]
    heads: list[PlantedHead]
    scripts: list[HtmlElement]
    random_id: str | None
    hits: list[words.Hit]

    @property
    def planted_ink(self) -> int:
        return sum(ink(self.folded[one.start : one.end]) for one in self.ranges)

    @property
    def share(self) -> float:
        return self.planted_ink / max(ink(self.folded), 1) if self.ranges else 0.0


def despam(document: Document, catalog: Catalog) -> Document | Rejected:
    """Cut planted text, keep it as evidence, set the provenance. Rejected(spam) where nothing else is on the page.

    The tree is copied only when something is cut; otherwise the document keeps its own.
    """
    finding = _look(document, catalog)
    blocks = _blocks(finding)
    if (finding.ranges or finding.heads) and (reason := _refusal(finding)):
        return Rejected(
            outcome=Outcome.SPAM,
            reason=reason,
            stage=STAGE,
            last=document,
            evidence=tuple(block.text for block in blocks[:20]),
        )
    cleaned = document
    if blocks or finding.random_id:
        cleaned = _cleaned(document, finding)
    identity = read_identity(finding.folded, dom.meta(document.tree), document.html)
    traces = Traces(
        spam_share=finding.share,
        spam_blocks=len(blocks),
        random_ids=finding.random_id is not None,
        redirects=hidden.redirects_visitors(document.html),
        traditional=document.script == "Hant",
        offices=document.script == "Hant" and _OFFICES.search(finding.folded) is not None,
        fixes=document.fixes,
    )
    return evolve(
        cleaned,
        spam_blocks=document.spam_blocks + tuple(blocks),
        provenance=provenance(document, identity, traces, catalog),
    )


def _look(document: Document, catalog: Catalog) -> _Finding:
    tree, html = document.tree, document.html
    page = lines.read(tree)
    folded, codes = words.fold(page.text)
    random_id = hidden.random_id(html)
    own = host_of(document.page.url)
    evidence = Evidence(
        page=page,
        folded=folded,
        codes=codes,
        hits=words.find(folded, codes),
        traditional=document.script == "Hant",
        random_ids=random_id is not None,
        is_foreign=partial(_is_foreign, own=own, catalog=catalog),
    )
    ranges: list[Planted] = []
    items = items_of(evidence)
    if page.lines and suspicious(evidence, items):
        if unseen := hidden.hidden_elements(tree, html):
            evidence = evolve(evidence, page=lines.read(tree, unseen))
        ranges = _with_headings(evidence, judge(evidence, items))
    return _Finding(
        page=evidence.page,
        folded=folded,
        ranges=ranges,
        heads=planted_heads(tree, _without(folded, ranges)),
        scripts=_planting_scripts(tree) if "document.write" in html else [],
        random_id=random_id,
        hits=evidence.hits,
    )


def _without(folded: str, ranges: list[Planted]) -> str:
    parts, done = [], 0
    for one in ranges:
        parts.append(folded[done : one.start])
        done = one.end
    return "\n".join([*parts, folded[done:]])


def _is_foreign(anchor: HtmlElement, own: str, catalog: Catalog) -> bool:
    href = anchor.get("href", "").strip()[:300]
    return href.startswith(("http://", "https://", "//")) and is_stranger(host_of(href), own, catalog)


def _with_headings(evidence: Evidence, ranges: list[Planted]) -> list[Planted]:
    """Add the brands that stand before the real headline in the page's own headings."""
    taken = {one.start for one in ranges}
    headings = [
        line
        for line in evidence.page.lines
        if evidence.page.pieces[line.first].place.block.tag in _HEADINGS and line.start not in taken
    ]
    texts = [evidence.page.text[line.start : line.end] for line in headings]
    others = [evidence.folded[: line.start] + "\n" + evidence.folded[line.end :] for line in headings]
    for line, around, split in zip(headings, others, split_planted(texts, others, strange=-1), strict=True):
        if split is None or len(split[1]) < HEADLINE or words.fold(split[1])[0] not in around:
            continue
        place = evidence.page.text.find(split[0], line.start, line.end)
        if place >= 0:
            end = place + len(split[0])
            ranges.append(Planted(start=place, end=end, marks=("brand",), score=split[2], hidden=False))
    return sorted(ranges, key=lambda one: one.start)


def _planting_scripts(tree: HtmlElement) -> list[HtmlElement]:
    """Scripts that write planted words into the page."""
    found = []
    for script in tree.iter("script"):
        text = script.text or ""
        if text.isascii() or "document.write" not in text:
            continue
        hits = words.find(*words.fold(text[:20_000]))
        if sum(hit.weight for hit in hits if hit.weight > 1) >= 6:
            found.append(script)
    return found


def _blocks(finding: _Finding) -> list[SpamBlock]:
    blocks = [
        SpamBlock(
            text=_evidence(finding.page.text[one.start : one.end]),
            where="hidden" if one.hidden else "body",
            marks=one.marks,
            score=one.score,
        )
        for one in finding.ranges
    ]
    blocks += [
        SpamBlock(text=_evidence(head.text), where=head.where, marks=("words",), score=head.score)
        for head in finding.heads
    ]
    return blocks + [
        SpamBlock(text=_evidence(script.text or ""), where="script", marks=("words",), score=6.0)
        for script in finding.scripts
    ]


def _evidence(text: str) -> str:
    return " ".join(text.replace(lines.SEPARATOR, " ").split())[:_MAX_EVIDENCE]


def _refusal(finding: _Finding) -> str | None:
    """Why nothing on the page is worth keeping; None where an article is left."""
    cut_lines = {one.start for one in finding.ranges}
    rare = _rare_lines(finding)
    left = [line for line in finding.page.lines if line.start not in cut_lines]
    texts = [finding.folded[line.start : line.end] for line in left if line.start not in rare]
    honest = sum(ink(text) for text in texts if "。" in text and ink(text) >= SENTENCE)
    if finding.share > SPAM_SHARE and honest < HONEST_INK:
        return f"planted text only: {finding.share:.0%} of the page"
    planted = len(cut_lines | rare)
    if planted >= DOORWAY_LINES and planted >= DOORWAY_SHARE * len(finding.page.lines) and honest < DOORWAY_INK:
        return f"doorway page: {planted} of {len(finding.page.lines)} lines planted"
    told = [finding.folded[line.start : line.end] for line in left if line.start in rare]
    if honest >= DOORWAY_INK:
        told = [text for text in told if "。" in text]
    if len(told) >= SUBJECT_LINES and any(one.where == "title" and len(one.rest) < HEADLINE for one in finding.heads):
        return f"planted headline, {len(told)} lines on its subject"
    return None


def _rare_lines(finding: _Finding) -> set[int]:
    """Where the lines start that use words never seen in honest text, and do not report on crime.

    On a page with such words of lotteries, its tables of tips (第001期 …, one line for each draw) are of the same kind.
    """
    rare = {line_at(finding.page, hit.start) for hit in finding.hits if hit.weight > 2}
    if any(hit.weight > 2 and hit.kind == "lottery" for hit in finding.hits):
        rare |= {line_at(finding.page, match.start(1)) for match in _DRAW.finditer(finding.folded)}
    found = (finding.page.lines[index] for index in rare)
    return {line.start for line in found if not speaks_of_crime(finding.folded, line.start, line.end)}


def _cleaned(document: Document, finding: _Finding) -> Document:
    """The document with a tree of its own, without what was found. The places of the original hold in the copy."""
    tree = dom.copy_tree(document.tree)
    cut(lines.read(tree), finding.ranges)
    body = _without(finding.folded, finding.ranges)
    for planted, head in zip(finding.heads, planted_heads(tree, body), strict=True):
        if head.attribute is None:
            head.element.text = planted.rest
        else:
            head.element.set(head.attribute, planted.rest)
    if finding.scripts:
        for script in _planting_scripts(tree):
            dom.remove(script)
    if finding.random_id:
        cut_random_tags(tree, finding.random_id)
    return evolve(document, tree=tree, html=lxml_html.tostring(tree, encoding="unicode"))

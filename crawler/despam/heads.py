"""Planted words in the title and the meta tags: a gambling brand before a real headline, keywords of another trade."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

import numpy as np
from attrs import frozen
from lxml.html import HtmlElement
from numpy.typing import NDArray

from crawler.despam import words
from crawler.despam.classifier import Scorer
from crawler.despam.grow import LINE_SHARE
from crawler.despam.hosts import outlet_names
from crawler.despam.report import REPORT, speaks_of_crime
from crawler.despam.runs import HIGH, LOW, RUN, UNSEEN, runs

PLANTED = 2.5  # points that make a part with a strong word planted
PLANTED_CLAUSE = 4.5  # the same for a clause of a longer title
BEFORE = -0.5  # points that make a part planted which stands before a headline that the page's body has, too
ALONE = 2.4  # points that make a part planted which fills the title up to a strong separator; honest ones have 1.9
# The same two for a part that has next to nothing in common with a body of some length. A title goes from the headline
# to the site or from the site to the headline: before a headline that the site's name follows, less is enough.
STRANGE_BEFORE, STRANGE_ALONE, STRANGE_IN_ORDER = -1.8, 0.0, -2.5
STRANGE = 0.4  # of a strange part's pairs of characters the body has no more; of honest headlines it has nearly all
STRANGE_RUN = 2.5  # points of a run of three parts and more, as in keywords, that are all strange to the body
MANY, MANY_SHARE = 3, 0.4  # planted parts, and their share of the head's characters, that take …
WEAK = -3.0  # … the other parts of so many points along which the body does not have
BODY = 200  # characters of the shortest body that a part can be strange to
AT_HOME = 3.0  # taken off a part that the body has as well
_BRANDS = ("gambling", "lottery")
HEADLINE = 6  # characters of the shortest headline that is known again
COLUMN = 4  # characters that most names of columns have, such as 权威发布
SHORT = 3  # characters of the shortest part that is judged by itself
_LONG = 40  # characters; longer parts are sentences
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PART = re.compile(  # a Latin name in brackets parts nothing: 某某(abc)官网
    r"[^|｜丨_,，、;；+＋\-—–·\s\[\]【】()（）/。！!]+(?:\([a-z\d.]{1,12}\)[^|｜丨_,，、;；+＋\-—–·\s\[\]【】()（）/。！!]*)*"
)
_STRONG_SEPARATOR = re.compile(r"[|｜丨_+＋\-—–]")
_EDGE = " \t\r\n|｜丨_,，、;；+＋-—–·/　"
_META = ("title", "keywords", "description", "articletitle", "columnname", "columndescription", "columnkeywords")
_MAX = 2000


Split = tuple[str, str, float]  # what is planted, what stays, points


@frozen(kw_only=True)
class PlantedHead:
    """A planted part of a title or of a meta tag."""

    element: HtmlElement
    attribute: str | None  # None: the element's text
    text: str  # what is cut
    rest: str  # what stays
    where: str
    score: float


def planted_heads(root: HtmlElement, body: str) -> list[PlantedHead]:
    """Planted parts of `<title>` and of the meta tags of a page whose folded text is `body`."""
    heads = list(_heads(root))
    found = []
    splits = split_planted([text for *_, text in heads], [body] * len(heads))
    for (element, attribute, where, _), split in zip(heads, splits, strict=True):
        if split is not None:
            planted, rest, score = split
            found.append(
                PlantedHead(element=element, attribute=attribute, text=planted, rest=rest, where=where, score=score)
            )
    return found


def _heads(root: HtmlElement) -> Iterator[tuple[HtmlElement, str | None, str, str]]:
    """Element, attribute, place and text of every head."""
    for element in root.iter("title", "meta"):
        if element.tag == "title":
            yield element, None, "title", (element.text or "")[:_MAX]
            continue
        name = (element.get("name") or element.get("property") or "").strip().lower()
        if name.removeprefix("og:").removeprefix("twitter:") in _META:
            yield element, "content", "meta", (element.get("content") or "")[:_MAX]


@frozen(kw_only=True)
class _Head:
    """The parts of one title or meta tag and what is known of each; `points` and `strong` are as long as `parts`."""

    folded: str  # all heads that were folded together
    start: int
    end: int
    parts: list[tuple[int, int]]
    points: NDArray[np.float64]
    strong: list[bool]  # has a word that is rare in honest text
    body: str
    strange: float  # the share of its pairs that a part which is strange to the body may have in common with it

    def text(self, index: int) -> str:
        """The folded text of a part."""
        return self.folded[slice(*self.parts[index])]

    def is_strange(self, index: int) -> bool:
        """Whether a long body has few of the pairs of characters that a part is made of."""
        part = self.text(index)
        pairs = [part[place : place + 2] for place in range(len(part) - 1)]
        return len(self.body) >= BODY and sum(pair in self.body for pair in pairs) <= self.strange * len(pairs)


def split_planted(texts: list[str], bodies: list[str], strange: float = STRANGE) -> list[Split | None]:
    """(planted, rest, points) of each head beside the folded text of its page, None where nothing in it is planted.

    They are folded and scored together, which costs no more than one of them. `strange` is the share, 0..1, of a part's
    pairs of characters that the body may have where the part counts as strange to it; below 0 none does.
    """
    folded, codes = words.fold("\n".join(texts))
    parts = [match.span() for match in _PART.finditer(folded)]
    if not parts:
        return [None] * len(texts)
    hits = words.find(folded, codes)
    starts, ends = np.array(parts, dtype=np.int64).T
    points = np.clip(Scorer(codes).logits(starts, ends), LOW, None)
    start, first = 0, 0
    found: list[Split | None] = []
    for text, body in zip(texts, bodies, strict=True):
        end = start + len(text)
        last = bisect_left(parts, (end, end), first)
        mine = [hit for hit in hits if start <= hit.start < end]
        split = None
        if mine or _is_odd(folded, parts[first:last], points[first:last], body):
            head = _Head(
                folded=folded,
                start=start,
                end=end,
                parts=parts[first:last],
                points=points[first:last],
                strong=[
                    any(low <= hit.start < high and hit.weight > 1 for hit in mine) for low, high in parts[first:last]
                ],
                body=body,
                strange=strange,
            )
            split = _split_one(text, head, mine)
        found.append(split)
        start, first = end + 1, last
    return found


def _is_odd(folded: str, parts: list[tuple[int, int]], points: NDArray[np.float64], body: str) -> bool:
    """Whether a head without a word of the lexicon is worth a look; most are not."""
    best = points.max(initial=LOW)
    if best >= BEFORE or best < STRANGE_IN_ORDER:
        return bool(best >= BEFORE)
    follows = _STRONG_SEPARATOR.search(folded, parts[0][1], parts[-1][1] + 1)
    return follows is not None and folded[slice(*parts[0])] not in body


def _split_one(text: str, head: _Head, hits: list[words.Hit]) -> Split | None:
    points = head.points
    for index, (start, end) in enumerate(head.parts):
        mine = [hit.weight for hit in hits if start <= hit.start < end]
        points[index] += min(sum(weight for weight in mine if weight > 1) + (1 in mine), 6)
        if points[index] > 0 and speaks_of_crime(*_segment(head, start, end)):
            points[index] -= REPORT
        if end - start < 2 or end - start > _LONG or head.text(index) in head.body:
            points[index] = min(points[index] - AT_HOME, HIGH)
    cut = _planted_parts(head)
    for index, (start, end) in enumerate(head.parts):
        if index in cut or head.text(index) in head.body:
            continue
        brands = [hit for hit in hits if hit.start == start and hit.weight > 1 and hit.kind in _BRANDS]
        if brands and (glued := _glued(head.folded, end, brands[0], head.body)):
            cut[index] = (start, glued)
    if not cut:
        return None
    spans = [(start - head.start, end - head.start) for _, (start, end) in sorted(cut.items())]
    return (*_divided(text, spans), round(float(points[list(cut)].max()), 2))


def _segment(head: _Head, start: int, end: int) -> tuple[str, int, int]:
    """The clause of a title that a part stands in: from one strong separator to the next."""
    before = [match.end() for match in _STRONG_SEPARATOR.finditer(head.folded, head.start, start)]
    after = _STRONG_SEPARATOR.search(head.folded, end, head.end)
    return head.folded, before[-1] if before else head.start, after.start() if after else head.end


def _fills_segment(head: _Head, index: int) -> bool:
    """Whether a part stands between strong separators, or at an end of its title, and is no clause of a sentence."""
    start, end = head.parts[index]
    before = head.folded[head.parts[index - 1][1] : start] if index else "-"
    after = head.folded[end : head.parts[index + 1][0]] if index + 1 < len(head.parts) else "-"
    return _STRONG_SEPARATOR.search(before) is not None and _STRONG_SEPARATOR.search(after) is not None


def _planted_parts(head: _Head) -> dict[int, tuple[int, int]]:
    """The parts that are planted by themselves, runs of parts that add up, and what stands among many planted ones."""
    headline = _headline(head)
    tail = _STRONG_SEPARATOR.search(head.folded, head.parts[headline][1], head.parts[-1][0])
    before = STRANGE_IN_ORDER if tail else STRANGE_BEFORE
    points, parts = head.points, head.parts
    cut = {i: part for i, part in enumerate(parts) if points[i] >= _limit(head, i, i < headline, before)}
    for first, last in runs(points, np.zeros_like(points)):
        total, known = points[first:last].sum(), any(head.strong[first:last])
        limit = RUN if known else UNSEEN
        if last - first > 2 and STRANGE_RUN <= total < limit and all(map(head.is_strange, range(first, last))):
            limit = STRANGE_RUN
        if last - first > 1 and total >= limit:
            cut.update((index, parts[index]) for index in range(first, last))
    length = sum(end - start for start, end in parts)
    share = sum(end - start for start, end in cut.values()) / length
    if share >= LINE_SHARE or (share >= MANY_SHARE and len(cut) >= MANY):
        weak = LOW if share >= LINE_SHARE else WEAK
        cut.update((i, part) for i, part in enumerate(parts) if points[i] >= weak and head.text(i) not in head.body)
    return cut


def _limit(head: _Head, index: int, is_before: bool, before: float) -> float:
    """The points that make a part planted by itself; `is_before`: a headline that the body has comes later."""
    start, end = head.parts[index]
    part, is_whole = head.text(index), _fills_segment(head, index)
    limits = [np.inf]
    if head.strong[index]:
        limits.append(PLANTED if is_whole else PLANTED_CLAUSE)
    if part in head.body or part in outlet_names():
        return min(limits)
    has_words = head.strong[index] or len(_HAN.findall(part)) > 1
    if is_before and has_words:
        limits.append(BEFORE)
    is_last = index == len(head.parts) - 1 and not _STRONG_SEPARATOR.match(head.folded, end)
    if is_whole and not is_last and SHORT <= end - start <= _LONG:
        limits.append(ALONE if end - start > SHORT else np.inf)
        if has_words and head.points[index] >= STRANGE_IN_ORDER and head.is_strange(index):
            limits.append((before if end - start > COLUMN else BEFORE) if is_before else STRANGE_ALONE)
    return min(limits)


def _headline(head: _Head) -> int:
    """The index of the part that the body's own headline begins with; 0 where none is known to come later."""
    for index in range(len(head.parts)):
        headline = head.text(index).rpartition(":")[2]
        if len(headline) >= HEADLINE and headline in head.body:
            return index
    if head.text(0) in head.body:
        return 0
    squeezed = "".join(head.body.split())
    for index, (start, end) in enumerate(head.parts[1:], 1):
        segment = "".join(head.folded[start : _segment(head, start, end)[2]].split())
        if len(segment) >= HEADLINE and segment in squeezed:
            return index
    return 0


def _glued(folded: str, end: int, brand: words.Hit, body: str) -> int | None:
    """Where the real headline begins behind a brand that is glued to it (乐竞首页博士生培养细则), or None."""
    for begin in range(brand.end, min(brand.end + 12, end - 5)):
        if folded[begin:end] in body:
            return begin
    return None


def _divided(text: str, cut: list[tuple[int, int]]) -> tuple[str, str]:
    planted, rest, done = [], [], 0
    for start, end in cut:
        rest.append(text[done:start])
        planted.append(text[start:end])
        done = end
    rest.append(text[done:])
    kept = [part.strip(_EDGE) for part in rest]
    if sum(map(bool, kept)) <= 1:
        return " ".join(planted), "".join(kept)
    return " ".join(planted), "".join(rest).strip(_EDGE)

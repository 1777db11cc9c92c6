"""Planted words in the title and the meta tags: a gambling brand before a real headline, keywords of another trade."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from attrs import frozen
from lxml.html import HtmlElement
from numpy.typing import NDArray

from crawler.despam import words
from crawler.despam.classifier import Scorer
from crawler.despam.grow import LINE_SHARE
from crawler.despam.report import REPORT, speaks_of_crime
from crawler.despam.runs import HIGH, LOW, RUN, UNSEEN, runs

PLANTED = 2.5  # points that make a part with a strong word planted
PLANTED_CLAUSE = 4.5  # the same for a clause of a longer title
BEFORE = -0.5  # points that make a part planted which stands before a headline that the page's body has, too
ALONE = 2.4  # points that make a part planted which fills the title up to a strong separator; honest ones have 1.9
AT_HOME = 3.0  # taken off a part that the body has as well
_BRANDS = ("gambling", "lottery")
_LONG = 40  # characters; longer parts are sentences
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PART = re.compile(r"[^|｜丨_,，、;；+＋\-—–·\s\[\]【】()（）/。！!]+")
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
    for (element, attribute, where, _), split in zip(heads, _split([text for *_, text in heads], body), strict=True):
        if split is not None:
            planted, rest, score = split
            found.append(
                PlantedHead(element=element, attribute=attribute, text=planted, rest=rest, where=where, score=score)
            )
    return found


def split_planted(text: str, body: str) -> Split | None:
    """(planted, rest, points) of one head, or None where nothing in it is planted."""
    return _split([text], body)[0]


def _heads(root: HtmlElement) -> Iterator[tuple[HtmlElement, str | None, str, str]]:
    """Element, attribute, place and text of every head."""
    for element in root.iter("title", "meta"):
        if element.tag == "title":
            yield element, None, "title", (element.text or "")[:_MAX]
            continue
        name = (element.get("name") or element.get("property") or "").strip().lower()
        if name.removeprefix("og:").removeprefix("twitter:") in _META:
            yield element, "content", "meta", (element.get("content") or "")[:_MAX]


def _split(texts: list[str], body: str) -> list[Split | None]:
    """Each text divided. They are folded and scored together, which costs no more than one of them."""
    folded, codes = words.fold("\n".join(texts))
    hits = words.find(folded, codes)
    scorer = Scorer(codes)
    offset = 0
    found = []
    for text in texts:
        end = offset + len(text)
        mine = [hit for hit in hits if offset <= hit.start < end]
        found.append(_split_one(text, folded, offset, mine, scorer, body))
        offset = end + 1
    return found


def _split_one(text: str, folded: str, offset: int, hits: list[words.Hit], scorer: Scorer, body: str) -> Split | None:
    parts = [match.span() for match in _PART.finditer(folded, offset, offset + len(text))]
    if not parts:
        return None
    starts, ends = np.array(parts, dtype=np.int64).T
    points = np.clip(scorer.logits(starts, ends), LOW, None)
    if not hits and (points < BEFORE).all():
        return None
    strong = []
    for index, (start, end) in enumerate(parts):
        mine = [hit for hit in hits if start <= hit.start < end]
        points[index] += min(
            sum(hit.weight for hit in mine if hit.weight > 1) + any(hit.weight == 1 for hit in mine), 6
        )
        strong.append(any(hit.weight > 1 for hit in mine))
        if points[index] > 0 and speaks_of_crime(*_segment(folded, offset, offset + len(text), start, end)):
            points[index] -= REPORT
        if end - start < 2 or end - start > _LONG or folded[start:end] in body:
            points[index] = min(points[index] - AT_HOME, HIGH)
    cut = _planted_parts(folded, parts, points, strong, body)
    for index, (start, end) in enumerate(parts):
        brands = [hit for hit in hits if hit.start == start and hit.weight > 1 and hit.kind in _BRANDS]
        if (
            index not in cut
            and brands
            and folded[start:end] not in body
            and (glued := _glued(folded, end, brands[0], body))
        ):
            cut[index] = (start, glued)
    if not cut:
        return None
    spans = [(start - offset, end - offset) for _, (start, end) in sorted(cut.items())]
    return (*_divided(text, spans), round(float(points[list(cut)].max()), 2))


def _segment(folded: str, low: int, high: int, start: int, end: int) -> tuple[str, int, int]:
    """The clause of a title that a part stands in: from one strong separator to the next."""
    before = [match.end() for match in _STRONG_SEPARATOR.finditer(folded, low, start)]
    after = _STRONG_SEPARATOR.search(folded, end, high)
    return folded, before[-1] if before else low, after.start() if after else high


def _fills_segment(folded: str, parts: list[tuple[int, int]], index: int) -> bool:
    """Whether a part stands between strong separators, or at an end of its title, and is no clause of a sentence."""
    before = folded[parts[index - 1][1] : parts[index][0]] if index else "-"
    after = folded[parts[index][1] : parts[index + 1][0]] if index + 1 < len(parts) else "-"
    return _STRONG_SEPARATOR.search(before) is not None and _STRONG_SEPARATOR.search(after) is not None


def _planted_parts(
    folded: str, parts: list[tuple[int, int]], points: NDArray[np.float64], strong: list[bool], body: str
) -> dict[int, tuple[int, int]]:
    """Parts with strong words, parts before the real headline, and runs of parts that add up."""
    whole = [_fills_segment(folded, parts, index) for index in range(len(parts))]
    cut = {
        index: parts[index]
        for index in range(len(parts))
        if strong[index] and points[index] >= (PLANTED if whole[index] else PLANTED_CLAUSE)
    }
    headline = next((i for i, (start, end) in enumerate(parts) if end - start >= 6 and folded[start:end] in body), 0)
    cut.update(
        (index, parts[index])
        for index, (start, end) in enumerate(parts)
        if points[index] >= ALONE
        and 4 <= end - start <= _LONG
        and whole[index]
        and index < len(parts) - 1
        and folded[start:end] not in body
    )
    cut.update(
        (index, parts[index])
        for index in range(headline)
        if points[index] >= BEFORE
        and folded[slice(*parts[index])] not in body
        and (strong[index] or len(_HAN.findall(folded, *parts[index])) > 1)
    )
    for first, last in runs(points, np.zeros_like(points)):
        total, known = points[first:last].sum(), any(strong[first:last])
        if last - first > 1 and total >= (RUN if known else UNSEEN):
            cut.update((index, parts[index]) for index in range(first, last))
    if sum(end - start for start, end in cut.values()) >= LINE_SHARE * sum(end - start for start, end in parts):
        strange = (index for index, (start, end) in enumerate(parts) if folded[start:end] not in body)
        cut.update((index, parts[index]) for index in strange)
    return cut


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

"""Planted words in the title and the meta tags: a gambling brand before a real headline, keywords of another trade."""

from __future__ import annotations

import re
from typing import cast

import numpy as np
from attrs import frozen
from lxml import etree
from lxml.html import HtmlElement
from numpy.typing import NDArray

from crawler.despam import words
from crawler.despam.classifier import Scorer
from crawler.despam.runs import HIGH, LOW, RUN, UNSEEN, runs

PLANTED = 2.5  # points that make a part with a strong word planted
BEFORE = 0.3  # points that make a part planted which stands before a headline that the page's body has, too
AT_HOME = 3.0  # taken off a part that the body has as well
_BRANDS = ("gambling", "lottery")
_LONG = 40  # characters; longer parts are sentences
_HEADS = etree.XPath("//title | //meta[@content][@name or @property]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PART = re.compile(r"[^|｜丨_,，、;；+＋\-—–·\s\[\]【】()（）/。！!]+")
_EDGE = " \t\r\n|｜丨_,，、;；+＋-—–·/　"
_META = ("title", "keywords", "description", "articletitle", "columnname", "columndescription", "columnkeywords")
_MAX = 2000


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
    found = []
    for element in cast("list[HtmlElement]", _HEADS(root)):
        if element.tag == "title":
            attribute, where, text = None, "title", element.text or ""
        else:
            name = (element.get("name") or element.get("property") or "").strip().lower()
            if name.removeprefix("og:").removeprefix("twitter:") not in _META:
                continue
            attribute, where, text = "content", "meta", element.get("content") or ""
        text = text[:_MAX]
        if text.strip() and (split := split_planted(text, body)) is not None:
            planted, rest, score = split
            found.append(
                PlantedHead(element=element, attribute=attribute, text=planted, rest=rest, where=where, score=score)
            )
    return found


def split_planted(text: str, body: str) -> tuple[str, str, float] | None:
    """(planted, rest, points) of a head, or None where nothing in it is planted."""
    folded, codes = words.fold(text)
    hits = words.find(folded, codes)
    parts = [match.span() for match in _PART.finditer(folded)]
    if not parts:
        return None
    starts, ends = np.array(parts, dtype=np.int64).T
    points = np.clip(Scorer(codes).logits(starts, ends), LOW, None)
    strong = []
    for index, (start, end) in enumerate(parts):
        mine = [hit for hit in hits if start <= hit.start < end]
        points[index] += min(
            sum(hit.weight for hit in mine if hit.weight > 1) + any(hit.weight == 1 for hit in mine), 6
        )
        strong.append(any(hit.weight > 1 for hit in mine))
        if end - start < 2 or end - start > _LONG or folded[start:end] in body:
            points[index] = min(points[index] - AT_HOME, HIGH)
    cut = _planted_parts(folded, parts, points, strong, body)
    for index, (start, end) in enumerate(parts):
        mine = [hit for hit in hits if start == hit.start and hit.weight > 1]
        if index not in cut and mine and mine[0].kind in _BRANDS and (glued := _glued(folded, end, mine[0], body)):
            cut[index] = (start, glued)
    spans = [cut[index] for index in sorted(cut)]
    return (*_divided(text, spans), round(float(points[list(cut)].max()), 2)) if cut else None


def _planted_parts(
    folded: str, parts: list[tuple[int, int]], points: NDArray[np.float64], strong: list[bool], body: str
) -> dict[int, tuple[int, int]]:
    """Parts with strong words, parts before the real headline, and runs of parts that add up."""
    cut = {index: parts[index] for index in range(len(parts)) if strong[index] and points[index] >= PLANTED}
    headline = next((i for i, (start, end) in enumerate(parts) if end - start >= 6 and folded[start:end] in body), 0)
    cut.update(
        (index, parts[index])
        for index in range(headline)
        if points[index] >= BEFORE and (strong[index] or len(_HAN.findall(folded, *parts[index])) > 1)
    )
    for first, last in runs(points):
        total, known = points[first:last].sum(), any(strong[first:last])
        if last - first > 1 and total >= (RUN if known else UNSEEN):
            cut.update((index, parts[index]) for index in range(first, last))
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

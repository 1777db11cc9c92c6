"""Planted words in the title and the meta tags: a gambling brand before a real headline, keywords of another trade."""

from __future__ import annotations

import re

import numpy as np
from attrs import frozen
from lxml import etree
from lxml.html import HtmlElement

from crawler.despam import words
from crawler.despam.classifier import Scorer

PLANTED = 2.5  # points of a part that make it planted where the page's body does not use its words
SURE = 4.5  # the same where it does
_HEADS = etree.XPath("//title | //meta[@content][@name or @property]")
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
    for element in _HEADS(root):
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
    if not any(hit.weight > 1 for hit in hits) and len(hits) < 2:
        return None
    parts = [match.span() for match in _PART.finditer(folded)]
    starts, ends = np.array(parts, dtype=np.int64).reshape(-1, 2).T
    logits = Scorer(codes).logits(starts, ends)
    cut: list[tuple[int, int]] = []
    best = 0.0
    for (start, end), logit in zip(parts, logits.tolist(), strict=True):
        mine = [hit for hit in hits if start <= hit.start < end]
        points = min(sum(hit.weight for hit in mine), 6) + logit
        strong = any(hit.weight > 1 for hit in mine)
        at_home = folded[start:end] in body
        if strong and points >= (SURE if at_home else PLANTED):
            cut.append((start, end))
        elif strong and mine[0].start == start and not at_home and (glued := _glued(folded, start, end, mine, body)):
            cut.append((start, glued))
        else:
            continue
        best = max(best, points)
    return (*_divided(text, cut), round(best, 2)) if cut else None


def _glued(folded: str, start: int, end: int, hits: list[words.Hit], body: str) -> int | None:
    """Where the real headline begins behind a brand that is glued to it (乐竞首页博士生培养细则), or None."""
    after = hits[-1].end if hits[-1].end < end else hits[0].end
    for begin in range(hits[0].end, min(after, end) + 12):
        if end - begin >= 6 and folded[begin:end] in body:
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

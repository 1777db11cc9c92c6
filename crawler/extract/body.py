"""Finds which lines of a page are the article: the block that holds most of its sentences, freed of furniture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from statistics import median

from attrs import frozen
from lxml.html import HtmlElement

from crawler.extract import words
from crawler.extract.layout import Block, Flow, Line
from crawler.extract.marks import Marks
from crawler.extract.view import View

GOOD = 20.0  # the worth of a line that is surely text
_MOST = 0.75  # of the worth: go down into the block that holds so much
_NAMED = 0.45  # the same, where the block is named like an article
_OWN = 0.3  # the same, for the container that a family names
_LINKY = 0.5
_LEAD_LINKS = 0.2
_MIXED = 0.3  # linked characters in a block that is more than an article
_CLEAN = 0.12  # the same, in one that is nothing else
_MIN_CLEAN = 60.0  # worth
_FEW_LINES = 2
_MIN_TEASERS = 4
_MAX_TEASER = 400  # characters
_MAX_LONG_TEASER = 1_200  # the same, where its headline is linked
_MAX_WORTH = 500.0
_NUMBERS = re.compile(r"\d+")
_SENTENCE = re.compile(r"[。！？；]|[，,][^，,]{1,200}[，,、]")


@frozen
class Sums:
    """What the choice is made on: the worth of every line and its running sum."""

    worth: list[float]
    total: list[float]
    aside: frozenset[int] = frozenset()  # lines of teasers: no text of the article, wherever they stand

    def of(self, block: Block) -> float:
        """The worth of a block's lines."""
        return self.total[block.end] - self.total[block.start]


@frozen
class Choice:
    """The block of the article, its lines that are kept, and which reader found it."""

    block: Block
    kept: list[int]
    via: str


def weigh(view: View) -> Sums:
    """The worth of every line: its length where it reads like a sentence, next to nothing where it does not."""
    flow = view.flow
    worth = [
        0.0 if view.furniture[at] or view.feet[at] or (view.edges[at] and "。" not in view.keys[at]) else _worth(line)
        for at, line in enumerate(flow.lines)
    ]
    raw = _sums(worth)
    for block in flow.blocks:
        if 0 < raw.of(block) < raw.total[-1] / 2 and words.is_furniture_block(block.hint):
            worth[block.start : block.end] = [0.0] * (block.end - block.start)
    aside: set[int] = set()
    for block in flow.blocks:
        if len(block.children) >= _MIN_TEASERS and flow.linked_headlines(block) >= _MIN_TEASERS / 2:
            for teaser in _teasers(flow, block):
                aside.update(range(teaser.start, teaser.end))
    for at in aside:
        worth[at] = 0.0
    return _sums(worth, frozenset(aside))


def _teasers(flow: Flow, block: Block) -> list[Block]:
    """The children of a block, all of one make, that each hold a linked headline and a few words."""
    makes: dict[tuple[object, str], list[Block]] = {}
    for child in block.children:
        if child.end > child.start:
            makes.setdefault((child.element.tag, _NUMBERS.sub("", child.hint)), []).append(child)
    return [
        child
        for make in makes.values()
        if len(make) >= _MIN_TEASERS
        and 2 * sum(map(bool, map(flow.linked_headlines, make))) >= len(make)
        and median(map(flow.chars_in, make)) <= _MAX_TEASER
        for child in make
        if flow.chars_in(child) <= (_MAX_LONG_TEASER if flow.linked_headlines(child) else _MAX_TEASER)
    ]


def _sums(worth: list[float], aside: frozenset[int] = frozenset()) -> Sums:
    return Sums(worth, [0.0, *accumulate(worth)], aside)


def _worth(line: Line) -> float:
    plain = len(line.text) - line.linked
    if line.link_share > _LINKY:
        return 0.0
    if line.stops and plain >= 12:
        return min(float(plain), _MAX_WORTH)
    return plain * (0.5 if plain >= 30 else 0.1)


def after(sums: Sums, line: int, *, sure: bool) -> Sums:
    """The same sums with everything before a line worth nothing, where enough of the worth lies behind it.

    Behind a ``sure`` headline, the page's own first heading, one paragraph is enough.
    """
    whole = sums.total[-1]
    if whole - sums.total[line] < min(whole / 4, _MIN_CLEAN if sure else whole):
        return sums
    return _sums([0.0] * line + sums.worth[line:], sums.aside)


def first_sentence(view: View, sums: Sums, block: Block) -> int:
    """The first line of a block that is surely a sentence, else a long line, else the block's first line."""
    long = [at for at in range(block.start, block.end) if sums.worth[at] >= GOOD]
    sure = (at for at in long if _SENTENCE.search(view.flow.lines[at].text))
    return next(sure, long[0] if long else block.start)


def choose(view: View, sums: Sums, known: Marks, *, headline_end: int | None = None) -> Choice:
    """The article's block and lines; ``headline_end``: the line after the headline, where one is printed.

    The containers that site or family name stand first, where they hold enough of the page. Else the densest block;
    paragraphs between the headline and that block belong to the article too.
    """
    for via, elements in known.bodies:
        block = _best_of(view.flow, sums, elements, 0.0 if via == "site" else _OWN)
        if block is not None:
            return Choice(block, [at for at in _kept(view.flow, sums, block) if at not in known.remove], via)
    block = densest(view.flow, sums, headline_end or 0)
    kept = _kept(view.flow, sums, block)
    if headline_end is not None:
        kept = [*_lead(view.flow, sums, headline_end, block.start), *kept]
    return Choice(block, kept, "density")


def _lead(flow: Flow, sums: Sums, start: int, end: int) -> list[int]:
    """Paragraphs under the headline that stand outside of the block: a summary, a first section."""
    return [at for at in range(start, end) if sums.worth[at] >= GOOD and flow.lines[at].link_share < _LEAD_LINKS]


def _best_of(flow: Flow, sums: Sums, elements: Sequence[HtmlElement], least: float) -> Block | None:
    blocks = [block for element in elements if (block := flow.block_of(element))]
    best = max(blocks, key=sums.of, default=None)
    return best if best is not None and sums.of(best) >= least * sums.total[-1] else None


def densest(flow: Flow, sums: Sums, start: int = 0) -> Block:
    """Go down from the root while one child holds most of the worth.

    Where that ends at a block full of links, a page of teasers around a short article, the clean block that stands
    nearest below line ``start`` counts.
    """
    block = flow.root
    while block.children:
        best = max(block.children, key=sums.of)
        if _is_paragraph(sums, best, block):
            break
        share = sums.of(best) / (sums.of(block) or 1.0)
        if share >= _MOST or (share >= _NAMED and words.is_body_block(best.hint)):
            block = best
        else:
            break
    if _link_share(flow, block) <= _MIXED:
        return block
    clean = _clean_blocks(flow, sums, block)
    return max(clean, key=lambda found: _nearness(flow, sums, found, start), default=block)


def _is_paragraph(sums: Sums, best: Block, block: Block) -> bool:
    """True for one of several paragraphs: the block that holds them is wanted, not the longest of them.

    A paragraph within a paragraph is the next one, after markup that was not closed.
    """
    if best.element.tag == "p" and block.element.tag == "p":
        return True
    if best.children or best.end - best.start > _FEW_LINES or best.element.tag != "p":
        return False
    return any(child.element.tag == "p" and child is not best and sums.of(child) > 0 for child in block.children)


def _clean_blocks(flow: Flow, sums: Sums, block: Block) -> list[Block]:
    """The highest blocks below a mixed one that hold sentences and hardly a link."""
    found = []
    stack = list(block.children)
    while stack:
        child = stack.pop()
        if sums.of(child) < _MIN_CLEAN:
            continue
        if _link_share(flow, child) <= _CLEAN:
            found.append(child)
        else:
            stack.extend(child.children)
    return found


def _nearness(flow: Flow, sums: Sums, block: Block, start: int) -> float:
    """The worth of a block, less the more lines of links lie between it and the headline."""
    passed = sum(line.link_share > _LINKY for line in flow.lines[start : block.start])
    return sums.of(block) / (1 + passed / 4)


def _link_share(flow: Flow, block: Block) -> float:
    chars = flow.chars_in(block)
    return (flow.links[block.end] - flow.links[block.start]) / chars if chars else 0.0


def _kept(flow: Flow, sums: Sums, block: Block) -> list[int]:
    """The line numbers of a block without its link lists and named furniture."""
    drop = set(sums.aside)
    whole = sums.of(block) or 1.0
    stack = list(block.children)
    while stack:
        child = stack.pop()
        if _is_aside(flow, sums, child, whole):
            drop.update(range(child.start, child.end))
        else:
            stack.extend(child.children)
    return [at for at in range(block.start, block.end) if at not in drop]


def _is_aside(flow: Flow, sums: Sums, block: Block, whole: float) -> bool:
    worth = sums.of(block)
    if words.is_furniture_block(block.hint) and worth < whole / 2:
        return True
    return _link_share(flow, block) > 0.6 and worth < whole / 3

"""Finds which lines of a page are the article: the block that holds most of its sentences, freed of furniture."""

from __future__ import annotations

import re
from itertools import accumulate

from attrs import frozen

from crawler import cms
from crawler.extract import words
from crawler.extract.flow import Block, Flow, Line

_MOST = 0.75  # of the sentences: go down into the block that holds so many
_NAMED = 0.45  # the same, where the block is named like an article
_LINKY = 0.5
GOOD = 20.0  # the worth of a line that is surely text
_SENTENCE = re.compile(r"[。！？；]|[，,].*[，,、]")


@frozen
class Sums:
    """What the choice is made on: the worth of every line and its running sum."""

    worth: list[float]
    total: list[float]

    def of(self, block: Block) -> float:
        """The worth of a block's lines."""
        return self.total[block.end] - self.total[block.start]


def weigh(flow: Flow, keys: list[str]) -> Sums:
    """The worth of every line: its length where it reads like a sentence, next to nothing where it does not."""
    worth = [_worth(line, key) for line, key in zip(flow.lines, keys, strict=True)]
    raw = Sums(worth, [0.0, *accumulate(worth)])
    for block in flow.blocks:
        if words.is_furniture_block(block.hint) and raw.of(block) < raw.total[-1] / 2:
            worth[block.start : block.end] = [0.0] * (block.end - block.start)
    return Sums(worth, [0.0, *accumulate(worth)])


def _worth(line: Line, key: str) -> float:
    plain = len(line.text) - line.linked
    if line.link_share > _LINKY or words.is_furniture(key) or words.ends_article(key):
        return 0.0
    if words.is_edge(key) and "。" not in key:
        return 0.0
    if line.stops and plain >= 12:
        return float(min(plain, 500))
    return plain * (0.5 if plain >= 30 else 0.1)


def densest(flow: Flow, sums: Sums) -> Block:
    """Go down from the root while one child holds most of the worth."""
    block = flow.root
    while block.children:
        best = max(block.children, key=sums.of)
        share = sums.of(best) / (sums.of(block) or 1.0)
        if share >= _MOST or (share >= _NAMED and words.is_body_block(best.hint)):
            block = best
        else:
            break
    return block


def kept_lines(flow: Flow, sums: Sums, block: Block, keys: list[str]) -> list[int]:
    """The line numbers of a block without its link lists, named furniture and furniture lines."""
    drop: set[int] = set()
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
    chars = flow.chars[block.end] - flow.chars[block.start]
    if not chars:
        return False
    share = (flow.links[block.end] - flow.links[block.start]) / chars
    worth = sums.of(block)
    if words.is_furniture_block(block.hint) and worth < whole / 2:
        return True
    return share > 0.6 and worth < whole / 3


def first_sentence(sums: Sums, block: Block, flow: Flow) -> int:
    """The first line of a block that is surely a sentence, else a long line, else the block's first line."""
    lines = range(block.start, block.end)
    sure = (at for at in lines if sums.worth[at] >= GOOD and _SENTENCE.search(flow.lines[at].text))
    return next(sure, next((at for at in lines if sums.worth[at] >= GOOD), block.start))


def after(sums: Sums, line: int, flow: Flow) -> Sums:
    """The same sums with everything before a line worth nothing, where enough of the worth lies behind it."""
    if sums.total[-1] - sums.total[line] < 0.25 * sums.total[-1]:
        return sums
    worth = [0.0] * line + sums.worth[line:]
    return Sums(worth, [0.0, *accumulate(worth)])


def named(flow: Flow, sums: Sums, document, family) -> Block | None:
    if family is None: return None
    found = [b for e in cms.select(document.tree, family.body) if (b := flow.block_of(e))]
    best = max(found, key=sums.of, default=None)
    if best is None or sums.of(best) < 0.3*sums.total[-1]: return None
    return best

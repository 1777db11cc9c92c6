"""Makes the text of an article's lines: what stands twice once, cut sentences joined, furniture at the edges gone."""

from __future__ import annotations

import re

from attrs import frozen

from crawler import joining
from crawler.extract import words
from crawler.extract.headline import Headline, tight
from crawler.extract.view import View
from crawler.hans import to_hans
from crawler.items import Fix

STAGE = "extract"
_ORIGINAL = re.compile(r"^[\s（(【\[]*原(?:标|標)(?:题|題)\s*[】\]]?\s*[:：∶]?\s*")
_PAGE_NOTE = re.compile(
    r"^[\u4e00-\u9fff]{2,12}(?:报|报刊|周刊)?\s?\d{4}-\d{1,2}-\d{1,2}\s?(?:第?\s?[A-Z]?\d{1,3}\s?版)"
)
_MIN_REPEAT = 15  # characters; shorter lines may repeat for good reason
_LONG = 5_000  # characters; a longer line is compared as it is
_MIN_CAPTION = 4
_MAX_FOOT = 120  # characters
_MAX_HEADLINE = 200
_MAX_ORIGINAL = 4  # lines
_LITTLE, _SOME = 0.05, 0.35  # of the worth: so much may lie below the line where the page's foot begins
_GOOD = 20.0  # worth of a line that is surely text


@frozen
class Text:
    """The text of an article with what was read from its edges."""

    lines: tuple[str, ...]
    numbers: tuple[int, ...]  # of the lines in the page
    original_title: str | None
    fixes: tuple[Fix, ...]


def compose(
    view: View, kept: list[int], worth: list[float], headline: Headline | None, facts: frozenset[int], *, sure: bool
) -> Text:
    """Make the text out of the kept line numbers. ``sure``: their container is known, the page's foot is not in it."""
    inside = _inside(view, kept, worth, headline, sure=sure)
    inside, original = _take_original_title(view, inside)
    inside, repeats = _without_repeats(view, inside)
    inside = _trim(view, inside, worth, headline, facts)
    lines = [view.flow.lines[at].text for at in inside]
    cut = joining.cut_by_width(lines, [view.flow.lines[at].blank_before for at in inside])
    if lines:
        lines[-1] = _without_foot(lines[-1])
    kind = "unwrap" if any(cut) else "join"
    sentences = joining.cut_sentences(lines, [view.keys[at] for at in inside])
    lines, joins = joining.joined(lines, [one or other for one, other in zip(cut, sentences, strict=True)], kind)
    return Text(tuple(lines), tuple(inside), original, (*repeats, *joins))


def _without_foot(line: str) -> str:
    """The last line without the page's end that broken markup left behind its last sentence: …基础。上一篇：…"""
    text, stop, rest = line.rpartition("。")
    if not stop or not rest or len(rest) > _MAX_FOOT or len(text) < _MIN_REPEAT:
        return line
    key = to_hans(rest)
    return text + stop if words.ends_article(key) or words.is_foot(key) or words.is_furniture(key) else line


def _inside(view: View, kept: list[int], worth: list[float], headline: Headline | None, *, sure: bool) -> list[int]:
    """Cut at the line that ends the article, and drop furniture on the way."""
    whole = sum(worth[at] for at in kept) or 1.0
    wanted = {tight(headline.text), tight(headline.raw)} if headline else set()
    inside: list[int] = []
    seen = 0.0
    for at in kept:
        key = view.keys[at]
        if view.ends[at]:
            if seen >= whole / 2:
                break
            continue
        if view.feet[at] and whole - seen < whole * (_LITTLE if sure else _SOME):
            break
        if view.furniture[at]:
            continue
        if wanted and len(key) <= _MAX_HEADLINE and tight(view.flow.lines[at].text) in wanted:
            continue
        seen += worth[at]
        inside.append(at)
    return inside


def _trim(
    view: View, inside: list[int], worth: list[float], headline: Headline | None, facts: frozenset[int]
) -> list[int]:
    """Take facts, crumbs and the like away before the first paragraph and after the last."""
    good = [place for place, at in enumerate(inside) if worth[at] >= _GOOD and at not in facts]
    if not good:
        return [at for at in inside if at not in facts]
    first, last = good[0], good[-1]
    after_title = headline.end if headline else 0
    head = [
        at
        for at in inside[:first]
        if at >= after_title and at not in facts and not view.edges[at] and not _PAGE_NOTE.match(view.keys[at])
    ]
    tail = [at for at in inside[last + 1 :] if at not in facts and not view.edges[at]]
    return head + inside[first : last + 1] + tail


def _take_original_title(view: View, inside: list[int]) -> tuple[list[int], str | None]:
    """原标题: on one line, or over the lines that follow it; joined by a space and taken out of the text."""
    for place, at in enumerate(inside):
        text = view.flow.lines[at].text
        match = _ORIGINAL.match(text)
        if not match or len(text) > 200:
            continue
        own = text[match.end() :].strip(" )）]】")
        if own:
            return inside[:place] + inside[place + 1 :], own
        end = place + 1
        while end < len(inside) and end - place <= _MAX_ORIGINAL and _is_headline_piece(view, inside[end]):
            end += 1
        pieces = [view.flow.lines[number].text for number in inside[place + 1 : end]]
        return inside[:place] + inside[end:], " ".join(pieces) or None
    return inside, None


def _is_headline_piece(view: View, at: int) -> bool:
    key = view.keys[at]
    return len(key) <= 60 and not key.endswith("。") and "：" not in key and not view.furniture[at]


def _without_repeats(view: View, inside: list[int]) -> tuple[list[int], list[Fix]]:
    """The same paragraph again, and a caption that stands twice in a row, count once."""
    seen: set[str] = set()
    kept: list[int] = []
    repeats: list[str] = []
    before = ""
    for at in inside:
        line = view.flow.lines[at]
        key = tight(line.text) if len(line.text) <= _LONG else line.text
        again = (len(key) >= _MIN_REPEAT and key in seen) or (len(key) >= _MIN_CAPTION and key == before)
        if again and line.kind != "row":
            repeats.append(line.text)
            continue
        seen.add(key)
        before = key
        kept.append(at)
    if not repeats:
        return kept, []
    return kept, [Fix(stage=STAGE, kind="repeat", before=repeats[0][:80], after="", count=len(repeats))]

"""Where a text names divisions: longest match first, one pass, no regular expression."""

from __future__ import annotations

from functools import cache

from attrs import frozen

from crawler.regions.table import Region, find, get, lines, spellings, within

_BEFORE_SHORT_COUNTY = '在由与从到向给及为赴驻,，、。;；:：!！?？()（）"“”《》 \n'


@frozen(kw_only=True)
class Mention:
    """A name in a text; `region` is None where several divisions bear it and nothing around it decides."""

    start: int
    end: int
    text: str
    region: Region | None


def mentions(text: str, inside: str | None = None) -> tuple[Mention, ...]:
    """All names of divisions in a text, left to right, without overlaps.

    A name that several divisions bear is resolved by the division named right before it (南宁市兴宁区), or by `inside`,
    a code known from elsewhere. Give it article text only: footers and link lists name places without meaning them.
    """
    table, heads = spellings(), _heads()
    found: list[Mention] = []
    at, last = 0, len(text) - 1
    while at < last:
        lengths = heads.get(text[at : at + 2])
        if lengths is None:
            at += 1
            continue
        for length in lengths:
            name = text[at : at + length]
            if len(name) == length and (name in table or name in _not_places()):
                break
        else:
            at += 1
            continue
        if name in table and not _is_part_of_a_word(text, at, name, found):
            around = found[-1].region if found and found[-1].end == at else None
            region = _resolve(name, around.code if around else None, inside)
            found.append(Mention(start=at, end=at + length, text=name, region=region))
            at += length
        else:
            at += length if name not in table else 1
    return tuple(found)


def _resolve(name: str, around: str | None, inside: str | None) -> Region | None:
    codes = spellings()[name]
    for outer in (around, inside):
        narrowed = [code for code in codes if outer and within(code, outer)]
        if len(narrowed) == 1:
            return get(narrowed[0])
    if len(codes) > 1:
        return None if any(code[4:] != "00" for code in codes) else find(name)
    bare_district = len(name) == 2 and name.endswith("区")
    return None if bare_district else get(codes[0])


def _is_part_of_a_word(text: str, at: int, name: str, found: list[Mention]) -> bool:
    """True for the 成县 of 建成县域: a two-character county must stand at the start of something."""
    if len(name) > 2 or name[-1] not in "县区" or at == 0:
        return False
    return text[at - 1] not in _BEFORE_SHORT_COUNTY and not (found and found[-1].end == at)


@cache
def _not_places() -> frozenset[str]:
    return frozenset(lines("not_places.txt"))


@cache
def _heads() -> dict[str, tuple[int, ...]]:
    """The first two characters of every spelling → the lengths of those that start so, longest first."""
    lengths: dict[str, set[int]] = {}
    for name in (*spellings(), *_not_places()):
        lengths.setdefault(name[:2], set()).add(len(name))
    return {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()}

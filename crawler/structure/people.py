"""Finds the people named right before a point of a sentence, each with the titles that stand before the name.

Titles are long and hold 、 and ，themselves, so a list is not cut by punctuation alone: each piece is read as a title
with a name, a title without one (it belongs to the name that follows), a bare name, or something else, which ends the
list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from attrs import frozen

from crawler import regions
from crawler.structure.words import name_parts, not_names, surnames, title_words

WINDOW = 600  # characters: longer lists of people were not seen
_PIECE = re.compile(r"[^、,，\s]+")
_HAN = re.compile("[\u3400-\u9fff]+")
_DOTTED = re.compile("[\u3400-\u9fff]{1,8}(?:[·•・‧][\u3400-\u9fff]{1,8}){1,3}")
_JOINERS = ("以及", "和", "与", "及")
_BRACKET_END = re.compile(r"[(（][^()（）]{1,10}[)）]$")
_AND_OTHERS = re.compile(r"等(?:[^、,，。等]{0,14})$")
_BEFORE_VERB = re.compile(
    "(?:同志|先生|女士|教授|一行|分别|先后|共同|一起|一同|一并|也|均|还|都|应邀|到会|亲自|专程|全程|线上|线下|在线|通过视频|以视频形式|现场|莅临|"
    '受邀|代表市委|代表区委|代表县委|最后|随后|[\\s“”"、,，])$'
)
_TITLE_START = re.compile(
    "^(?:[\\d一二三四五六七八九十]+月[\\d一二三四五六七八九十]+日)?(?:上午|下午|当天|当日)?"
    "(?:会上|会议上|大会上|会前|会后|会议期间|随后|最后|其间|期间|其中|此前|同时|并由|由|经|邀请|"
    "我[校院市县区省局]|(?:会议|大会|活动|仪式|全会)由)?"
)
_BROKEN_TITLE = re.compile(
    "召开|举行|强调|讲话|出席|参加|会议|大会|要求|宣布|发言|精神|贯彻|落实|推进|[。;；:：!！?？]"
)
_OWN_ORGAN = re.compile(
    "(?:代)?副?(?:省|市|县|区|州|盟|旗|自治区|自治州|自治县|全国|中共|中央|国家|国务院|教育部|兵团)"
)
_OWN_PLACE = re.compile("经开区|高新区|开发区|新区|大学|学院|集团|公司|研究院|科学院")
_NO_NAME_CHARS = frozenset(
    "心学园站所村镇乡省市县区府委局厅部校的和与及在对就等并率带为了是以向到于由第各分领导同志会议们被把将受该其这那"
)
_NO_LAST_CHARS = frozenset("区市县省局委厅部校院会处组办室站所旗副等们者")
_GROUP_TITLES = ("领导", "代表", "负责人", "负责同志", "专家", "学者", "教师", "老师", "常务")


@frozen(kw_only=True)
class Found:
    """A person as one sentence names them; `start` and `end` are where the name stands in the text."""

    name: str
    titles: tuple[str, ...]
    start: int
    end: int


@frozen(kw_only=True)
class _Piece:
    """A stretch between two separators: a title, a name, both (`at` is where the name starts), or neither."""

    start: int
    end: int
    text: str
    title: str
    name: str
    at: int
    comma: bool  # a comma stands before it
    space: bool  # nothing but white space stands before it


def people_before(text: str, start: int, end: int, *, skip_groups: bool = False) -> list[Found]:
    """The people whose names end right before `end`, in reading order; `start` bounds the search.

    skip_groups: step over 有关区领导, 各乡镇主要负责人 and the like, with which lists of those present end.
    """
    start = max(start, end - WINDOW)
    end = _strip_tail(text, start, end)
    groups: list[list[_Piece]] = []  # of each person, last one first: the piece with the name, then titles before it
    skipped = False
    for piece in _pieces_from_the_right(text, start, end):
        if piece.name:
            groups.append([piece])
        elif piece.title and groups and (groups[-1][0].title or groups[-1][0].space):
            groups[-1].append(piece)
        elif skip_groups and not groups:
            skipped = True
        else:
            break
    if skipped and len(groups) == 1 and groups[0][0].at == groups[0][0].start:
        return []  # one bare word far from the verb is more likely none
    return [_person(group) for group in reversed(groups)]


def _person(group: list[_Piece]) -> Found:
    last = group[0]
    titles = [piece for piece in reversed(group) if piece.title]
    return Found(name=last.name, titles=_group(titles), start=last.at, end=last.end)


def is_name(word: str, *, after_title: bool) -> bool:
    """Whether a word can be a person's name. After a title three or four characters need no known surname."""
    if _DOTTED.fullmatch(word):
        return after_title or not title_words().search(word)
    if not 2 <= len(word) <= 7 or not _HAN.fullmatch(word) or word in not_names():
        return False
    if word[-1] in _NO_LAST_CHARS and not (after_title and word[0] in surnames()[0]):
        return False
    if len(word) > 2 and name_parts().search(word) and not title_words().search(word):
        return True
    if len(word) > 4:
        return False
    single, double = surnames()
    if (len(word) >= 3 and word[:2] in double) or (len(word) <= 3 and word[0] in single):
        return after_title or not _is_place(word)
    return after_title and len(word) > 2 and not _NO_NAME_CHARS.intersection(word) and not _title_at_end(word)


def _strip_tail(text: str, start: int, end: int) -> int:
    """Where the list ends, without 等领导, 同志, 分别 and other words between it and the verb."""
    for _ in range(8):
        stretch = text[max(start, end - 16) : end]
        match = _AND_OTHERS.search(stretch) or _BEFORE_VERB.search(stretch) or _BRACKET_END.search(stretch)
        if match is None:
            break
        end -= len(stretch) - match.start()
    return end


def _pieces_from_the_right(text: str, start: int, end: int) -> Iterator[_Piece]:
    spans = _merged(text, start, end)
    for number in range(len(spans) - 1, -1, -1):
        between = text[spans[number - 1][1] : spans[number][0]] if number else ""
        comma, space = "," in between or "，" in between, bool(number) and not between.strip()
        first, *others = _joined_people(text, *spans[number])
        for other in reversed(others):
            yield _read(text, *other)
        yield _read(text, *first, comma=comma, space=space)


def _merged(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The stretches between separators; a name with a space inside is one (湛 伟)."""
    spans: list[tuple[int, int]] = []
    for match in _PIECE.finditer(text, start, end):
        first, last = match.span()
        if spans and last - first == 1 and _is_given_name(text, spans[-1], first):
            first = spans.pop()[0]
        spans.append((first, last))
    return spans


def _is_given_name(text: str, before: tuple[int, int], at: int) -> bool:
    """True for the 伟 of 湛 伟 or of 市长湛 伟: only a space stands between it and a surname."""
    stretch = text[slice(*before)]
    if not text[before[1] : at].isspace():
        return False
    single, double = surnames()
    return (
        len(stretch) == 1
        or (stretch[-1] in single and bool(_title_at_end(stretch[:-1])))
        or (stretch[-2:] in double and bool(_title_at_end(stretch[:-2])))
    )


def _joined_people(text: str, first: int, last: int) -> list[tuple[int, int]]:
    """书记甲和市长乙 as two stretches; a 和 inside a name (刘和平) or a title joins nothing."""
    for joiner in _JOINERS:
        at = text.find(joiner, first + 2, last - 2)
        if at > 0:
            right = at + len(joiner)
            if _read(text, first, at).name and _read(text, right, last).name:
                return [(first, at), *_joined_people(text, right, last)]
    return [(first, last)]


def _read(text: str, start: int, end: int, *, comma: bool = False, space: bool = False) -> _Piece:
    """One stretch as a title, a name, both or neither."""
    while text[end - 1] in ")）" and (bracket := _BRACKET_END.search(text, start, end)):
        end = bracket.start()
    start += len((_TITLE_START.match(text[start:end]) or [""])[0])
    stretch = text[start:end]
    word = re.sub(r"\s", "", stretch)
    title, name, at = "", "", start
    if is_name(word, after_title=False):
        name = word
    elif _BROKEN_TITLE.search(word) is None:
        for match in reversed(list(title_words().finditer(stretch))):
            rest = re.sub(r"\s", "", stretch[match.end() :])
            if not rest and match.end() > 1:
                title = stretch
            elif is_name(rest, after_title=True):
                title, name, at = stretch[: match.end()], rest, end - len(stretch[match.end() :].lstrip())
            if title:
                break
        if title and not name and (named := _name_first(stretch, title)):
            name, title = named
            end = start + len(name)
    title = "" if title.endswith(_GROUP_TITLES) and name else title
    return _Piece(start=start, end=end, text=stretch, title=title, name=name, at=at, comma=comma, space=space)


def _name_first(stretch: str, title: str) -> tuple[str, str] | None:
    """刘友谊厅长 as name and title; never of a place (万州区长)."""
    word = _title_at_end(title)
    name = stretch[: len(stretch) - len(word)]
    if len(name) in (2, 3) and is_name(name, after_title=False):
        return name, word
    return None


def _group(pieces: list[_Piece]) -> tuple[str, ...]:
    """The titles of one person. A comma starts a new one, and so does an organ of its own (市委书记、省长).

    宣传部部长 in 市委常委、宣传部部长 leans on the title before it and stays with it.
    """
    grouped: list[str] = []
    for piece in pieces:
        if grouped and not piece.comma and not piece.space and not _names_an_organ(piece.title):
            grouped[-1] += "、" + piece.title
        else:
            grouped.append(piece.title)
    return tuple(grouped)


def _names_an_organ(title: str) -> bool:
    if _OWN_ORGAN.match(title) or _OWN_PLACE.search(title):
        return True
    first = regions.mentions(title[:12])
    return bool(first) and first[0].start == 0


@lru_cache(maxsize=4096)
def _is_place(word: str) -> bool:
    return bool(regions.named(word))


def _title_at_end(word: str) -> str:
    matches = [match for match in title_words().finditer(word) if match.end() == len(word)]
    return matches[-1][0] if matches else ""

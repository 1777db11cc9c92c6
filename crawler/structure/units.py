"""Finds the units that spoke of their experience at a conference, or handed in a paper (交流发言, 书面交流发言)."""

from __future__ import annotations

import re

from crawler import regions
from crawler.items import ExchangeUnit, Span
from crawler.structure import sentences
from crawler.structure.people import people_before

MAX_UNITS = 100
_WINDOW = 500
_SPEAKING = re.compile("(?:发言|经验交流|经验介绍|交流)(?!摘|材料|稿|环节|会|合作|发言|平台|活动)")
_HOW = re.compile(
    "(?:(?:分别|先后|依次)?(?:[作做]|进行)了?[^,，。;；、\n作做]{0,14}|(?:先后|分别|依次)(?:在会上|在大会上)?(?:上台|登台)?[^,，。;；、\n]{0,8}"
    "|(?:书面|典型|大会|现场|经验|交流){1,3}|代表|的)$"
)
_EXCHANGE = re.compile("交流|典型|经验|书面|先后|分别|依次|代表|^[作做进]")
_EXPERIENCE = re.compile("典型|经验|书面|大会")
_NOT_EXCHANGE = re.compile("表态|主旨|主题|总结|动员|重要|讲话")
_TAIL = re.compile(
    "(?:分别|先后|依次|还|也|代表|现场|作为代表|在会上|在大会上|围绕[^,，、]{1,40}|结合[^,，、]{1,40}|就[^,，、]{1,40}|"
    "等?(?:[\\d一二三四五六七八九十]+)(?:个|家|所|名|位)(?:[^、,，]{0,8})?|"
    "等(?:单位|学校|地区?|部门|县区|县市区|区县|高校|地方)?|"
    "(?:的)?(?:党委|党组|党政)?(?:主要|相关|有关)?(?:负责人|负责同志|同志|代表|领导)|代表|的)$"
)
_HEAD = re.compile(
    "^(?:[^,，、]{0,8}(?:会上|会议上|大会上|会议期间|会议还|听取了?)|随后|期间|其间|最后|其中|会议|大会|同时|并|由|安排了?|组织了?)[,，]?"
)
_UNIT_END = re.compile(
    "(?:局|委|厅|部|办|院|校|学|中|小|园|市|县|区|旗|州|盟|乡|镇|街道|街|集团|公司|中心|会|所|站|处|社|场|村|企业|厂|银行|"
    "政府|馆|基地|联盟|共同体|[\\d一二三四五六七八九十]+[中小幼])$"
)
_NO_UNIT = re.compile(
    "^(?:部分|有关|相关|其他|其它|多[个所家]|各|与会|参会|一些|几[个所家]|来自|全体|优秀)|"
    "召开|举行|会议|大会|强调|要求|主持|讲话|参加|出席|听取|观看|通报|传达|宣读|部署|总结|报告|先进|代表|精神$|[“”《》。:：]|^[^\u3400-\u9fff]"
)
_JOINER = re.compile("以及|和|及|与")


def find_units(text: str) -> tuple[tuple[ExchangeUnit, ...], list[Span]]:
    """The units with their mode, each once, in the order of the text; 广州、韶关市 stays as written."""
    units: dict[str, ExchangeUnit] = {}
    spans: list[Span] = []
    done = 0
    for match in _SPEAKING.finditer(text):
        how = _HOW.search(text, max(done, match.start() - 26), match.start())
        words = text[how.start() if how else match.start() : match.end()]
        if how is None or _NOT_EXCHANGE.search(words) or not _EXCHANGE.search(words):
            continue
        if match[0] == "交流" and not _EXPERIENCE.search(how[0]):
            continue
        start = max(done, sentences.begin(text, how.start(), _WINDOW))
        if how[0] == "的" and "听取" not in text[start : how.start()]:
            continue
        done = match.end()
        for first, last in _list_before(text, start, how.start()):
            name = text[first:last].strip()
            if name not in units and len(units) < MAX_UNITS:
                spans.append(Span(field=f"exchange_units.{len(units)}", start=first, end=last, text=text[first:last]))
                units[name] = ExchangeUnit(name=name, mode="written" if "书面" in words else "onsite")
    return tuple(units.values()), spans


def _list_before(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the units stand whose list ends at `end`, left to right."""
    for _ in range(8):
        tail = _TAIL.search(text, max(start, end - 48), end)
        if tail is None or tail.start() <= start:
            break
        end = tail.start()
    found: list[tuple[int, int]] = []
    for number, (first, last) in enumerate(reversed(_split(text, start, end, "[,，]"))):
        head = _HEAD.match(text[first:last])
        if head:
            first += head.end()
        items = [part for item in _split(text, first, last, "、") for part in _joined(text, *item)]
        units = [item for item in items if _is_unit(text, *item)]
        if len(units) < len(items) or not units:
            return found or units
        if number and not all(_UNIT_END.search(text[slice(*item)].strip()) for item in units):
            break
        found = units + found
        if head:
            break
    return found


def _split(text: str, start: int, end: int, separator: str) -> list[tuple[int, int]]:
    """The stretches between separators, white space off their ends."""
    spans = []
    for match in re.finditer(f"(?:(?!{separator}).)+", text[start:end], re.DOTALL):
        part = match[0]
        first = start + match.start() + len(part) - len(part.lstrip())
        last = start + match.end() - len(part) + len(part.rstrip())
        if last > first:
            spans.append((first, last))
    return spans


def _joined(text: str, first: int, last: int) -> list[tuple[int, int]]:
    """甲局和乙县 as two; the 和 of 和平区 or of 呼和浩特 joins nothing."""
    places = [(first + place.start, first + place.end) for place in regions.mentions(text[first:last])]
    for match in _JOINER.finditer(text, first + 2, max(first + 2, last - 1)):
        if any(start < match.end() and match.start() < end for start, end in places):
            continue
        left = text[first : match.start()]
        if _UNIT_END.search(left) or any(end == match.start() for _, end in places):
            return [(first, match.start()), *_joined(text, match.end(), last)]
    return [(first, last)]


def _is_unit(text: str, first: int, last: int) -> bool:
    """Whether a stretch can name a unit: no person, no group (部分学校), nothing that holds a verb."""
    return 2 <= last - first <= 32 and not _NO_UNIT.search(text[first:last]) and not people_before(text, first, last)

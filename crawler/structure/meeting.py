"""Reads the whole name of a conference around its fixed part, and what its sentence says of host, venue and form."""

from __future__ import annotations

import re

from attrs import frozen

from crawler import regions
from crawler.items import MeetingForm
from crawler.topics import Named

_BACK = 40  # characters before the fixed part that may belong to the name
_YEAR = re.compile("(?P<year>20\\d\\d|二[〇○零][〇○零一二三四五六七八九]{2})年度?$")
_SCOPE = re.compile("(?P<scope>全(?:国|省|自治区|市|区|县|州|盟|旗|地区|师|兵团|校|院|镇|乡|街道|系统|局))$")
_ORDINAL = re.compile("(?:新时代|改革开放以来)?(?:首次|第[一二三四五六七八九十\\d]{1,3}次)$")
_ADDED_BEFORE = re.compile("(?:庆祝|第|教师|全)[^,，。;；:：!！?？\\s召开举行]{2,36}暨$")
_RELATIVE = re.compile("[我本该]([省市区县州盟旗校院])")
_SENTENCE_END = re.compile("[。!！?？;；\n]")
_HOLDING = "(?:隆重|顺利|胜利|成功|正式|联合|组织)?(?:召开|举行|举办|主办|承办|开幕)"
_VENUE = re.compile(f"(?<![现正存])在(?P<venue>[^,，。;；、\\s在\\d]{{2,24}}?){_HOLDING}")
_HOST = re.compile(f"(?P<host>[^,，。;；:：\\s)）]{{2,50}}?)(?:在[^,，。;；、\\s]{{2,20}}?)?{_HOLDING}")
_ORGAN_END = re.compile("(?:局|厅|委|部|工委|政府|党委|党组|办公室|领导小组|教体局|大学|学院|学校|集团|管委会)$")
_NO_HOST = ("党委", "学校", "学院", "我校", "我院", "我局")
_NO_VENUE = re.compile("线上|线下|网上|云端|视频|全国|全省|全市|全区|全县|今天|昨天|形式|我[省市区县]")
_BEFORE_HOST = re.compile(
    '^.*?(?:[\\d一二三四五六七八九十]{1,3}[日号](?:上午|下午|晚上?)?|昨[日天]|今[日天]|日前|近日|近期|上午|下午|[)）"”])(?:[,，]|(?=[^,，]))'
)
_HERE, _AFAR = "(?:现场|主会场)", "(?:视频|线上)"
_FORMS: tuple[tuple[str, MeetingForm], ...] = (
    (
        f"线上[+]?线下|{_HERE}[^,，。]{{0,10}}[+与和加][^,，。]{{0,6}}{_AFAR}|{_AFAR}[^,，。]{{0,4}}[+与和加][^,，。]{{0,6}}现场",
        "mixed",
    ),
    ("电视电话会议?|电视会议", "tv_phone"),
    ("(?:以|采取|采用)[^,，。]{0,10}视频(?:会议|会|连线|直播)?的?(?:形式|方式)|视频会议的?(?:形式|方式)", "video"),
    ("视频会议?(?=召开|在|举行|$)|通过视频(?:会议)?", "video"),
    ("以?现场(?:会议|会)?的?(?:形式|方式)|现场会议?(?:召开|在)", "onsite"),
)
_FORM = re.compile("|".join(f"(?:{pattern})" for pattern, _ in _FORMS))
_FORM_WORD = re.compile("视频|电视|线上|现场会|现场形式|现场方式")


@frozen(kw_only=True)
class Meeting:
    """A conference as its sentence tells of it; all offsets are into the text it was found in."""

    name: str
    start: int
    end: int
    year: int | None  # in the name
    scope: str  # 全市, 全区 …, 我市 as 全市; empty where no such word stands there
    place: regions.Region | None  # named as part of the name (涪陵区教育大会) or right before it
    sentence: tuple[int, int]


def read_meeting(text: str, named: Named) -> Meeting:
    """The name with its year, scope, ordinal and place. A place before a year or scope is not part of it:
    江苏2024年全省教育工作会议 is the 2024年全省教育工作会议 of 江苏."""
    at, floor = named.start, max(0, named.start - _BACK)
    year, scope, place, after_place = None, "", None, None
    while at > floor:
        before = text[floor:at]
        if match := _SCOPE.search(before):
            scope = scope or match["scope"]
        elif match := _YEAR.search(before):
            year = year or _year(match["year"])
        elif found := _place_at_end(before):
            place, after_place = place or found.region, after_place or at
            at = floor + found.start
            continue
        elif not (match := _ORDINAL.search(before) or _ADDED_BEFORE.search(before)):
            break
        at = floor + match.start()
    start = after_place if scope and after_place else at
    sentence = _sentence(text, named.start, named.end)
    if not scope and (relative := _RELATIVE.search(text, sentence[0], sentence[1])):
        scope = "全" + relative[1]
    return Meeting(
        name=text[start : named.end],
        start=start,
        end=named.end,
        year=year,
        scope=scope,
        place=place,
        sentence=sentence,
    )


def find_venue(text: str, meeting: Meeting) -> tuple[str, int, int] | None:
    """南宁 of 在南宁召开, in the conference's own sentence."""
    for match in _VENUE.finditer(text, *meeting.sentence):
        if not _NO_VENUE.search(match["venue"]):
            return match["venue"], *match.span("venue")
    return None


def find_host(text: str, meeting: Meeting) -> tuple[str, int, int] | None:
    """市委教育工委、市教育局 of 2月26日,市委教育工委、市教育局召开…: an organ, never a place or the conference."""
    start = meeting.sentence[0]
    lead = _BEFORE_HOST.match(text[start : meeting.start])
    start += lead.end() if lead else 0
    for match in _HOST.finditer(text, start, meeting.start):
        host = match["host"]
        at = match.start("host")
        if _ORGAN_END.search(host) and host not in _NO_HOST:
            return host, at, at + len(host)
    return None


def find_form(text: str, name: str) -> tuple[MeetingForm, int, int]:
    """How people met, where the text or the name says so; the offsets are 0, 0 where only the name does."""
    if _FORM_WORD.search(text) and (match := _FORM.search(text)):
        return _form(match[0] + text[match.end() : match.end() + 2]), match.start(), match.end()
    return _form(name + "召开"), 0, 0


def _place_at_end(text: str) -> regions.Mention | None:
    found = regions.mentions(text)
    return found[-1] if found and found[-1].end == len(text) else None


def _form(words: str) -> MeetingForm:
    return next((form for pattern, form in _FORMS if re.search(pattern, words)), "unknown")


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    left = 0
    for match in _SENTENCE_END.finditer(text, max(0, start - 400), start):
        left = match.end()
    right = _SENTENCE_END.search(text, end)
    return max(left, start - 400), right.start() if right else len(text)


def _year(text: str) -> int:
    digits = {char: str(number) for number, char in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
    return int("".join(digits.get(char, char) for char in text))

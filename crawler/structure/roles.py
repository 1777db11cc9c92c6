"""Who spoke, chaired, reported or was there: finds the verbs of a report and the people in front of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from attrs import evolve, frozen

from crawler.items import Person, Role, Span
from crawler.structure import sentences
from crawler.structure.people import WINDOW, Found, people_before

MAX_TEXT = 30_000  # characters that are looked at
MAX_PEOPLE = 200
_HEAD = re.compile("出席|参加|主持|作|做|发表|进行|传达|通报|宣读|解读|讲话|致辞|强调|指出|要求|表示|说")
_MEETING = "(?:会议|大会|推进会|视频会|第[一二三四五]次(?:全体)?会议|全体会议|开幕式|闭幕式|活动|会)"
_THERE = re.compile(
    f"(?:出席|参加|主持)(?!(?:日常|全面|行政|党委)?工作)了?(?:本次|此次|这次|当天的?)?{_MEETING}?"
    "(?:[,，]?(?:并|同时)(?P<then>[^,，。;；\n]{1,30}))?"
)
_DID = re.compile(
    "(?:[作做]|发表|进行)(?:了|出)?(?:题为|以)?(?:《[^《》\n]{1,60}》为?题?的?)?"
    "(?P<then>[^,，。;；、\n《》]{0,24}?(?:讲话|致辞|报告|总结|说明|解读|通报|部署|安排))"
)
_SPOKE = re.compile("(?P<then>讲话|致辞)(?=[,，。;；!！\n\s]|$)")
_PASSED = re.compile("(?P<then>(?:传达|通报|宣读|解读)[^,，。;；\n]{0,60})")
_SAID = re.compile("强调|指出|要求|表示|说[,，:：]")
_DETAIL = (
    dict.fromkeys(("出席", "参加", "主持"), _THERE)
    | dict.fromkeys(("作", "做", "发表", "进行"), _DID)
    | dict.fromkeys(("传达", "通报", "宣读", "解读"), _PASSED)
    | dict.fromkeys(("强调", "指出", "要求", "表示", "说"), _SAID)
    | {"讲话": _SPOKE, "致辞": _SPOKE}
)
_FIRST: dict[str, Role] = {
    "主持": "chair",
    "传达": "brief",
    "通报": "brief",
    "宣读": "brief",
    "解读": "explain",
}
_NO_PEOPLE_BEFORE = frozenset(",，。;；:：、\n他她的并要")
_NO_VERB_AFTER = frozenset("工合操协运动写创著称当看叫")  # 工作, 合作, 操作 …: no 作 that does something
_CUT = re.compile("在|就|对|围绕|代表|于|来到|针对|从|以|受")
_PRESENT = re.compile("(?:出席|参加)[^,，。;；:：、\n]{0,14}?的?(?:领导|人员|同志)?(?:还?有|包括|为)[:：]?")
_LEADER_OF_THE_NATION = "习近平"


@frozen(kw_only=True)
class _Act:
    """One verb with the people before it."""

    people: tuple[Found, ...]
    roles: tuple[Role, ...]  # empty: they only said something
    of: Literal["text", "title"] = "text"


def find_people(title: str, text: str, *, national: bool) -> tuple[tuple[Person, ...], list[Span]]:
    """Everybody the report names with a part in the conference, in the order of the text.

    Somebody who is only quoted (强调, 指出) counts as a speaker unless he has another part. `national`: the conference
    is the nation's; elsewhere the country's leader is quoted, not present.
    """
    acts = [*_acts(text[:MAX_TEXT]), *(evolve(act, of="title") for act in _acts(title))]
    sources = {"text": text, "title": title}
    people: dict[str, Person] = {}
    spans: list[Span] = []
    for act in acts:
        for found in act.people:
            if (found.name == _LEADER_OF_THE_NATION and not national) or len(people) >= MAX_PEOPLE:
                continue
            if found.name not in people:
                start, end = found.start, found.end
                stretch = sources[act.of][start:end]
                spans.append(Span(field=f"people.{len(people)}", start=start, end=end, text=stretch, of=act.of))
                people[found.name] = Person(name=found.name)
            people[found.name] = _with(people[found.name], found, act.roles)
    quoted = {found.name for act in acts if not act.roles for found in act.people}
    return tuple(_settled(person, person.name in quoted) for person in people.values()), spans


def _acts(text: str) -> Iterator[_Act]:
    """Every verb of the text that people stand before, and lists that follow 出席会议的有."""
    done = 0
    for head in _HEAD.finditer(text):
        at = head.start()
        if at < done:
            continue
        if head[0] in ("出席", "参加") and (present := _PRESENT.match(text, at)):
            done = sentences.end(text, present.end())
            yield _Act(people=tuple(people_before(text, present.end(), done, skip_groups=True)), roles=("attend",))
        elif _may_act(text, at, head[0]) and (verb := _DETAIL[head[0]].match(text, at)):
            roles = _roles(head[0], verb)
            people = _people(text, max(done, sentences.begin(text, at, WINDOW)), at, roles)
            if people and (roles or people[-1].titles or head[0] in ("强调", "指出")):
                yield _Act(people=tuple(people), roles=roles)
            if people or roles:
                done = verb.end()


def _may_act(text: str, at: int, head: str) -> bool:
    """A quick look at what stands before a verb: most verbs of a report have no person there."""
    before = text[at - 1] if at else ""
    if not before or before in _NO_PEOPLE_BEFORE or text[max(0, at - 2) : at] in ("会议", "大会"):
        return False
    return head not in ("作", "做") or before not in _NO_VERB_AFTER


def _people(text: str, start: int, end: int, roles: tuple[Role, ...]) -> list[Found]:
    """The people before a verb, or before the words between them and it: 甘毅就实施计划(作了说明)."""
    people = people_before(text, start, end, skip_groups=roles == ("attend",))
    if people or roles in (("attend",), ("chair",), ("brief",)):
        return people
    for cut in _CUT.finditer(text, max(start, end - 120), end):
        if people := people_before(text, start, cut.start()):
            return people
    return []


def _roles(head: str, verb: re.Match[str]) -> tuple[Role, ...]:
    """What a verb makes of the people before it; nothing where they only said something."""
    if head in ("强调", "指出", "要求", "表示", "说"):
        return ()
    then = verb["then"] or ""
    first = _FIRST.get(head)
    role = _role_of(then.partition("并")[2] if first in ("brief", "explain") else then)
    if head in ("出席", "参加"):
        return (role or ("speech" if _SAID.search(then) else "attend"),)
    return tuple(dict.fromkeys(part for part in (first, role) if part))


def _role_of(words: str) -> Role | None:
    """总结讲话 sums up, 讲话 is a speech, 工作报告 a report …; None for anything else (并要求)."""
    table: tuple[tuple[str, Role], ...] = (
        ("总结", "sum_up"),
        ("讲话", "speech"),
        ("致辞", "speech"),
        ("主持", "chair"),
        ("报告", "report"),
        ("说明", "explain"),
        ("解读", "explain"),
        ("通报", "brief"),
        ("传达", "brief"),
        ("宣读", "brief"),
        ("部署", "speech"),
        ("安排", "speech"),
    )
    return next((role for word, role in table if word in words), None)


def _with(person: Person, found: Found, roles: tuple[Role, ...]) -> Person:
    titles = (*person.titles, *(title for title in found.titles if title not in person.titles))
    return evolve(
        person,
        titles=person.titles if len(person.titles) >= len(found.titles) else titles,
        roles=(*person.roles, *(role for role in roles if role not in person.roles)),
    )


def _settled(person: Person, quoted: bool) -> Person:
    """Being there goes without saying where somebody also acted; who is quoted and did nothing else spoke."""
    acted: tuple[Role, ...] = tuple(role for role in person.roles if role != "attend")
    return evolve(person, roles=acted or (("speech",) if quoted else ("attend",)))

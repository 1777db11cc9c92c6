"""Who spoke, chaired, reported or was there: finds the verbs of a report and the people in front of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from crawler.items import Person, Role, Span
from crawler.structure.people import Found, people_before

MAX_TEXT = 30_000  # characters that are looked at
MAX_PEOPLE = 200
_MEETING = "(?:会议|大会|推进会|视频会|第[一二三四五]次(?:全体)?会议|全体会议|开幕式|闭幕式|活动|会)"
_VERB = re.compile(
    "(?P<there>出席|参加|主持(?!(?:日常|全面|行政|党委)?工作))了?(?:本次|此次|这次|当天的?)?"
    f"{_MEETING}?(?:[,，]?(?:并|同时)(?P<then>[^,，。;；\n]{{1,30}}))?"
    "|(?<![工合操协运动写创著称当看叫])[作做](?:了|出)?(?:题为|以)?(?:《[^》\n]{1,60}》为?题?的?)?(?P<did>[^,，。;；、\n《》]{0,24}?(?:讲话|报告|总结|说明|解读|通报))"
    "|(?:发表|进行)了?(?P<gave>[^,，。;；、\n]{0,8}?(?:讲话|总结|说明|解读))"
    "|(?P<passed>传达|通报|宣读|解读)"
    "|(?P<spoke>讲话)(?=[,，。;；!\n\\s]|$)"
    "|(?P<said>强调|指出|要求|表示|说[,，:：])"
)
_BORDER = re.compile("[。!！?？;；\n“”:：]")
_CUT = re.compile("在|就|对|围绕|代表|于|来到|针对|从|以|受")
_PRESENT = re.compile("(?:出席|参加)[^,，。;；:：、\n]{0,14}?的?(?:领导|人员|同志)?(?:还?有|包括|为)[:：]?")
_LEADER_OF_THE_NATION = "习近平"


@frozen(kw_only=True)
class _Act:
    """One verb with the people before it."""

    people: tuple[Found, ...]
    roles: tuple[Role, ...]  # empty: they only said something
    of_title: bool = False


def find_people(title: str, text: str, *, national: bool) -> tuple[tuple[Person, ...], list[Span]]:
    """Everybody the report names with a part in the conference, in the order of the text.

    Somebody who is only quoted (强调, 指出) counts as a speaker unless he has another part. `national`: the conference is
    the nation's; elsewhere the country's leader is quoted, not present.
    """
    acts = [*_acts(text[:MAX_TEXT]), *(evolve(act, of_title=True) for act in _acts(title))]
    people: dict[str, Person] = {}
    spans: list[Span] = []
    for act in acts:
        for found in act.people:
            if (found.name == _LEADER_OF_THE_NATION and not national) or len(people) >= MAX_PEOPLE:
                continue
            if found.name not in people:
                of = "title" if act.of_title else "text"
                source = title if act.of_title else text
                spans.append(
                    Span(
                        field=f"people.{len(people)}",
                        start=found.start,
                        end=found.end,
                        text=source[found.start : found.end],
                        of="title" if of == "title" else "text",
                    )
                )
                people[found.name] = Person(name=found.name)
            people[found.name] = _with(people[found.name], found, act.roles)
    return tuple(_settled(person) for person in people.values()), spans


def _acts(text: str) -> Iterator[_Act]:
    """Every verb of the text that people stand before."""
    done = 0
    for match in _VERB.finditer(text):
        start = max(done, _last_border(text, match.start()))
        if match["there"] and (present := _PRESENT.match(text, match.start())):
            border = _BORDER.search(text, present.end())
            end = border.start() if border else len(text)
            yield _Act(people=tuple(people_before(text, present.end(), end, skip_groups=True)), roles=("attend",))
            continue
        roles = _roles(match)
        people = people_before(text, start, match.start(), skip_groups=roles == ("attend",))
        if not people:
            people = _before_a_cut(text, start, match.start())
        if people and not _is_only_words(match, people):
            yield _Act(people=tuple(people), roles=roles)
            done = match.end()
        elif match["said"] is None:
            done = match.end()


def _last_border(text: str, before: int) -> int:
    """Where the sentence begins that holds `before`; people lists longer than 600 characters are cut."""
    at = max(0, before - 600)
    for border in _BORDER.finditer(text, at, before):
        at = border.end()
    return at


def _before_a_cut(text: str, start: int, end: int) -> list[Found]:
    """甘毅 in 市委教育工委书记甘毅就实施计划(作了说明): the people before the first 就, 在, 对 … that has some before it."""
    for cut in _CUT.finditer(text, max(start, end - 120), end):
        people = people_before(text, start, cut.start())
        if people and (people[-1].titles or len(people[-1].name) > 1):
            return people
    return []


def _is_only_words(match: re.Match[str], people: list[Found]) -> bool:
    """True where a bare word before 要求 or 传达 is more likely no name."""
    weak = match["said"] or match["passed"]
    return bool(weak) and not people[-1].titles and len(people[-1].name) == 2 and match["said"] in ("要求", "表示", None)


def _roles(match: re.Match[str]) -> tuple[Role, ...]:
    """What a verb makes of the people before it."""
    if match["there"]:
        first: Role = "chair" if match["there"] == "主持" else "attend"
        then = _role_of(match["then"] or "")
        return (first, then) if then and first == "chair" else (then or first,)
    if match["passed"]:
        return ("explain",) if match["passed"] == "解读" else ("brief",)
    if match["said"]:
        return ()
    role = _role_of(match["did"] or match["gave"] or match["spoke"] or "")
    return (role,) if role else ()


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
    )
    return next((role for word, role in table if word in words), None)


def _with(person: Person, found: Found, roles: tuple[Role, ...]) -> Person:
    titles = (*person.titles, *(title for title in found.titles if title not in person.titles))
    return evolve(
        person,
        titles=person.titles if len(person.titles) >= len(found.titles) else titles,
        roles=(*person.roles, *(role for role in roles if role not in person.roles)),
    )


def _settled(person: Person) -> Person:
    """Being there goes without saying where somebody also acted; who only said something spoke."""
    roles = tuple(role for role in person.roles if role != "attend") or person.roles
    return evolve(person, roles=roles or ("speech",))

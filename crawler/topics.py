"""What counts as a conference report and what does not, read from seeds/topics.toml, which anybody may edit.

Two questions are answered: is a title on a list page worth a fetch (`may_matter`: better one page too many), and is an
article a report (`judge`). Texts are expected in Simplified characters.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from attrs import frozen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from crawler.items import ConferenceKind

LEAD = 400  # characters of the text in which a report says what was held
_SENTENCE_END = re.compile("[。!！?？;；\n]")
_CLAUSE_END = re.compile("[,，。!！?？;；:：\n]")
_DATED = re.compile("日|昨|今|上午|下午|近期|月")
_NO_PUNCTUATION = "[^,，。;；:：!！?？\\s《》]"
# What may stand between the name and 召开: 24日在广州, 隆重, 于昨日 …; anything else is another meeting's name.
_ON_THE_WAY = re.compile(
    r"[”\"』」》）)\s]*(?:$|[\d于在以昨今]|隆重|顺利|胜利|成功|正式|如期|圆满|上午|下午|日前|近日|采取|通过|同步|同时)"
)
_ADDED = re.compile(f"暨{_NO_PUNCTUATION}{{1,40}}?(?:大会|会议|(?:工作|推进|部署|动员)会议?)")


class TopicsError(Exception):
    """The topics file cannot be used; the message says which key and why."""


@cache
def _pattern(phrase: str) -> str:
    """The phrase as a regular expression. Raises ValueError for what is no phrase of the file's small language."""
    if re.search(r"[\\.{}]", phrase):
        raise ValueError(f"{phrase}: only …, [甲乙], (甲|乙), ?, + and $ have a meaning here")
    if re.search(r"…[^…]*…[^…]*…|[+?)]\+|\)\?\+", phrase):
        raise ValueError(f"{phrase}: at most two … in one phrase")
    pattern = phrase.replace("*", r"\*").replace("(", "(?:").replace("…", _NO_PUNCTUATION + "{0,30}?")
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{phrase}: {error}") from None
    return pattern


def _checked(phrase: str) -> str:
    _pattern(phrase)
    return phrase


Phrase = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_checked)]
Phrases = tuple[Phrase, ...]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ListingWords(_Section):
    """When a title on a list page is worth a fetch."""

    always: Phrases
    subject: Phrases
    tells: Phrases
    without: Phrases = ()
    never: Phrases = ()


class ConferenceNames(_Section):
    """How the conferences of one kind are called."""

    kind: ConferenceKind
    names: Phrases = Field(min_length=1)


class OtherSubject(_Section):
    """Words that, right before a conference's name, make it something else."""

    words: Phrases = ()


class Holding(_Section):
    """How a text says that a conference is held, and how that it only speaks of one."""

    verbs: Phrases = Field(min_length=1)
    speaks: Phrases = ()
    spoken_of: Phrases = ()
    only_watched: Phrases = ()
    future: Phrases = ()


class NearMiss(_Section):
    """One kind of page that is close to a report and is none."""

    kind: str = Field(pattern="^[a-z_]+$")
    reason: str
    beats: Literal["everything", "lead", "nothing"] = "lead"
    title: Phrases = ()
    opening: Phrases = ()
    lead: Phrases = ()


class TopicsFile(_Section):
    """The whole of topics.toml."""

    listing: ListingWords
    conference: tuple[ConferenceNames, ...] = Field(min_length=1)
    other_subject: OtherSubject = OtherSubject()
    holding: Holding
    near_miss: tuple[NearMiss, ...] = ()


@frozen(kw_only=True)
class Named:
    """A conference named in a text: where its name's fixed part stands, a part added with 暨 included."""

    kind: ConferenceKind
    start: int
    end: int
    text: str
    of: Literal["title", "text"]


@frozen(kw_only=True)
class Judgement:
    """Whether a text is a conference report, and why; `named` is the conference where it is one."""

    on_topic: bool
    kind: ConferenceKind | None
    reason: str
    named: Named | None = None


class Topics:
    """The rules of one topics file, ready to be asked. Reads nothing and keeps no state."""

    def __init__(self, file: TopicsFile) -> None:
        self._listing = {name: _any(getattr(file.listing, name)) for name in ListingWords.model_fields}
        self._kinds = tuple(block.kind for block in file.conference)
        self._name = re.compile("|".join(f"({_any(block.names).pattern})" for block in file.conference))
        self._other_subject = re.compile(f"(?:{_any(file.other_subject.words).pattern})$")
        holding = file.holding
        self._verb = _any(holding.verbs)
        self._speaks = _any(holding.speaks)
        self._spoken_of = _any(holding.spoken_of)
        self._only_watched = _any(holding.only_watched)
        self._future = _any(holding.future)
        self._near_misses = tuple(
            (miss, _any(miss.title), _any(miss.opening), _any(miss.lead)) for miss in file.near_miss
        )

    def may_matter(self, title: str) -> bool:
        """Whether a title on a list page may lead to a report."""
        title, words = title[:LEAD], self._listing
        if words["never"].search(title):
            return False
        if words["always"].search(title):
            return True
        return bool(words["subject"].search(title) and words["tells"].search(title)) and not words["without"].search(
            title
        )

    def judge(self, title_hans: str, text_hans: str) -> Judgement:
        """Whether title and text report a conference. Only the first 400 characters of the text are looked at."""
        lead, title_hans = text_hans[:LEAD], title_hans[:LEAD]
        if miss := self._near_miss("everything", title_hans, lead):
            return miss
        if named := self._held(title_hans, "title"):
            return _report(self._same_in_lead(title_hans, lead, named), named)
        if miss := self._near_miss("lead", title_hans, lead):
            return miss
        if named := self._held(lead, "text"):
            if self._is_background(title_hans, lead, named):
                return Judgement(on_topic=False, kind=None, reason=f"in_passing: {named.text}")
            return _report(named, named)
        return self._near_miss("nothing", title_hans, lead) or Judgement(
            on_topic=False, kind=None, reason="no_conference: none is said to be held"
        )

    def names(self, text: str, of: Literal["title", "text"] = "text") -> list[Named]:
        """Every conference named in a text, held or only spoken of."""
        found = []
        for match in self._name.finditer(text):
            if self._other_subject.search(text[max(0, match.start() - 8) : match.start()]):
                continue
            added = _ADDED.match(text, match.end())
            end = added.end() if added else match.end()
            kind = self._kinds[(match.lastindex or 1) - 1]
            found.append(Named(kind=kind, start=match.start(), end=end, text=text[match.start() : end], of=of))
        return found

    def _same_in_lead(self, title: str, lead: str, named: Named) -> Named:
        """The conference of the title as the lead names it; the title's own words where the lead does not."""
        held = [other for other in self.names(lead) if self._is_held(lead, other)]
        same_scope = [other for other in held if _scope(lead, other) == _scope(title, named)]
        same_kind = [other for other in held if other.kind == named.kind]
        return (same_scope or same_kind or held or [named])[0]

    def _is_background(self, title: str, lead: str, named: Named) -> bool:
        """True where the conference in the lead is not what the article is about.

        It is the nation's and not in the title; the title speaks of studying this very conference; or the title does
        not name it and the lead comes to it late and without a date.
        """
        in_title = self.names(title)
        spoken_of = [other for other in in_title if self._spoken_of.match(title, other.end)]
        if any(_scope(title, other) == _scope(lead, named) for other in spoken_of):
            return True
        if len(spoken_of) < len(in_title):
            return False
        if _scope(lead, named) == "全国":
            return True
        start, _ = _around(lead, named.start, named.end, _SENTENCE_END)
        first = not _SENTENCE_END.search(lead.strip(), 0, max(0, start - 1))
        return not first and not _DATED.search(lead, start, named.end + 12)

    def _held(self, text: str, of: Literal["title", "text"]) -> Named | None:
        """The first conference that a text says is held."""
        if "教" not in text:
            return None
        return next((named for named in self.names(text, of) if self._is_held(text, named)), None)

    def _is_held(self, text: str, named: Named) -> bool:
        if self._spoken_of.match(text, named.end):
            return False
        start, _ = _around(text, named.start, named.end, _SENTENCE_END)
        clause_start, clause_end = _around(text, named.start, named.end, _CLAUSE_END)
        if self._only_watched.search(text, clause_start, named.start):
            return False
        verb = self._verb.search(text, clause_start, named.start)
        if verb is None and (verb := self._verb.search(text, named.end, min(clause_end, named.end + 40))):
            between = text[named.end : verb.start()]
            verb = verb if _ON_THE_WAY.match(between) else None
        if verb and not self._future.search(text, start, verb.start()):
            return True
        return named.of == "title" and bool(self._speaks.search(text, named.end))

    def _near_miss(self, beats: str, title: str, lead: str) -> Judgement | None:
        for miss, in_title, opening, in_lead in self._near_misses:
            if miss.beats != beats and not (beats == "nothing" and miss.beats == "lead"):
                continue
            found = in_title.search(title) or opening.match(lead.lstrip())
            if found is None and beats != "lead":
                found = in_lead.search(lead)
            if found:
                return Judgement(on_topic=False, kind=None, reason=f"{miss.kind}: {miss.reason} ({found[0][:30]})")
        return None


def load(path: Path) -> Topics:
    """Read a topics file. Raises TopicsError with the file, the key and the reason."""
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TopicsError(f"{path} cannot be read: {error}") from None
    try:
        return Topics(TopicsFile.model_validate(data))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise TopicsError(f"{path}: {key}: {first['msg'].removeprefix('Value error, ')}") from None


def _any(phrases: Phrases) -> re.Pattern[str]:
    """A pattern for any of the phrases; none at all matches nothing."""
    return re.compile("|".join(_pattern(phrase) for phrase in phrases) if phrases else r"(?!)")


def _around(text: str, start: int, end: int, border: re.Pattern[str]) -> tuple[int, int]:
    """The stretch between two borders that holds text[start:end]."""
    left = 0
    for match in border.finditer(text, 0, start):
        left = match.end()
    right = border.search(text, end)
    return left, right.start() if right else len(text)


def _scope(text: str, named: Named) -> str:
    """全市 of 全市教育大会; the two characters before the name, whatever they are."""
    return text[max(0, named.start - 2) : named.start]


def _report(named: Named, best: Named) -> Judgement:
    return Judgement(on_topic=True, kind=named.kind, reason=f"conference: {best.text} is held", named=named)

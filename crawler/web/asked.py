"""What a reader may ask for in an address, checked: `?region=45&kind=education_congress&words=…&page=2`.

A parameter that is empty, as forms send it, counts as not given; one that is not known is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from attrs import evolve
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from crawler import regions
from crawler.health import State
from crawler.items import ConferenceKind, Level, Verdict
from crawler.store.search import Query

Language = Literal["zh", "en"]
Refused = Literal["spam", "mirror", "off_topic", "empty", "undecodable", "failed"]  # of store.outcomes.QUARANTINED

READ = ["GET", "HEAD"]  # FastAPI does not answer HEAD by itself, and monitors ask with it
MOST_ROWS = 100  # on one page
MOST_WORDS = 8


def _day(value: str) -> str:
    date.fromisoformat(value)
    return value


def _few_words(value: str) -> str:
    if len(value.split()) > MOST_WORDS:
        raise ValueError("too many words")
    return value


Region = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30), AfterValidator(regions.prefix)]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
Words = Annotated[str, StringConstraints(max_length=100), AfterValidator(_few_words)]
SiteId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
Number = Annotated[int, Field(ge=1, lt=2**53)]  # of a report or conference


class Asked(BaseModel):
    """What every page understands."""

    model_config = ConfigDict(frozen=True)

    lang: Language = "zh"

    @model_validator(mode="before")
    @classmethod
    def _blank_is_not_given(cls, data: Any) -> Any:
        return {name: value for name, value in data.items() if value != ""} if isinstance(data, Mapping) else data

    def given(self) -> dict[str, Any]:
        """What was asked for beyond the defaults, to be asked for again on another page."""
        return self.model_dump(exclude_defaults=True, exclude={"lang", "page"})


class PageAsked(Asked):
    """One page of a list."""

    page: int = Field(default=1, ge=1, le=10_000)
    size: int = Field(default=20, ge=1, le=MOST_ROWS)

    @property
    def offset(self) -> int:
        """The rows before this page."""
        return (self.page - 1) * self.size


class ConferencesAsked(PageAsked):
    """Conferences by place, kind, level, time and words."""

    region: Region | None = None
    kind: ConferenceKind | None = None
    level: Level | None = None
    since: Day | None = None
    until: Day | None = None
    words: Words = ""

    def query(self) -> Query:
        """The same for the store."""
        return Query(
            region=self.region,
            kind=self.kind,
            level=self.level,
            since=self.since,
            until=self.until,
            words=tuple(self.words.split()),
        )


class ReportsAsked(ConferencesAsked):
    """Reports: as conferences, and by provenance, site and conference."""

    verdict: Verdict | None = None  # None: all but mirrors
    site: SiteId | None = None
    conference: Number | None = None

    def query(self) -> Query:
        """The same for the store."""
        asked = super().query()
        return evolve(asked, verdict=self.verdict, site_id=self.site, conference_id=self.conference)


class SourcesAsked(PageAsked):
    """Sites of the catalogue by place and condition."""

    region: Region | None = None
    state: State | None = None


class RefusedAsked(PageAsked):
    """Refused pages by outcome and site."""

    outcome: Refused | None = None
    site: SiteId | None = None

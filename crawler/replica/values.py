"""What a replica folder says: hosts, columns, articles, items, moments and events, checked as they are read.

These models mirror the TOML files key by key; `seeds/demo/README.md` explains them to the people who write them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

CHINA = timezone(timedelta(hours=8))
Validators = Literal["both", "etag", "last-modified", "none"]


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=CHINA)


Moment = Annotated[datetime, AfterValidator(_aware)]  # times without an offset are China's


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Filler(_Written):
    """How a column is filled with everyday items."""

    kinds: tuple[str, ...]
    count: int = Field(ge=0, le=2000)
    since: date
    until: date


class Column(_Written):
    """A list page with its further pages (栏目)."""

    path: str  # of the first page, with its query if it needs one
    name: str
    code: str = ""  # the number that the publishing system gives the column
    per_page: int = Field(default=15, gt=0)
    paging: Literal["none", "from_0", "from_1", "down"] = "none"
    page_path: str = ""  # with {n}: from_0 makes page 2 {n}=1, from_1 makes it 2, down makes it total-1
    data_path: str = ""  # with {n}: where a script on the page fetches rows
    data_template: str = "list.json"
    shell: bool = False  # the page itself holds no rows
    article_path: str = ""
    filler: Filler | None = None
    template: str = "list"

    @model_validator(mode="after")
    def _paged(self) -> Self:
        if (self.paging == "none") != (self.page_path == ""):
            raise ValueError("paging and page_path need each other")
        return self


class Written(_Written):
    """An article that somebody wrote down, as against the everyday items that fill a column."""

    key: str
    column: str  # the path of its column
    path: str = ""  # empty: by the article_path of its column
    printed: Moment
    document: str | None = None  # a text of documents.toml
    report: str | None = None  # a text of items/
    link: str = ""  # a row that leads to another site, which has the page
    title: str = ""  # as the row of the list has it, where that differs
    template: str = "article"
    source: str | None = None
    author: str | None = None


class Host(_Written):
    """One website and how it answers."""

    host: str
    family: str  # the folder of its templates
    name: str
    charset: str = "utf-8"  # of the bytes
    declared: str = "utf-8"  # in the page's meta; empty: not at all
    content_type: str = "text/html"
    validators: Validators = "both"
    missing: Literal["hard", "soft"] = "hard"
    robots: str | None = None  # None: 404
    article_path: str = ""
    data_path: str = ""  # with {id}: where a script fetches the text of an article
    print: dict[str, str | list[str]] = {}  # what the templates print: numbers of the footer, menus, place names
    column: tuple[Column, ...] = ()
    article: tuple[Written, ...] = ()


class Event(_Written):
    """Something that happens to a host."""

    at: Moment
    host: str
    do: Literal[
        "publish", "edit", "withdraw", "redesign", "rebuild", "answer", "hijack", "slow", "validators", "robots",
        "redirect",
    ]  # fmt: skip
    until: Moment | None = None  # of the states: answer, hijack, slow, validators, robots, redirect
    article: str = ""
    replace: tuple[tuple[str, str], ...] = ()  # edit
    append: tuple[str, ...] = ()  # edit: paragraphs
    family: str = ""  # redesign
    status: int = 200  # answer, redirect
    under: str = "/"  # answer, hijack, slow: paths that start so
    retry_after: int | None = None  # answer: seconds
    page: Literal["", "captcha", "firewall", "login", "repair", "shell"] = ""  # answer: what it shows; "": by status
    seconds: float = Field(default=0, ge=0, le=60)  # slow
    validators: Validators = "none"
    robots: str = ""
    to: str = ""  # redirect; a {rest} in it stands for what follows `under`

    def holds(self, now: datetime) -> bool:
        """True from `at` on and before `until`."""
        return self.at <= now and (self.until is None or now < self.until)


class Look(_Written):
    """A moment at which the demo looks at all sites."""

    at: Moment
    name: str
    tells: str = ""


class Script(_Written):
    """The whole of script.toml."""

    documents: str = "../documents"  # the folder of the given texts, from the replica folder
    templates: str = "templates"
    moment: tuple[Look, ...] = ()
    event: tuple[Event, ...] = ()


class Item(_Written):
    """An everyday item or a report; {place} {unit} {scope} {year} {month} {day} in it are filled in."""

    key: str = ""
    kind: str
    title: str
    source: str = ""
    author: str = ""
    months: tuple[int, ...] = ()  # empty: any
    body: tuple[str, ...]


class Part(_Written):
    """Where in a given text a part stands: ranges of line numbers, counted from 1."""

    lines: tuple[tuple[int, int], ...]
    split: str = ""  # a separator that makes several entries of one line


class GivenText(_Written):
    """How one of the given texts is cut for a page."""

    file: str
    title: str  # the name of the part that holds it
    body: str
    source: str = ""
    author: str = ""
    label: str = ""
    part: dict[str, Part]
    strip: str = ""  # a pattern whose matches are left out
    replace: tuple[tuple[str, str], ...] = ()
    hans: bool = False  # turned into Simplified characters, after strip and replace

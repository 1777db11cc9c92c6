"""The frozen values that pass from stage to stage; each holds the one it was made from.

The chain is ``Page → Document → Article → Report``. A stage that will not go on returns ``Rejected`` instead.
Words follow docs/architecture.md; ``Report`` and ``Conference`` follow the record in docs/fields.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from attrs import asdict, field, frozen
from lxml.html import HtmlElement

Script = Literal["Hans", "Hant"]
Verdict = Literal["official", "media", "reprint", "mirror", "unknown"]
Level = Literal["national", "province", "city", "county", "school"]
ConferenceKind = Literal["education_congress", "education_work", "strong_education", "other_education"]
DateBasis = Literal["explicit", "relative", "inferred", "unknown"]
MeetingForm = Literal["onsite", "video", "tv_phone", "mixed", "unknown"]
Role = Literal["speech", "chair", "report", "explain", "brief", "attend", "sum_up"]


class Outcome(StrEnum):
    """What became of one fetched page; every page ends in exactly one."""

    NEW = "new"  # a report that was not known
    REVISED = "revised"  # a known report, its text changed
    UNCHANGED = "unchanged"  # a known report, the same text
    REPRINT = "reprint"  # the text of a report known from elsewhere
    MIRROR = "mirror"  # a copy on a stranger's host
    OFF_TOPIC = "off_topic"  # an article, but not a conference report
    SPAM = "spam"  # planted text and nothing else
    EMPTY = "empty"  # no article in it
    UNDECODABLE = "undecodable"  # not text, or text in no charset that fits
    CHALLENGED = "challenged"  # the site asked for a script challenge or captcha
    GONE = "gone"  # 404 or 410
    REFUSED = "refused"  # we would not fetch it: robots.txt, a private address, too large
    FAILED = "failed"  # anything else that went wrong, with its reason


@frozen(kw_only=True)
class Entry:
    """One row of a listing: a link with what the row says of it."""

    url: str
    title: str
    listed_on: str | None = None  # YYYY-MM-DD, as the row prints it
    listing_url: str | None = None


@frozen(kw_only=True)
class SnapshotRef:
    """Where the bytes of a page are kept: a record of a WARC file."""

    id: str  # the WARC-Record-ID
    file: str  # relative to the snapshot folder
    offset: int  # bytes from the start of the file
    sha256: str


@frozen(kw_only=True)
class Page:
    """Fetched bytes and headers, before anything was done to them."""

    url: str  # where the bytes came from, after redirects
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False)  # names in lower case
    status: int = 200
    fetched_at: datetime | None = None  # aware
    requested_url: str | None = None  # where it differs from url
    rendered: bool = False  # by a browser
    site_id: str | None = None  # the catalogue site it was fetched for
    entry: Entry | None = None  # the row that led here
    snapshot: SnapshotRef | None = None


@frozen(kw_only=True)
class Fix:
    """One kind of change that a stage made, with an example of it."""

    stage: str
    kind: str
    before: str
    after: str
    count: int = 1
    confidence: float = 1.0  # 0..1; below the stage's threshold it was marked, not changed


@frozen(kw_only=True)
class SpamBlock:
    """A planted piece that was cut out, kept as evidence."""

    text: str
    where: str  # body, title, meta, hidden …
    marks: tuple[str, ...]  # why, in fixed words
    score: float


@frozen(kw_only=True)
class Provenance:
    """Whose page it says it is, whose host it stands on, and what follows."""

    verdict: Verdict
    site_code: str | None = None  # 网站标识码
    icp: str | None = None
    police_record: str | None = None  # 公安备案, 14 digits
    owner_region: str | None = None  # GB/T 2260, six digits
    original_url: str | None = None
    marks: tuple[str, ...] = ()  # what decided, in fixed words


@frozen(kw_only=True)
class Document:
    """Decoded text and its tree. The tree belongs to this value: a stage that changes it copies it first."""

    page: Page
    html: str = field(repr=False)
    tree: HtmlElement = field(repr=False, eq=False)
    charset: str  # WHATWG label: utf-8, gb18030, big5, …
    charset_basis: str  # how it is known: bom, utf-8, declared, score …
    script: Script = "Hans"
    fixes: tuple[Fix, ...] = ()
    spam_blocks: tuple[SpamBlock, ...] = ()
    provenance: Provenance | None = None  # set by despam


@frozen(kw_only=True)
class DateCandidate:
    """One date that the page offers as its date of publication."""

    value: str  # YYYY-MM-DD or YYYY-MM-DDTHH:MM
    raw: str
    basis: str  # line, meta, list, url


@frozen(kw_only=True)
class Attachment:
    """A file that the article links to."""

    url: str
    name: str


@frozen(kw_only=True)
class Article:
    """Title, date, source, author and body. Empty strings and None mean that the page does not say."""

    document: Document
    title: str
    title_hans: str
    label: str | None = None  # 转载学习, 柳州日报 …: the 【…】 that stood before the headline
    original_title: str | None = None  # 原标题
    date: str | None = None  # the winner among dates: YYYY-MM-DD or YYYY-MM-DDTHH:MM
    dates: tuple[DateCandidate, ...] = ()
    source: str = ""
    author: str = ""  # several are joined by ", "
    publisher: str = ""  # 发布机构
    raw: Mapping[str, str] = field(factory=dict, repr=False)  # the string each fact was read from
    text: str = field(repr=False)  # paragraphs joined by "\n"
    text_hans: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    via: str = ""  # which reader found the body: family:trs, readability, density …
    fixes: tuple[Fix, ...] = ()  # of this stage only

    @property
    def all_fixes(self) -> tuple[Fix, ...]:
        """Every change from the bytes to here, in order."""
        return self.document.fixes + self.fixes


@frozen(kw_only=True)
class Span:
    """Where in ``text_hans`` (or in ``title_hans``) a field of the record stands."""

    field: str  # name, held_on, people.0 …
    start: int
    end: int
    text: str
    of: Literal["text", "title"] = "text"


@frozen(kw_only=True)
class Person:
    """Somebody the report names, with titles and parts played, as written."""

    name: str
    titles: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()


@frozen(kw_only=True)
class ExchangeUnit:
    """A unit that spoke (onsite) or handed in a paper (written)."""

    name: str
    mode: Literal["onsite", "written"] = "onsite"


@frozen(kw_only=True)
class Conference:
    """The event a report tells of. All text is Simplified."""

    name: str
    kind: ConferenceKind
    year: int | None
    level: Level
    region_code: str | None  # GB/T 2260, six digits
    region_name: str | None
    held_on: str | None  # YYYY-MM-DD, or --MM-DD where no year is known
    held_on_basis: DateBasis = "unknown"
    venue: str | None = None
    host_organ: str | None = None
    form: MeetingForm = "unknown"
    people: tuple[Person, ...] = ()
    exchange_units: tuple[ExchangeUnit, ...] = ()
    documents_cited: tuple[str, ...] = ()
    conveyed: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()
    spans: tuple[Span, ...] = field(default=(), repr=False)

    def as_dict(self, *, spans: bool = False) -> dict[str, Any]:
        """The record as JSON has it; where each field stands in the text only if asked."""
        return asdict(self, filter=lambda attribute, _: spans or attribute.name != "spans")


@frozen(kw_only=True)
class Report:
    """An article that reports a conference."""

    article: Article
    conference: Conference
    provenance: Provenance  # final: the label and the source are taken into account
    body_sha256: str = ""  # of the normalised body
    fingerprints: tuple[int, ...] = field(default=(), repr=False)  # sparse winnowing, signed 64 bit


Value = Page | Document | Article | Report


@frozen(kw_only=True)
class Rejected:
    """A stage's refusal to go on, with the last value that it saw."""

    outcome: Outcome
    reason: str  # fixed words, then what was seen
    stage: str
    last: Value = field(repr=False)
    evidence: tuple[str, ...] = ()
    temporary: bool = False  # worth another try later: the site or the network failed, not the page

    @property
    def page(self) -> Page:
        """The page that was refused."""
        value = self.last
        if isinstance(value, Report):
            value = value.article
        if isinstance(value, Article):
            value = value.document
        return value.page if isinstance(value, Document) else value

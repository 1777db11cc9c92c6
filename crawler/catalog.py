"""The catalogue: which websites are watched, read from the TOML files of a folder, one `[[site]]` a site.

A row that is wrong is reported with its file, its key and the reason; the other rows still count.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from attrs import frozen
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crawler.items import Level

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*")  # names in Chinese letters stand as xn--…
_FIELD = re.compile(r"\{\w+\}")
_EVERYBODYS = frozenset({"gov.cn", "edu.cn", "org.cn", "com.cn", "net.cn", "ac.cn", "mil.cn"})

SiteKind = Literal["education", "portal", "school", "media"]
TlsProfile = Literal["legacy", "p256", "old-dh", "old-tls", "unchecked"]  # docs/add-a-site.md; made in spiders/tls.py


class Listing(BaseModel):
    """A page of links that is looked at again and again (栏目)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    column: str = ""
    article_url: str | None = None  # where a JSON list gives no addresses: https://…/art/{id}.html, {id} a field of it

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("article_url")
    @classmethod
    def _with_a_field(cls, value: str | None) -> str | None:
        if value is not None and not _FIELD.search(_web_address(value)):
            raise ValueError("names no field of the list, such as {id}")
        return value


class Selectors(BaseModel):
    """CSS selectors of one site, where its family's own do not fit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list_item: str | None = None
    list_title: str | None = None
    list_date: str | None = None
    title: str | None = None
    date_line: str | None = None
    body: str | None = None
    body_remove: str | None = None


class Site(BaseModel):
    """One authority's website."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")
    name: str = Field(min_length=2)
    region: str = Field(pattern=r"^\d{6}$")  # GB/T 2260
    level: Literal["national", "province", "city", "county", "school", "media"]
    kind: SiteKind
    homepage: str
    listings: tuple[Listing, ...] = ()
    family: str | None = None  # of crawler/cms; None: found out from the page
    selectors: Selectors = Selectors()
    hosts: tuple[str, ...] = ()  # further hosts of the same owner
    site_code: str | None = None  # 网站标识码
    icp: str | None = None
    encoding: str | None = None
    needs_js: bool = False
    http_only: bool = False
    tls: TlsProfile | None = None  # what its servers need besides what all servers get
    follow: Literal["topic", "all"] = "topic"
    delay: float | None = Field(default=None, ge=0)  # seconds between two requests
    enabled: bool = True
    checked: str | None = None  # the day a person or a check last saw it work; None: unverified
    confidence: Literal["high", "medium", "low"] | None = None
    evidence: tuple[str, ...] = ()
    notes: str = ""

    @field_validator("listings", mode="before")
    @classmethod
    def _plain_urls(cls, value: Any) -> Any:
        return [{"url": row} if isinstance(row, str) else row for row in value] if isinstance(value, list) else value

    @field_validator("homepage")
    @classmethod
    def _http(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("hosts")
    @classmethod
    def _bare_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not _HOST.fullmatch(host.lower()):
                raise ValueError(f"{host} is no host name; write it without http:// and without a path")
        return value

    @model_validator(mode="after")
    def _listings_at_home(self) -> Self:
        for listing in self.listings:
            host = urlsplit(listing.url).hostname or ""
            if not self.owns(host):
                raise ValueError(f"listings: {host} is no host of this site; name it in `hosts` if it is")
        return self

    @cached_property
    def own_hosts(self) -> frozenset[str]:
        """The hosts of the homepage and of `hosts`, without a leading www. (see bare_host)."""
        return frozenset(bare_host(host) for host in (urlsplit(self.homepage).hostname or "", *self.hosts))

    def owns(self, host: str) -> bool:
        """True for the site's own hosts and for hosts below them."""
        host = bare_host(host)
        return any(host == own or host.endswith("." + own) for own in self.own_hosts)

    @property
    def meeting_level(self) -> Level | None:
        """The level of government that a bare 全市 or 全区 on this site means; None for media."""
        return None if self.level == "media" else self.level


@frozen(kw_only=True)
class Problem:
    """A row or a file of the catalogue that cannot be used."""

    file: str
    key: str  # which row and which of its keys
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}"


class Catalog:
    """All usable sites, and what was wrong with the others."""

    def __init__(self, sites: Iterable[Site] = (), problems: Iterable[Problem] = ()) -> None:
        self.sites = tuple(sites)
        self.problems = tuple(problems)
        self.by_id = {site.id: site for site in self.sites}
        self._by_host = _by_host(self.sites)
        self._by_code = {site.site_code: site for site in reversed(self.sites) if site.site_code}

    def owner_of_host(self, host: str) -> Site | None:
        """The site whose own host this is, or lies above it; the longest match wins."""
        labels = bare_host(host).split(".")
        for start in range(len(labels) - 1):
            if site := self._by_host.get(".".join(labels[start:])):
                return site
        return None

    def owner_of_code(self, site_code: str) -> Site | None:
        """The site with this 网站标识码."""
        return self._by_code.get(site_code)


def bare_host(host: str) -> str:
    """The host in lower case without www., except where the rest is everybody's: www.gov.cn owns no other site."""
    host = host.lower().rstrip(".")
    rest = host.removeprefix("www.")
    return f"www.{rest}" if rest in _EVERYBODYS else rest


def _by_host(sites: Iterable[Site]) -> dict[str, Site]:
    """Of sites on one host, the one whose homepage lies highest owns it; of equals, the first of the catalogue."""
    owners: dict[str, Site] = {}
    for site in sorted(sites, key=lambda site: urlsplit(site.homepage).path.count("/")):
        for host in site.own_hosts:
            owners.setdefault(host, site)
    return owners


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:  # a broken port or bracket
        sound = False
    if not sound:
        raise ValueError("is no http or https address")
    return value


def load(folder: Path) -> Catalog:
    """Read every `*.toml` below a folder. Raises FileNotFoundError where the folder is not there."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no catalogue folder {folder}")
    sites: list[Site] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.toml")):
        name = path.relative_to(folder).as_posix()
        try:
            data = tomllib.loads(path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(Problem(file=name, key="file", reason=str(error)))
            continue
        _read_rows(name, data, sites, problems)
    counts = Counter(site.id for site in sites)
    first = {site.id: site for site in reversed(sites)}
    problems += [
        Problem(file="catalogue", key=f"site {id_}", reason=f"stands {count} times; the first one counts")
        for id_, count in counts.items()
        if count > 1
    ]
    return Catalog([site for site in sites if first[site.id] is site], problems)


def _read_rows(name: str, data: dict[str, Any], sites: list[Site], problems: list[Problem]) -> None:
    for key in sorted(data.keys() - {"site"}):
        problems.append(Problem(file=name, key=key, reason="is not known; rows start with [[site]]"))
    rows = data.get("site", [])
    if not isinstance(rows, list):
        problems.append(Problem(file=name, key="site", reason="must be written [[site]]"))
        return
    for number, row in enumerate(rows, 1):
        label = f"site {row.get('id', number)}" if isinstance(row, dict) else f"site {number}"
        try:
            sites.append(Site.model_validate(row))
        except ValidationError as error:
            for problem in error.errors():
                where = ".".join([label, *(str(part) for part in problem["loc"])])
                problems.append(Problem(file=name, key=where, reason=problem["msg"].removeprefix("Value error, ")))

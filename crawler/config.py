"""Huixun's own settings: `huixun.toml`, and each of them as an environment variable.

Order: environment, then the file (``--config``, ``HUIXUN_CONFIG``, ``./huixun.toml``), then the defaults here.
Secrets are never in the file itself: ``{ env = "NAME" }`` or ``{ file = "PATH" }`` says where to read one.
"""

from __future__ import annotations

import os
import re
import time
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from crawler.items import ConferenceKind, Level

CHECKOUT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """The settings cannot be used; the message says which and what to do."""


# What RFC 5321 allows without quotes. Quoted local parts may hold spaces, commas and angle brackets: nobody has such an
# address, and each of them is a way to smuggle in a second recipient.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Secret(_Section):
    """Where a secret is read from: an environment variable or a file, never the settings themselves."""

    env: str | None = None
    file: Path | None = None

    def read(self) -> str:
        """The secret. Raises ConfigError where it cannot be read; the message never holds it."""
        if self.env:
            if self.env in os.environ:
                return os.environ[self.env].strip()
            raise ConfigError(f"the secret is expected in the environment variable {self.env}, which is not set")
        if self.file:
            try:
                return self.file.read_text("utf-8").strip()
            except OSError as error:
                raise ConfigError(f"the secret file {self.file} cannot be read: {error.strerror}") from None
            except UnicodeDecodeError:
                raise ConfigError(f"the secret file {self.file} is no UTF-8 text") from None
        raise ConfigError("a secret needs `env` or `file`")


class Smtp(_Section):
    """The mail server that alerts go out by."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    sender: str = "huixun@localhost"  # an address, or "会讯 <alerts@example.org>"
    ca_file: Path | None = None  # a certificate authority of your own; certificates are always checked
    timeout: float = Field(default=30, gt=0)  # seconds for one whole message

    @field_validator("sender")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.isprintable() or not _ADDRESS.fullmatch(parseaddr(value)[1]):
            raise ValueError("is no mail address")
        return value

    @model_validator(mode="after")
    def _password_is_safe(self) -> Self:
        if self.username is not None and self.security == "none":
            raise ValueError('the password would cross the network in clear; use security "starttls" or "tls"')
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        return self


class Filter(_Section):
    """Which reports a subscription is told of; an empty list lets everything through."""

    kinds: tuple[ConferenceKind, ...] = ()
    levels: tuple[Level, ...] = ()
    regions: tuple[Annotated[str, StringConstraints(pattern=r"^\d{2,6}$")], ...] = ()  # GB/T 2260 prefixes: 45, 4502
    words: tuple[Word, ...] = ()  # any of these in title or text (Simplified)
    without: tuple[Word, ...] = ()  # none of these
    every_report: bool = False  # False: only the first report of a conference
    revisions: bool = False


class Subscription(_Section):
    """Who hears what, and by which way."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")
    channel: Literal["email", "webhook"]
    to: tuple[str, ...] = Field(min_length=1)  # addresses, or one URL
    secret: Secret | None = None  # of a webhook: its signing secret, whsec_…; without one it is not signed
    ca_file: Path | None = None  # of a webhook: a certificate authority of your own
    filter: Filter = Filter()
    baseline: bool = False  # True: also told of what was there before the first look
    language: Literal["zh", "en"] = "zh"

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.channel == "email":
            for address in self.to:
                if not _ADDRESS.fullmatch(address):
                    raise ValueError(f"to: {address!r} is no mail address")
            if self.secret or self.ca_file:
                raise ValueError("`secret` and `ca_file` are for webhooks; those of the mail server stand in [smtp]")
        elif len(self.to) != 1 or not _is_web_address(self.to[0]):
            raise ValueError("to: a webhook needs one http or https address, without a user name in it")
        return self


class Deliver(_Section):
    """How alerts are sent, and how often sending is tried again."""

    first_wait: float = Field(default=60, gt=0)  # seconds after the first failure; doubles each time
    longest_wait: float = Field(default=6 * 3600, gt=0)  # seconds
    max_attempts: int = Field(default=10, ge=1)  # then the alert is dead; ten take about 8 1/2 hours
    timeout: float = Field(default=15, gt=0)  # seconds for one whole webhook request
    lease: float = Field(default=300, gt=0)  # seconds that a sender may hold alerts before another takes them over


class Crawl(_Section):
    """How websites are fetched."""

    contact: str = "https://github.com/huixun/huixun"  # stands in the user agent
    delay: float = Field(default=3.0, ge=0)  # seconds between two requests to one host
    timeout: float = Field(default=30, gt=0)
    max_bytes: int = Field(default=16 * 2**20, gt=0)
    pages_per_site: int = Field(default=60, gt=0)  # articles in one look
    browser: Path | None = None  # a Chromium of your own
    allow_private: tuple[str, ...] = ()  # host names that may stand on private addresses


class Watch(_Section):
    """The rhythm of the service."""

    tick: float = Field(default=20, gt=0)  # seconds between two questions "who is due?"
    every: float = Field(default=3600, gt=0)  # seconds between two looks at a site
    batch: int = Field(default=50, gt=0)  # sites in one crawl
    deadline: float = Field(default=1800, gt=0)  # seconds a crawl may take
    deliver_every: float = Field(default=5, gt=0)


class Config(_Section):
    """All settings."""

    home: Path = Path("var")
    store: str | None = None
    sites: Path = CHECKOUT / "seeds" / "sites"
    topics: Path = CHECKOUT / "seeds" / "topics.toml"
    proxy: str | None = None
    clock: Path | None = None  # a file with the time to believe, for demo and drills
    smtp: Smtp | None = None
    crawl: Crawl = Crawl()
    watch: Watch = Watch()
    deliver: Deliver = Deliver()
    subscription: tuple[Subscription, ...] = ()
    source: Path | None = Field(default=None, exclude=True)  # the file this was read from

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL of the store."""
        return self.store or f"sqlite:///{(self.home / 'huixun.db').resolve()}"

    @property
    def snapshots(self) -> Path:
        """The folder of the WARC files."""
        return self.home / "snapshots"


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The settings file to read, or None. Raises ConfigError where a named one is not there."""
    named = explicit or (Path(environ["HUIXUN_CONFIG"]) if environ.get("HUIXUN_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError(f"there is no settings file {named}")
        return named
    return Path("huixun.toml") if Path("huixun.toml").is_file() else None


def load(explicit: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the settings. Raises ConfigError with the key and the reason."""
    path = find(explicit, environ)
    data: dict[str, Any] = {}
    if path is not None:
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}") from None
    _overlay(data, environ)
    try:
        config = Config.model_validate(data | {"source": path})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{path or 'environment'}: {where}: {reason}") from None
    names = [subscription.name for subscription in config.subscription]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: subscription: two have the name {name}")
    return config


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> None:
    """HUIXUN_HOME sets `home`, HUIXUN_CRAWL_DELAY sets `crawl.delay`; an empty variable counts as not set."""
    for name in ("home", "store", "sites", "topics", "proxy", "clock"):
        if value := environ.get(f"HUIXUN_{name.upper()}"):
            data[name] = value
    for section, model in (("crawl", Crawl), ("watch", Watch), ("deliver", Deliver), ("smtp", Smtp)):
        for name in model.model_fields:
            if value := environ.get(f"HUIXUN_{section.upper()}_{name.upper()}"):
                data.setdefault(section, {})[name] = value


def now(config: Config) -> datetime:
    """The time to believe (aware): the real one, or in a demo or drill the clock file's, running on since it was set."""
    if config.clock is None:
        return datetime.now().astimezone()
    since_set = timedelta(seconds=max(0.0, time.time() - config.clock.stat().st_mtime))
    return datetime.fromisoformat(config.clock.read_text("ascii").strip()) + since_set

"""Huixun's own settings: `huixun.toml`, and each of them as an environment variable.

Order: environment, then the file (``--config``, ``HUIXUN_CONFIG``, ``./huixun.toml``), then the defaults here.
Secrets are never in the file itself: ``{ env = "NAME" }`` or ``{ file = "PATH" }`` says where to read one.
"""

from __future__ import annotations

import os
import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from crawler.mistakes import first_mistake
from crawler.subscriptions import ADDRESS, ConfigError, Filter, Secret, Section, Subscription

__all__ = [
    "Config",
    "ConfigError",
    "Crawl",
    "Deliver",
    "Filter",
    "Log",
    "Secret",
    "Smtp",
    "Subscription",
    "Watch",
    "load",
    "now",
]

RESTORING = "restoring"  # lies in the data folder while a backup is restored into it
OPERATOR = "operator"  # the name of the operator's own subscription
CHECKOUT = Path(__file__).resolve().parent.parent
_WEB = re.compile(r"https://[!#-;=?-~]{1,1000}")  # no space, quote or angle bracket: it stands in a mail header


class Smtp(Section):
    """The mail server that alerts go out by."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    sender: str = "huixun@localhost"  # an address, or "会讯 <alerts@example.org>"
    ca_file: Path | None = None  # a certificate authority of your own; certificates are always checked
    timeout: float = Field(default=30, gt=0)  # seconds for one whole message
    per_minute: int = Field(default=60, ge=1)  # messages that the server takes from us
    unsubscribe: str | None = None  # where readers leave: "mailto:…" or "https://…"; stands in List-Unsubscribe

    @field_validator("sender")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.isprintable() or not ADDRESS.fullmatch(parseaddr(value)[1]):
            raise ValueError("is no mail address")
        return value

    @field_validator("unsubscribe")
    @classmethod
    def _way_out(cls, value: str | None) -> str | None:
        scheme, _, rest = (value or "").partition(":")
        fits = ADDRESS.fullmatch(rest) if scheme == "mailto" else _WEB.fullmatch(value or "")
        if value is not None and not fits:
            raise ValueError("is neither mailto: with one address nor https://")
        return value

    @model_validator(mode="after")
    def _password_is_safe(self) -> Self:
        if self.username is not None and self.security == "none":
            raise ValueError('the password would cross the network in clear; use security "starttls" or "tls"')
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        return self


class Deliver(Section):
    """How alerts are sent, and how often sending is tried again."""

    first_wait: float = Field(default=60, gt=0)  # seconds after the first failure; doubles each time
    longest_wait: float = Field(default=6 * 3600, gt=0)  # seconds
    max_attempts: int = Field(default=10, ge=1)  # then the alert is dead; ten take about 8 1/2 hours
    timeout: float = Field(default=15, gt=0)  # seconds for one whole webhook request
    lease: float = Field(default=300, gt=0)  # seconds that a sender may hold alerts before another takes them over


class Crawl(Section):
    """How websites are fetched."""

    contact: str = "https://github.com/huixun/huixun"  # stands in the user agent
    delay: float = Field(default=3.0, ge=0)  # seconds between two requests to one host
    timeout: float = Field(default=30, gt=0)
    max_bytes: int = Field(default=16 * 2**20, gt=0)
    pages_per_site: int = Field(default=60, gt=0)  # articles in one look
    browser: Path | None = None  # a Chromium of your own
    allow_private: tuple[str, ...] = ()  # host names that may stand on private addresses


class Watch(Section):
    """The rhythm of the service."""

    tick: float = Field(default=20, gt=0)  # seconds between two questions "who is due?"
    every: float = Field(default=3600, gt=0)  # seconds between two looks at a site that publishes about daily
    floor: float | None = Field(default=None, gt=0)  # seconds, never sooner; a sixth of `every` unless it is given
    ceiling: float | None = Field(default=None, gt=0)  # seconds, never later; twelve times `every` unless it is given
    requests_per_host_per_day: int = Field(default=300, gt=0)  # for listings, on average
    requests_per_day: int | None = Field(default=None, gt=0)  # for listings of all sites together; None: no bound
    batch: int = Field(default=50, gt=0)  # sites in one crawl
    crawls: int = Field(default=2, gt=0)  # that run side by side
    deadline: float = Field(default=1800, gt=0)  # seconds a crawl may take
    deliver_every: float = Field(default=5, gt=0)
    silent_after: float = Field(default=600, gt=0)  # seconds without a beat of any watcher: then it counts as down

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not (self.floor or 0) <= self.every <= (self.ceiling or self.every):
            raise ValueError("`floor` is at most `every`, and `every` is at most `ceiling`")
        return self


class Log(Section):
    """Where the service's own log goes, and how much of each log is kept."""

    file: Path | None = None  # None: standard error
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_bytes: int = Field(default=10 * 2**20, ge=1000)  # then another file is begun, also of the crawls' log
    keep: int = Field(default=5, ge=0, le=100)  # older files


class Config(Section):
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
    log: Log = Log()
    subscription: tuple[Subscription, ...] = ()  # the operator's last, where there is one
    source: Path | None = Field(default=None, exclude=True)  # the file this was read from

    @model_validator(mode="before")
    @classmethod
    def _operator_is_reached_like_readers(cls, data: Any) -> Any:
        """`[operator]` is one more subscription, by a name of its own: sending and testing know no difference."""
        if not isinstance(data, Mapping) or not isinstance(own := data.get("operator"), Mapping):
            return data
        rest = {name: value for name, value in data.items() if name != "operator"}
        return rest | {"subscription": [*data.get("subscription", ()), {**own, "name": OPERATOR}]}

    @property
    def readers(self) -> tuple[Subscription, ...]:
        """Those who hear of conferences."""
        return tuple(one for one in self.subscription if one.name != OPERATOR)

    @property
    def operator(self) -> Subscription | None:
        """Who hears of the sources' own troubles."""
        return next((one for one in self.subscription if one.name == OPERATOR), None)

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
        raise ConfigError(f"{path or 'environment'}: {first_mistake(error, Config)}") from None
    for reason in _contradictions(config):
        raise ConfigError(f"{path or 'environment'}: {reason}")
    return config


def _contradictions(config: Config) -> Iterator[str]:
    """What only all settings together show."""
    names = Counter(subscription.name for subscription in config.subscription)
    yield from (f"subscription: two have the name {name}" for name, count in names.items() if count > 1)
    if config.smtp is None:
        for one in config.subscription:
            if one.channel == "email":
                yield f"subscription {one.name}: it sends e-mail, so a section [smtp] has to name the mail server"


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> None:
    """HUIXUN_HOME sets `home`, HUIXUN_CRAWL_DELAY sets `crawl.delay`; an empty variable counts as not set."""
    for name in ("home", "store", "sites", "topics", "proxy", "clock"):
        if value := _variable(f"HUIXUN_{name.upper()}", environ):
            data[name] = value
    for section, model in (("crawl", Crawl), ("watch", Watch), ("deliver", Deliver), ("smtp", Smtp), ("log", Log)):
        for name, field in model.model_fields.items():
            variable = f"HUIXUN_{section.upper()}_{name.upper()}"
            is_secret = field.annotation == Secret | None
            given = _secret(variable, environ) if is_secret else _variable(variable, environ)
            own = data.setdefault(section, {}) if given else {}
            if given and isinstance(own, dict):  # a section that is no table is refused below
                own[name] = given.split(",") if isinstance(given, str) and name == "allow_private" else given


def _variable(name: str, environ: Mapping[str, str]) -> str | None:
    """A variable's value, or the contents of the file that NAME_FILE names. Raises ConfigError for one not readable."""
    if value := environ.get(name):
        return value
    if path := environ.get(f"{name}_FILE"):
        return Secret(file=Path(path)).read()
    return None


def _secret(name: str, environ: Mapping[str, str]) -> dict[str, str] | None:
    """Where a secret is to be read: it stands in no setting."""
    if path := environ.get(f"{name}_FILE"):
        return {"file": path}
    return {"env": name} if environ.get(name) else None


def now(config: Config) -> datetime:
    """The time to believe (aware): the real one, or in a demo the clock file's, running on since it was set.

    Raises ConfigError where the clock file cannot be read.
    """
    if config.clock is None:
        return datetime.now().astimezone()
    try:
        since_set = timedelta(seconds=max(0.0, time.time() - config.clock.stat().st_mtime))
        return datetime.fromisoformat(config.clock.read_text("ascii").strip()) + since_set
    except (OSError, ValueError) as error:
        raise ConfigError(f"the clock file {config.clock} cannot be read: {error}") from None


def make_home(config: Config) -> None:
    """Make the data folder. Raises ConfigError where it cannot be made, or a restore into it was broken off."""
    if (config.home / RESTORING).exists():
        raise ConfigError(f"a restore into {config.home} is under way or was broken off; run `huixun db restore` again")
    try:
        config.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the data folder {config.home} cannot be made: {error.strerror}; set `home`") from None

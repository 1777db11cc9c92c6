"""Who hears what, when and by which way, as `[[subscription]]` in `huixun.toml` says it."""

from __future__ import annotations

import os
import re
from datetime import time, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from crawler import regions
from crawler.items import ConferenceKind, Level

# What RFC 5321 allows without quotes. Quoted local parts may hold spaces, commas and angle brackets: nobody has such an
# address, and each of them is a way to smuggle in a second recipient.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991; needs no time zone data
ROBOTS = ("wecom", "dingtalk", "feishu")
# What the makers allow a group robot in a minute: developer.work.weixin.qq.com/document/path/91770,
# open.dingtalk.com/document/robots/custom-robot-access, open.feishu.cn "custom bot usage guide".
ROBOT_LIMITS = {"wecom": 20, "dingtalk": 20, "feishu": 100}
Region = Annotated[str, AfterValidator(regions.prefix)]  # GB/T 2260: 45, 4502, 450203; or a name: 广西
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Channel = Literal["email", "webhook", "wecom", "dingtalk", "feishu", "apprise"]


class ConfigError(Exception):
    """The settings cannot be used; the message says which and what to do."""


class Section(BaseModel):
    """A table of the settings: frozen, and every unknown key in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Secret(Section):
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

    def __str__(self) -> str:
        """The place, which is no secret: it stands in the outbox and in logs."""
        return f"env:{self.env}" if self.env else f"file:{self.file}"


class Filter(Section):
    """Which reports a subscription is told of; an empty list lets everything through."""

    kinds: tuple[ConferenceKind, ...] = ()
    levels: tuple[Level, ...] = ()
    regions: tuple[Region, ...] = ()
    sources: tuple[Word, ...] = ()  # site ids, or parts of the source's name
    verdicts: tuple[Literal["official", "media", "reprint", "unknown"], ...] = ()
    words: tuple[Word, ...] = ()  # any of these in title or text (Simplified); "a b -c" is a and b and not c
    without: tuple[Word, ...] = ()  # none of these
    every_report: bool = False  # False: only the first report of a conference
    revisions: bool = False

    @field_validator("words")
    @classmethod
    def _can_fit(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for asked in value:
            parts = asked.split()
            if "-" in parts or all(part.startswith("-") for part in parts):
                raise ValueError(f"{asked!r} asks for nothing; what must not occur at all stands in `without`")
        return value


class Subscription(Section):
    """Who hears what, and by which way."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")
    channel: Channel
    to: tuple[str | Secret, ...] = Field(min_length=1)  # addresses, or one URL, or where that URL is read from
    secret: Secret | None = None  # signs what is sent: a webhook's whsec_…, the one of a DingTalk or Feishu robot
    ca_file: Path | None = None  # of everything that is posted: a certificate authority of your own
    filter: Filter = Filter()
    baseline: bool = False  # True: also told of what was there before the first look
    language: Literal["zh", "en"] = "zh"
    send: Literal["instant", "hour", "day", "week", "workdays"] = "instant"
    at: time = time(8)  # local time of a digest of day, week or workdays
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"  # of a weekly digest
    time_zone: str = "Asia/Shanghai"
    quiet: tuple[time, time] | None = None  # nothing is sent from the first to the second, by local time
    most_per_hour: int | None = Field(
        default=None, ge=1
    )  # messages to one recipient; what is above comes as one summary
    per_minute: int | None = Field(default=None, ge=1)  # requests; None: what a robot's maker allows

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | dict) else value

    @field_validator("at", mode="before")
    @classmethod
    def _clock(cls, value: Any) -> Any:
        if isinstance(value, int | float):
            raise ValueError('a time of day like "08:30" is expected')
        return value

    @field_validator("at", "quiet")
    @classmethod
    def _local(cls, value: time | tuple[time, time] | None) -> time | tuple[time, time] | None:
        if any(one.tzinfo for one in (value if isinstance(value, tuple) else (value,)) if one):
            raise ValueError("a time of day without a zone is expected; `time_zone` names the zone")
        if isinstance(value, tuple) and value[0] == value[1]:
            raise ValueError("begins when it ends; leave it out")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        _zone(value)
        return value

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.channel == "email":
            for address in self.to:
                if isinstance(address, Secret) or not ADDRESS.fullmatch(address):
                    raise ValueError(f"to: {str(address)!r} is no mail address")
            if self.secret or self.ca_file or self.per_minute:
                raise ValueError(
                    "`secret` and `ca_file` are for webhooks and robots; those of the mail server, and its "
                    "`per_minute`, stand in [smtp]"
                )
        elif len(self.to) != 1:
            raise ValueError(f"to: {self.channel} needs one address; further ones are subscriptions of their own")
        elif isinstance(url := self.to[0], str) and self.channel != "webhook":
            raise ValueError(
                'to: this address is a secret; give where it is read from: { env = "NAME" } or { file = "PATH" }'
            )
        elif isinstance(url, str) and not is_web_address(url):
            raise ValueError("to: a webhook needs one http or https address, without a user name in it")
        elif self.secret and self.channel in ("wecom", "apprise"):
            raise ValueError(f"`secret` is of no use to {self.channel}")
        return self

    @property
    def zone(self) -> tzinfo:
        """The zone of `at` and `quiet`."""
        return _zone(self.time_zone)

    @property
    def address(self) -> str:
        """The one URL of a subscription that is not e-mail. Raises ConfigError where it cannot be read."""
        to = self.to[0]
        return to if isinstance(to, str) else to.read()

    @property
    def posts_per_minute(self) -> int | None:
        """How many requests its receiver takes in a minute; None: as many as there are."""
        return self.per_minute or ROBOT_LIMITS.get(self.channel)


def is_web_address(value: str) -> bool:
    """Whether it is http or https, with a host and without a user name."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _zone(name: str) -> tzinfo:
    if name == "Asia/Shanghai":
        return BEIJING
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"there is no time zone {name!r}") from None

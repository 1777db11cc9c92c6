"""Fills the templates. Every value is escaped and passed through `shown`; no template may switch that off."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, partial
from importlib import resources
from typing import Any, get_args
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crawler import regions
from crawler.alerts.plain import link
from crawler.health import STATES, TROUBLED
from crawler.items import Conference, ConferenceKind, Level
from crawler.store.reports import StoredReport
from crawler.web.asked import Language, Refused
from crawler.web.shown import moment, revealed, shown

MAX_TEXT = 200_000  # characters of one report on its page
MAX_LINES = 500  # of one difference between two texts


def render(template: str, language: Language, **values: Any) -> str:
    """The filled template. Raises UndefinedError where it names a value that is not given."""
    asked = values.get("asked")
    around = {
        "language": language,
        "words": words(language),
        "to": partial(_to, language),
        "again": asked.given() if asked else {},
    }
    return _environment().get_template(template).render(around | values)


@cache
def words(language: Language) -> Mapping[str, Any]:
    """The page's own words in a language."""
    return tomllib.loads((resources.files("crawler.web") / "words" / f"{language}.toml").read_text("utf-8"))


def safe_url(report: StoredReport) -> str | None:
    """The address that people may be shown and sent to; None where there is none, and for a mirror's own."""
    return link(report.shown_url) or None


def heading(record: Conference) -> str:
    """The conference's name with its region before it, where the name does not say it."""
    region = record.region_name or ""
    return record.name if region in record.name else f"{region} · {record.name}"


def _to(language: Language, path: str, **parameters: Any) -> str:
    """An address on this page, in the reader's language."""
    kept = {name: value for name, value in parameters.items() if value is not None}
    if language != "zh":
        kept = {"lang": language} | kept
    return f"{path}?{urlencode(kept)}" if kept else path


def _region(code: str) -> str:
    """The names of the divisions from the province down, or of the whole country; the code where it is unknown."""
    division = regions.get(code)
    if division is None:
        return code
    return " ".join(one.short for one in reversed(regions.chain(code))) or division.name


def _finalize(value: Any) -> Any:
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("crawler.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "heading": heading,
        "link": link,
        "moment": moment,
        "region": _region,
        "revealed": revealed,
        "safe_url": safe_url,
    }
    environment.globals |= {
        "MAX_TEXT": MAX_TEXT,
        "MAX_LINES": MAX_LINES,
        "KINDS": get_args(ConferenceKind),
        "LEVELS": get_args(Level),
        "CONDITIONS": STATES,
        "TROUBLED": [name for name in STATES if name in TROUBLED],
        "REFUSED": get_args(Refused),
    }
    return environment

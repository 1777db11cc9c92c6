"""The options by which many commands choose reports, each checked: what cannot be is one plain sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, get_args

import typer

from crawler import regions
from crawler.cli.app import fail
from crawler.items import ConferenceKind, Level

KINDS: tuple[str, ...] = get_args(ConferenceKind)
LEVELS: tuple[str, ...] = get_args(Level)


def one_of(name: str, known: tuple[str, ...]) -> Callable[[str | None], str | None]:
    """A check for an option that takes some words only. It ends the command with 2."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in known:
            raise fail(f"--{name} {value}: there is no such {name}; there are {', '.join(known)}")
        return value

    return check


def a_day(name: str) -> Callable[[str | None], str | None]:
    """A check for an option that takes a day. It ends the command with 2."""

    def check(value: str | None) -> str | None:
        try:
            return None if value is None else date.fromisoformat(value).isoformat()
        except ValueError:
            raise fail(f"--{name} {value}: a day is expected, as YYYY-MM-DD") from None

    return check


def a_region(value: str | None) -> str | None:
    """A code or a prefix of one, from either or from the name of a division. It ends the command with 2."""
    try:
        return None if value is None else regions.prefix(value)
    except ValueError as error:
        raise fail(f"--region {value} {error}") from None


Region = Annotated[
    str | None, typer.Option(help="GB/T 2260 prefix or a name: 45, 4502, 450200, 广西", callback=a_region)
]
Kind = Annotated[str | None, typer.Option(help=", ".join(KINDS), callback=one_of("kind", KINDS))]
AnyLevel = Annotated[str | None, typer.Option(help=", ".join(LEVELS), callback=one_of("level", LEVELS))]
Since = Annotated[str | None, typer.Option(help="YYYY-MM-DD", callback=a_day("since"))]
Until = Annotated[str | None, typer.Option(help="YYYY-MM-DD", callback=a_day("until"))]

"""One website of the drill: its place in the catalogue, the rows of its list, and both as the replica has them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import field, frozen

from crawler.config import CHECKOUT
from crawler.replica.texts import Text
from crawler.replica.values import Column, Event, Host, Written

TEMPLATES = CHECKOUT / "seeds" / "demo" / "templates"


@frozen(kw_only=True)
class Row:
    """One entry of a site's list: its page's text and when it appears."""

    key: str
    text: Text = field(repr=False)
    printed: datetime
    path: str = ""
    link: str = ""
    gone: datetime | None = None  # taken away
    shown: datetime | None = None  # put up later than it prints


@frozen(kw_only=True)
class Place:
    """One site before its pages are written."""

    host: str
    site_id: str
    name: str
    region: str
    family: dict[str, Any]
    kind: str = "education"
    level: str = "city"

    @property
    def list_url(self) -> str:
        """The address of its list."""
        return f"http://{self.host}{self.family['column']}"


def families() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The publishing systems, and what their frames print."""
    data = tomllib.loads(Path(__file__).with_name("families.toml").read_text("utf-8"))
    return data["family"], data["print"]


def shown(host: str, rows: Iterable[Row]) -> list[Event]:
    """The events of rows that come later than they print, or go."""
    gone = [Event(at=row.gone, host=host, do="withdraw", article=row.key) for row in rows if row.gone]
    late = [Event(at=row.shown, host=host, do="publish", article=row.key) for row in rows if row.shown]
    return [*gone, *late]


def as_host(place: Place, rows: Iterable[Row], frame: dict[str, Any]) -> Host:
    """The website; ``frame``: what its templates print around every page."""
    family = place.family
    own = {"place": place.name, "unit": place.name, "icp": f"备{place.region}号", "site_code": f"{place.region}0031"}
    named = ("charset", "declared", "content_type", "validators")
    paged = ("per_page", "paging", "page_path", "code", "data_path", "data_template")
    column = Column(path=family["column"], name="教育要闻", **{name: family[name] for name in paged if name in family})
    return Host(
        host=place.host,
        family=family["name"],
        name=place.name,
        print=frame | own,
        column=(column,),
        article=tuple(
            Written(
                key=row.key, column=column.path, path=row.path, link=row.link, document=row.key, printed=row.printed
            )
            for row in rows
        ),
        **{name: family[name] for name in named if name in family},
    )


def address(family: dict[str, Any], at: datetime, number: int) -> str:
    """The path that a publishing system gives a page."""
    path: str = family["article_path"]
    return path.format(id=1_000_000 + number, hex=f"{number:032x}", Y=f"{at:%Y}", m=f"{at:%m}", d=f"{at:%d}")


def catalog_row(place: Place) -> str:
    """The site's row in the catalogue, as TOML."""
    listing = f'{{ url = "{place.list_url}", column = "教育要闻" }}'
    return (
        f'[[site]]\nid = "{place.site_id}"\nname = "{place.name}"\nregion = "{place.region}"\nlevel = "{place.level}"\n'
        f'kind = "{place.kind}"\nhomepage = "http://{place.host}/"\nlistings = [{listing}]\nhttp_only = true\n'
    )

"""The table of divisions: by code, by full name, by short name, and what lies within what.

The rows come from regions.csv, which seeds/build_regions.py makes. A county name that several places bear is never
resolved without the city or province around it.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from attrs import frozen

RegionLevel = Literal["national", "province", "city", "county"]
_PROVINCES = ("内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门")
_SELF_RULED = ("自治州", "自治县", "自治旗")
_ENDINGS = ("新区", "林区", "特区", "地区", "省", "市", "县", "区", "旗", "盟")


@frozen(kw_only=True)
class Region:
    """One division: `parent` is the code around it, `successors` are the codes that took its place."""

    code: str  # six digits
    name: str
    level: RegionLevel
    parent: str
    historic: bool = False
    successors: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """柳州 for 柳州市, 广西 for 广西壮族自治区."""
        return short(self.name)


def get(code: str) -> Region | None:
    """The division of a code, a past one included; longer codes (网站标识码) count by their first six digits."""
    return _by_code().get(code[:6])


def present() -> tuple[Region, ...]:
    """Every division that stands today, by code."""
    return tuple(region for _, region in sorted(_by_code().items()) if not region.historic)


def current(code: str) -> Region | None:
    """The division that stands today where the code's once stood; None where it is unknown or was split."""
    region = get(code)
    for _ in range(3):
        if region is None or not region.historic:
            return region
        region = get(region.successors[0]) if len(region.successors) == 1 else None
    return None


def chain(code: str) -> tuple[Region, ...]:
    """The division itself, then what lies around it, up to the province."""
    found: list[Region] = []
    region = get(code)
    while region is not None and region.level != "national" and len(found) < 4:
        found.append(region)
        region = get(region.parent)
    return tuple(found)


def within(code: str, outer: str) -> bool:
    """True where the first division is the second or lies in it; everything lies in 000000."""
    return outer == "000000" or any(region.code == outer for region in chain(code))


@cache
def short(name: str) -> str:
    """The name without 省, 市, 自治区 …; never less than two characters (道县 stays 道县)."""
    for province in _PROVINCES:
        if name.startswith(province) and name.endswith(("自治区", "特别行政区")):
            return province
    if name.endswith(_SELF_RULED):
        return _without_peoples(name[:-3])
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


def named(name: str, inside: str | None = None) -> tuple[Region, ...]:
    """All divisions of this full name, short name or alias, within `inside` where given; full names come alone.

    Past divisions are given only where no present one has the name.
    """
    full, brief = _by_name()
    for table in (full, brief):
        found = [_by_code()[code] for code in table.get(name, ())]
        if inside is not None:
            found = [region for region in found if within(region.code, inside)]
        if found:
            return tuple([region for region in found if not region.historic] or found)
    return ()


def find(name: str, inside: str | None = None) -> Region | None:
    """The one division of this name; None where there is none, or several.

    Of several that share a short name the province wins (吉林, 海南), then the city (朝阳 is the city in 辽宁, not one
    of the districts).
    """
    found = named(name, inside)
    for level in ("province", "city", "county"):
        of_level = [region for region in found if region.level == level]
        if of_level:
            return of_level[0] if len(of_level) == 1 else None
    return found[0] if found else None


def prefix(asked: str) -> str:
    """A prefix of GB/T 2260 codes: the digits given, or the division of this name with all in it. Raises ValueError.

    450000 is the province itself, 45 or 广西 is all that lies in it.
    """
    if asked.isascii() and asked.isdigit() and 2 <= len(asked) <= 6:
        return asked
    division = find(asked)
    if division is None:
        raise ValueError("is no code of two to six digits (GB/T 2260), and no name of one division alone")
    return division.code[:2] + division.code[2:].removesuffix("00").removesuffix("00")


def _without_peoples(name: str) -> str:
    peoples = _peoples()
    while True:
        for people in peoples:
            if name.endswith(people) and len(name) - len(people) >= 2:
                name = name.removesuffix(people)
                break
        else:
            return name


@cache
def _peoples() -> tuple[str, ...]:
    return tuple(lines("peoples.txt"))


def lines(file: str) -> list[str]:
    """The lines of a data file of this package that are not empty."""
    return (files("crawler.regions") / file).read_text("utf-8").split()


@cache
def _by_code() -> dict[str, Region]:
    with (files("crawler.regions") / "regions.csv").open(encoding="utf-8") as handle:
        return {
            row["code"]: Region(
                code=row["code"],
                name=row["name"],
                level=cast(RegionLevel, row["level"]),
                parent=row["parent"],
                historic=row["historic"] == "1",
                successors=tuple(row["successors"].split()),
            )
            for row in csv.DictReader(handle)
        }


@cache
def _by_name() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Full names with their everyday forms (湘西州, 三江县), and short names; each to its codes."""
    full: dict[str, list[str]] = {}
    brief: dict[str, list[str]] = {}
    for region in _by_code().values():
        full.setdefault(region.name, []).append(region.code)
        if region.short != region.name:
            brief.setdefault(region.short, []).append(region.code)
        if region.name.endswith(_SELF_RULED):
            full.setdefault(region.short + region.name[-1], []).append(region.code)
    with (files("crawler.regions") / "aliases.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            full.setdefault(row["alias"], []).append(row["code"])
    return full, brief


@cache
def spellings() -> dict[str, tuple[str, ...]]:
    """Every spelling that a text may use and the codes it may mean: full names, and short ones of province and city.

    Past divisions are left out where a present one is spelt the same; so are short names of counties, which are words
    (和平, 东方). A short name of a province means no city.
    """
    full, brief = _by_name()
    table = dict(full)
    for name, codes in brief.items():
        levels = {code: _by_code()[code].level for code in codes}
        best = [code for code in codes if levels[code] == "province"] or [
            code for code in codes if levels[code] == "city"
        ]
        if best:
            table[name] = [*table.get(name, ()), *best]
    return {name: _present(codes) for name, codes in table.items()}


def _present(codes: list[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if not _by_code()[code].historic) or tuple(codes)

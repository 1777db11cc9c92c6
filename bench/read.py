"""Measures how well and how fast pages are read: this product beside its peers, on the same pages, in one run.

Each page is a pair ``<id>.html`` and ``<id>.json`` in a folder for its set; their README says how a score is meant.
A peer that is not installed is left out. The text lies outside the project and none of it is kept here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from bench.readers import READERS, Reader, Reading
from crawler.garbage import settle

_KEPT = re.compile(r"[^\w]|_")
FACTS = ("title", "date", "source", "author")
# Where the truth is a page's PubDate and that only repeats the time at which the page was generated, it is no day of
# publication: "own date" leaves such pages out.
OWN_DATE = "own date"
_COLUMNS = ("title", "date", OWN_DATE, "source", "author")
_NAMES = re.compile(rb"""(\s(?:class|id)\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_GENERATED = re.compile(r"页面生成时间\s{0,3}(\d{4}-\d{2}-\d{2})")


class Case(NamedTuple):
    """One saved page and what is known of it."""

    set: str
    id: str
    body: bytes
    truth: dict[str, Any]


class Score(NamedTuple):
    """What one reader made of one page; None where the page has no truth for it."""

    case: Case
    f1: float | None
    facts: dict[str, bool]
    seconds: float
    failed: bool
    empty: bool


def cases(folder: Path, half: str) -> Iterator[Case]:
    """Every page with its truth, in a fixed order; the halves are told apart by a hash of the id."""
    for path in sorted(folder.glob("*/*.json")):
        odd = hashlib.sha256(path.stem.encode()).digest()[0] % 2
        if half == "all" or (half == "tune") == bool(odd):
            html = path.with_suffix(".html")
            yield Case(path.parent.name, path.stem, html.read_bytes(), json.loads(path.read_text("utf-8")))


def renamed(case: Case) -> Case:
    """The page as of a site that nobody has seen: each word in its class and id attributes is another, the same one
    everywhere. Tags, metadata and text stay."""

    def replaced(match: re.Match[bytes]) -> bytes:
        words = match[2].strip(b"\"'").split()
        return match[1] + b'"%s"' % b" ".join(b"x" + hashlib.sha256(one).hexdigest()[:6].encode() for one in words)

    return case._replace(body=_NAMES.sub(replaced, case.body))


def normalised(text: str) -> str:
    """NFKC, then only letters, digits and Han."""
    return _KEPT.sub("", unicodedata.normalize("NFKC", text))


def f1(got: str, wanted: str, title: str) -> float:
    """Multiset overlap of character bigrams, lines that equal the title left out on both sides; 0..1."""
    left, right = (_bigrams(text, normalised(title)) for text in (got, wanted))
    if not left or not right:
        return 0.0
    common = sum((left & right).values())
    return 2 * common / (left.total() + right.total())


def _bigrams(text: str, title: str) -> Counter[str]:
    lines = (normalised(line) for line in text.split("\n"))
    kept = "".join(line for line in lines if not title or line != title)
    return Counter(kept[at : at + 2] for at in range(len(kept) - 1))


def exact(name: str, got: str | None, wanted: str) -> bool:
    """Equal after NFKC and without white space; a date is equal where its day is."""
    if name == "date":
        return (got or "")[:10] == wanted[:10]
    left, right = ("".join(unicodedata.normalize("NFKC", text or "").split()) for text in (got, wanted))
    if name == "author":  # several names stand in any order, apart by any sign
        return sorted(re.split(r"[,、;]+", left)) == sorted(_names(wanted)) or normalised(left) == normalised(right)
    return left == right


def _names(wanted: str) -> list[str]:
    return [name for name in re.split(r"[,，、;；\s]+", unicodedata.normalize("NFKC", wanted)) if name]


def measure(reader: Reader, case: Case) -> Score:
    """Let one reader read one page; whatever it raises counts as a failure."""
    started = time.process_time()
    failed = False
    try:
        got = reader(case.body, str(case.truth.get("url") or ""))
    except Exception as error:
        got, failed = Reading(error=repr(error)), True
    seconds = time.process_time() - started
    wanted = case.truth.get("text")
    facts = {name: exact(name, getattr(got, name), case.truth[name]) for name in FACTS if case.truth.get(name)}
    if "date" in facts and not _is_generated(case):
        facts[OWN_DATE] = facts["date"]
    return Score(
        case=case,
        f1=f1(got.text or "", wanted, case.truth.get("title") or "") if wanted else None,
        facts=facts,
        seconds=seconds,
        failed=failed,
        empty=not (got.text or "").strip() and bool(wanted),
    )


def _is_generated(case: Case) -> bool:
    match = _GENERATED.search(case.body.decode("utf-8", "ignore"))
    return match is not None and match[1] == case.truth["date"][:10]


def row(scores: Iterable[Score]) -> dict[str, float | int | None]:
    """The figures of one line of the table."""
    found = list(scores)
    texts = [score.f1 for score in found if score.f1 is not None]
    line: dict[str, float | int | None] = {"pages": len(found), "f1": mean(texts) if texts else None}
    for name in _COLUMNS:
        hits = [score.facts[name] for score in found if name in score.facts]
        line[name] = mean(hits) if hits else None
    seconds = sum(score.seconds for score in found)
    line["pages/s"] = len(found) / seconds if seconds else None
    line["failed"] = sum(score.failed for score in found)
    line["empty"] = sum(score.empty for score in found)
    return line


def print_tables(results: dict[str, list[Score]]) -> None:
    """One table per set, one over all pages, and the mean of the sets."""
    sets = sorted({score.case.set for scores in results.values() for score in scores})
    for name in [*sets, "all pages"]:
        rows = {
            reader: row(score for score in scores if name in ("all pages", score.case.set))
            for reader, scores in results.items()
        }
        _print(name, rows)
    _print("mean of the sets", {reader: _mean_of_sets(scores, sets) for reader, scores in results.items()})


def _mean_of_sets(scores: list[Score], sets: list[str]) -> dict[str, float | int | None]:
    rows = [row(score for score in scores if score.case.set == name) for name in sets]
    line: dict[str, float | int | None] = {}
    for key in ("f1", *_COLUMNS):
        values = [value for found in rows if (value := found[key]) is not None]
        line[key] = mean(values) if values else None
    return line


def _print(name: str, rows: dict[str, dict[str, float | int | None]]) -> None:
    columns = list(next(iter(rows.values())))
    print(f"\n{name}\n{'':18}" + "".join(f"{column:>10}" for column in columns))
    for reader, line in rows.items():
        print(f"{reader:18}" + "".join(f"{_cell(line[column]):>10}" for column in columns))


def _cell(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}" if value <= 1 else f"{value:.0f}"


def main() -> None:
    """Read all pages with all readers that are installed and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True, help="the folder with one folder per set")
    parser.add_argument("--half", choices=("all", "tune", "held"), default="all")
    parser.add_argument("--renamed", action="store_true", help="with other names in all class and id attributes")
    parser.add_argument("--readers", default="", help="names with commas; default: all that are installed")
    parser.add_argument("--worst", type=int, default=0, help="also list so many of our worst pages")
    given = parser.parse_args()
    wanted = set(filter(None, given.readers.split(",")))
    readers: dict[str, Callable[..., Any]] = {
        name: made for name, make in READERS.items() if (not wanted or name in wanted) and (made := make())
    }
    pages = [renamed(case) if given.renamed else case for case in cases(given.pages, given.half)]
    if not pages:
        sys.exit(f"there are no pages below {given.pages}")
    absent = [name for name in READERS if name not in readers and (not wanted or name in wanted)]
    print(f"{len(pages)} pages ({given.half}); not installed and left out: {', '.join(absent) or 'none'}")
    for reader in readers.values():
        measure(reader, pages[0])  # models and tables are loaded before time is taken
    settle()  # as the workers of `huixun read` do; all readers gain by it
    results = {name: [measure(reader, case) for case in pages] for name, reader in readers.items()}
    print_tables(results)
    for score in sorted(results.get("huixun", []), key=lambda score: score.f1 if score.f1 is not None else 2)[
        : given.worst
    ]:
        wrong = [name for name, hit in score.facts.items() if not hit]
        print(f"{score.case.set}/{score.case.id}  f1 {score.f1}  wrong: {wrong}")


if __name__ == "__main__":
    main()

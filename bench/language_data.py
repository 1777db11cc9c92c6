"""Builds the three tables of crawler/repair: two that the half-character repair weighs with, and readings.

``pairs.tsv.gz``: how often one character follows another in PRC statutes (``--statutes``, a gzipped table
``pair<TAB>count``). ``words.tsv.gz``: how often a word is used (``--words``, lines ``word count tag`` as in jieba's
dict.txt, MIT licence). ``readings.txt``: the readings of each character without tone, from the package pypinyin (MIT).
Counts are rounded to steps of a fifth of a nat, which costs nothing measurable.
"""

from __future__ import annotations

import argparse
import gzip
import math
import re
from collections.abc import Iterable
from pathlib import Path

from pypinyin.constants import PINYIN_DICT

from crawler.repair.notes import toneless

HAN = re.compile("[\u3400-\u9fff]+")
OUT = Path(__file__).resolve().parent.parent / "crawler" / "repair"


def step(count: int) -> int:
    """The logarithm of a count in fifths of a nat."""
    return round(5 * math.log(count))


def write(name: str, head: str, rows: Iterable[tuple[int, str]]) -> None:
    """One line a step: the step, a tab, and everything of that step, sorted and joined by blanks."""
    groups: dict[int, list[str]] = {}
    for level, text in rows:
        groups.setdefault(level, []).append(text)
    lines = [head, *(f"{level}\t{' '.join(sorted(groups[level]))}" for level in sorted(groups))]
    with gzip.GzipFile(OUT / name, "wb", compresslevel=9, mtime=0) as file:
        file.write("\n".join(lines).encode("utf-8") + b"\n")


def readings() -> None:
    """One line a syllable: the syllable, a blank, and every character that may be read so."""
    found: dict[str, list[str]] = {}
    for code, listed in sorted(PINYIN_DICT.items()):
        for reading in sorted({toneless(each) for each in listed.split(",")}):
            found.setdefault(reading, []).append(chr(code))
    head = "# readings of characters without tone, from pypinyin (github.com/mozillazg/python-pinyin, MIT)"
    lines = [head, *(f"{reading} {''.join(found[reading])}" for reading in sorted(found))]
    (OUT / "readings.txt").write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    """Reads the sources and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statutes", type=Path, required=True)
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--min-pair", type=int, default=3)
    parser.add_argument("--min-word", type=int, default=5)
    options = parser.parse_args()
    pairs = []
    for line in gzip.decompress(options.statutes.read_bytes()).decode("utf-8").splitlines():
        pair, _, count = line.partition("\t")
        if not line.startswith("#") and len(pair) == 2 and int(count) >= options.min_pair and " " not in pair:
            pairs.append((step(int(count)), pair))
    words = []
    for line in options.words.read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        least = 1 if len(word) == 1 else options.min_word
        if HAN.fullmatch(word) and len(word) <= 6 and int(count) >= least:
            words.append((step(int(count)), word))
    write("pairs.tsv.gz", "# character pairs in 3,504 PRC statutes (public law); step = 5 ln count", pairs)
    write("words.tsv.gz", "# word counts from jieba's dict.txt (github.com/fxsjy/jieba, MIT); step = 5 ln count", words)
    readings()
    print(len(pairs), "pairs,", len(words), "words")


if __name__ == "__main__":
    main()

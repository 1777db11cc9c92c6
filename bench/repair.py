"""Prints how much of what mirrors and wrong charsets do to a text this product undoes, and how often it harms one.

The texts are the ``text`` fields of ``*.json`` files that lie elsewhere (``--pages``); nothing of them is kept. The
peer for mojibake is ftfy (``fix_text``, its default, and ``fix_encoding``); nobody else undoes pinyin or shifts.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import ftfy
from pypinyin.constants import PINYIN_DICT

from bench.mirrors import annotated, shifts
from crawler.decode import decode
from crawler.items import Document, Fix, Page
from crawler.repair import repair

ASIDES = (
    *(
        "(kg)",
        "(km)",
        "(mg/L)",
        "(℃)",
        "(AI)",
        "(PM2.5)",
        "(Zhang San)",
        "(Li)",
        "(Wang)",
        "(An)",
        "(He)",
        "(xīn)",
        "(de)",
    ),
    *("(school)", "(ban)", "（train）", "(https://edu.example.cn/a)", "(a)", "(A)", "（Beijing）", "(tongzhi)", "(da)"),
    *("?", "??", "？！", "？？", "?，", "、", "?;", "!?", "?A", "？”", " ", "1", "\ufffd"),
)
_MIN_LINE = 20  # characters
_AROUND = 12  # lines of the page kept around a damaged one
Text = list[str]


def texts(folder: Path, half: int | None) -> list[Text]:
    """The lines of every page that are long enough to be prose; one half of the pages where asked."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        lines = [line.strip() for line in (record.get("text") or "").splitlines() if len(line.strip()) >= _MIN_LINE]
        if lines:
            found.append(lines)
    return found if half is None else found[half::2]


def repaired(lines: Text) -> Document | None:
    """A page of these lines after decode and repair; None where decode would not have it."""
    body = "<html><body>" + "".join(f"<p>{html.escape(line)}</p>" for line in lines) + "</body></html>"
    document = decode(Page(url="http://page.invalid/", body=body.encode("utf-8")))
    return repair(document) if isinstance(document, Document) else None


def lines_of(document: Document | None) -> Text:
    """The paragraphs of a page made by ``repaired``."""
    return [""] if document is None else [element.text_content() for element in document.tree.iter("p")]


def fixes_of(document: Document | None) -> tuple[Fix, ...]:
    """What repair says it did."""
    return document.fixes if document else ()


def pinyin(pages: list[Text]) -> None:
    """Notes planted and left; pages that come out exactly."""
    planted = left = exact = used = 0
    for lines in pages:
        noted = [annotated(line) for line in lines]
        count = sum(line.count("(") for line in noted) - sum(line.count("(") for line in lines)
        if count < 4:
            continue
        bare = ["".join(annotated(char)[0] for char in line) for line in lines]
        got = lines_of(repaired(noted))
        planted, used = planted + count, used + 1
        left += max(0, sum(line.count("(") for line in got) - sum(line.count("(") for line in bare))
        exact += got == lines_of(repaired(bare))
    print(f"pinyin     {planted} notes planted on {used} pages, {left} left; pages exact {exact}/{used}")


def with_asides(line: str, choice: random.Random) -> str:
    """A line with what honest texts have in brackets, and with signs where a shift might be suspected."""
    chars = list(line)
    for _ in range(1 + len(chars) // 60):
        chars.insert(choice.randrange(len(chars) + 1), choice.choice(ASIDES))
    return "".join(chars)


def lesson(line: str, choice: random.Random) -> str:
    """A line of a lesson: the reading behind every third character or so."""
    noted = [ord(char) in PINYIN_DICT and choice.random() < 0.3 for char in line]
    return "".join(
        f"{char}({PINYIN_DICT[ord(char)].split(',')[0]})" if is_noted else char
        for char, is_noted in zip(line, noted, strict=True)
    )


def honest(pages: list[Text], characters: int) -> None:
    """Notes and shifts that are found where there are none, in texts repeated with other asides each time."""
    choice = random.Random(1)
    for name, change in (("asides", with_asides), ("lesson", lesson)):
        seen, false = 0, Counter[str]()
        while seen < (characters if change is with_asides else characters // 20):
            for lines in pages:
                changed = [change(line, choice) for line in lines]
                seen += sum(map(len, changed))
                for fix in fixes_of(repaired(changed)):
                    false[fix.kind] += fix.count * (fix.kind in ("pinyin", "shift") and fix.confidence >= 0.5)
        print(f"honest     {name}: {seen} characters, false: {dict(+false) or 'none'}", flush=True)


def shift(pages: list[Text], *, keep_private: bool) -> None:
    """Events undone exactly, in part, wrongly; each alone on its page."""
    events = exact = partly = wrong = 0
    start = time.process_time()
    for lines in pages:
        noted = [annotated(line) for line in lines]
        for number, line in enumerate(noted):
            around = noted[max(0, number - _AROUND) : number], noted[number + 1 : number + _AROUND]
            for damage in shifts(line, keep_private=keep_private):
                want = lines_of(repaired([*around[0], damage.before, *around[1]]))
                outcome = repaired([*around[0], damage.after, *around[1]])
                same = lines_of(outcome)
                made = [fix for fix in fixes_of(outcome) if fix.kind == "shift" and fix.confidence >= 0.5]
                events += 1
                exact += same == want
                partly += same != want and any("?" in fix.after for fix in made)
                wrong += same != want and bool(made) and not any("?" in fix.after for fix in made)
    spent = time.process_time() - start
    name = "shift     " if keep_private else "shift, private-use characters gone"
    print(
        f"{name} {events} events: {100 * exact / max(1, events):.1f} % exact, {partly} but for the last character, "
        f"{wrong} wrong; precision {100 * exact / max(1, exact + wrong):.1f} %; {spent:.0f} s"
    )


def damages() -> Iterator[tuple[str, Callable[[str], str]]]:
    """Ways to save a text in the wrong charset."""
    yield "UTF-8 as latin-1", lambda text: text.encode("utf-8").decode("latin-1")
    yield "UTF-8 as latin-1 twice", lambda text: text.encode().decode("latin-1").encode().decode("latin-1")
    yield "UTF-8 as cp1252", lambda text: text.encode("utf-8").decode("sloppy-windows-1252")
    yield "GBK as latin-1", lambda text: text.encode("gbk", "ignore").decode("latin-1")
    yield "GBK as cp1252", lambda text: text.encode("gbk", "ignore").decode("sloppy-windows-1252")
    yield "GBK as Big5", lambda text: text.encode("gbk", "ignore").decode("big5hkscs", "replace")
    yield "Big5 as GBK", lambda text: annotated_bare(text).encode("big5hkscs", "ignore").decode("gb18030", "replace")
    yield "UTF-8 as GBK", lambda text: text.encode("utf-8").decode("gb18030", "replace").replace("\ufffd", "?")
    yield "entities twice", lambda text: html.escape(text.replace("“", "&ldquo;").replace("”", "&rdquo;"))
    yield "\\uXXXX", lambda text: "".join(f"\\u{ord(char):04x}" for char in text)


def annotated_bare(text: str) -> str:
    """Traditional letters without notes."""
    return "".join(annotated(char)[0] for char in text)


def mojibake(pages: list[Text]) -> None:
    """300 lines each: the share of lines that come out exactly, for this product and the peers."""
    chosen = [line[:200] for lines in pages for line in lines[:2]][:300]
    print(f"mojibake   {'':24}{'huixun':>8}{'ftfy':>8}{'fix_enc':>8}   % of {len(chosen)} lines exact")
    for name, damage in damages():
        want = [annotated_bare(line) if name.startswith("Big5") else line for line in chosen]
        shown = [damage(line) for line in chosen]
        ours = [lines_of(repaired([line]))[0] for line in shown]
        rows = [ours, [ftfy.fix_text(line) for line in shown], [ftfy.fix_encoding(line) for line in shown]]
        shares = [100 * sum(_equal(a, b) for a, b in zip(row, want, strict=True)) / len(want) for row in rows]
        print(f"           {name:24}" + "".join(f"{share:8.1f}" for share in shares))


def _equal(got: str, want: str) -> bool:
    return "".join(got.split()) == "".join(want.split())


def clean(pages: list[Text]) -> None:
    """What is changed in texts that nothing was done to."""
    characters = 0
    kinds: dict[str, int] = {}
    for lines in pages:
        characters += sum(map(len, lines))
        for fix in fixes_of(repaired(lines)):
            if fix.confidence >= 0.5:
                kinds[fix.kind] = kinds.get(fix.kind, 0) + fix.count
    print(f"clean      {characters} characters, changes: {kinds or 'none'}")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True, help="folder searched for *.json with a field text")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only pages of even (0) or odd (1) number")
    parser.add_argument("--tables", nargs="*", choices=TABLES, default=list(TABLES), help="all of them unless named")
    parser.add_argument("--characters", type=int, default=10_000_000, help="looked at in the table honest")
    options = parser.parse_args()
    pages = texts(options.pages, options.half)
    TABLES["honest"] = lambda pages: honest(pages, options.characters)
    for table in options.tables:
        TABLES[table](pages)


TABLES: dict[str, Callable[[list[Text]], None]] = {
    "clean": clean,
    "pinyin": pinyin,
    "mojibake": mojibake,
    "honest": lambda pages: honest(pages, 10_000_000),
    "shift": lambda pages: shift(pages, keep_private=True),
    "shift-bare": lambda pages: shift(pages, keep_private=False),
}

if __name__ == "__main__":
    main()

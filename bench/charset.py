"""Prints how often each charset detector reads re-encoded pages right, this product's decode among them.

The pages are real ones that lie elsewhere (``--pages``); nothing of them is kept. Kinds of cases: A right meta,
B nothing declared, C wrong meta, C2 wrong header, C3 wrong meta and right header, D cut within a character, E an
include in the other charset, F 6 to 300 characters alone, G a page with 4, 10 or 25 Chinese characters, H three
bytes lost. Right means that 99.5 % of the Han characters come out (97 % for E and H). Peers that are not installed
are left out: ``pip install chardet faust-cchardet``.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen
from opencc import OpenCC

from crawler.decode import decode
from crawler.items import Document, Page

CODECS = {"gb2312": "gb2312", "gbk": "gbk", "gb18030": "gb18030", "big5": "big5hkscs", "utf-8": "utf-8"}
WRONG = {"gb2312": "utf-8", "gbk": "big5", "gb18030": "iso-8859-1", "big5": "gb2312", "utf-8": "gbk"}
HANT = OpenCC("s2t")
HAN = re.compile("[\u3400-\u9fff]")
META = re.compile(r"<meta[^>]{0,300}charset[^>]{0,100}>|<\?xml[^>]{0,100}>", re.IGNORECASE)
Reader = Callable[[bytes, str | None], str]


@frozen
class Case:
    """Bytes, the charset in the Content-Type header if any, and the text that they stand for."""

    kind: str
    body: bytes
    header: str | None
    truth: str


def cases(html: str, seed: int) -> Iterator[Case]:
    """Every case that one page gives."""
    bare = META.sub("", html)
    hant = HANT.convert(bare)
    rng = random.Random(seed)
    for name, codec in CODECS.items():
        text = (hant if name == "big5" else bare).encode(codec, "ignore").decode(codec)
        yield from _declared(text, name, codec)
        yield from _damaged(text, name, codec, rng)
        yield from _short(text, name, codec, rng)
    for codec in ("utf-16-le", "utf-16-be"):
        yield Case("B", bare.encode(codec), None, bare)


def _declared(text: str, name: str, codec: str) -> Iterator[Case]:
    right = f'<meta charset="{name}">' + text
    wrong = f'<meta charset="{WRONG[name]}">' + text
    yield Case("A", right.encode(codec), None, text)
    yield Case("B", text.encode(codec), None, text)
    yield Case("C", wrong.encode(codec), None, text)
    yield Case("C2", text.encode(codec), WRONG[name], text)
    yield Case("C3", wrong.encode(codec), name, text)


def _damaged(text: str, name: str, codec: str, rng: random.Random) -> Iterator[Case]:
    places = [match.start() for match in HAN.finditer(text)]
    if len(places) < 50:
        return
    last = places[-1]
    yield Case("D", text[: last + 1].encode(codec)[:-1], None, text[:last])
    other = "gb18030" if name == "utf-8" else "utf-8"
    include = "".join(HAN.findall(text))[:200]
    half = text.rfind("<", 0, len(text) // 2)
    if half > 0:
        parts = (text[:half].encode(codec), f"<div>{include}</div>".encode(other), text[half:].encode(codec))
        yield Case("E", b"".join(parts), None, text + include)
    body = bytearray(text.encode(codec))
    for _ in range(3):
        del body[len(text[: rng.choice(places)].encode(codec))]
    yield Case("H", bytes(body), None, text)


def _short(text: str, name: str, codec: str, rng: random.Random) -> Iterator[Case]:
    lines = [line for line in re.split(r"[<>\n]", text) if len(HAN.findall(line)) >= 6]
    for length in (6, 12, 40, 300):
        if lines:
            snippet = rng.choice(lines).strip()[:length]
            yield Case("F", snippet.encode(codec), None, snippet)
    for keep in (4, 10, 25):
        left = iter(HAN.findall(text)[:keep])
        kept = 0

        def thin(match: re.Match[str], limit: int = keep) -> str:
            nonlocal kept
            kept += 1
            return match[0] if kept <= limit else ""

        thinned = re.sub(r"[^\x00-\x7f]", lambda match: match[0] if HAN.match(match[0]) else "", text)
        if next(left, None):
            page = HAN.sub(thin, thinned)
            yield Case("G", page.encode(codec), None, page)


def is_right(case: Case, text: str) -> bool:
    """Whether enough of the Han characters came out."""
    want, got = Counter(HAN.findall(case.truth)), Counter(HAN.findall(text))
    total = sum(want.values())
    return total == 0 or sum((want & got).values()) >= (0.97 if case.kind in "EH" else 0.995) * total


def huixun(body: bytes, header: str | None) -> str:
    """This product."""
    headers = {"content-type": f"text/html; charset={header}"} if header else {}
    outcome = decode(Page(url="http://page.invalid/", body=body, headers=headers))
    return outcome.html if isinstance(outcome, Document) else ""


def scrapy_way(body: bytes, header: str | None) -> str:
    """What a Scrapy response would make of it."""
    from scrapy.http import HtmlResponse

    headers = {"Content-Type": f"text/html; charset={header}"} if header else {}
    return str(HtmlResponse("http://page.invalid/", body=body, headers=headers).text)


def normalizer(body: bytes, header: str | None) -> str:
    """charset-normalizer with its defaults."""
    from charset_normalizer import from_bytes

    best = from_bytes(body).best()
    return str(best) if best else ""


def detector(module: str) -> Reader:
    """A detector with chardet's interface, its answer widened to the superset that is decoded in practice."""
    detect = importlib.import_module(module).detect
    wider = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}

    def read(body: bytes, header: str | None) -> str:
        name = (detect(body)["encoding"] or "utf-8").lower()
        try:
            return body.decode(wider.get(name, name), "replace")
        except LookupError:
            return ""

    return read


def readers() -> dict[str, Reader]:
    """This product and the peers that are installed."""
    found: dict[str, Reader] = {"huixun": huixun, "charset-normalizer": normalizer}
    if importlib.util.find_spec("scrapy"):
        found["scrapy"] = scrapy_way
    for module in ("cchardet", "chardet"):
        if importlib.util.find_spec(module):
            found[module] = detector(module)
    return found


def main() -> None:
    """Reads the pages that are valid UTF-8, makes the cases, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True, help="folder of saved pages, searched for *.html")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only pages of even (0) or odd (1) number")
    parser.add_argument("--limit", type=int, default=48, help="pages used")
    parser.add_argument("--max-bytes", type=int, default=120_000, help="longer pages are left out")
    parser.add_argument("--slow-every", type=int, default=6, help="peers see every n-th case")
    parser.add_argument("--show", action="store_true", help="list the cases that this product misreads")
    options = parser.parse_args()
    texts = []
    for path in sorted(options.pages.rglob("*.html")):
        body = path.read_bytes()
        if len(body) <= options.max_bytes:
            text = body.decode("utf-8", "ignore")
            if len(text.encode()) == len(body) and len(HAN.findall(text)) > 200:
                texts.append(text)
    if options.half is not None:
        texts = texts[options.half :: 2]
    every = [case for number, text in enumerate(texts[: options.limit]) for case in cases(text, number)]
    kinds = sorted({case.kind for case in every})
    print(f"{len(every)} cases from {min(len(texts), options.limit)} pages; % read right")
    print(f"{'':20}{'all':>7}" + "".join(f"{kind:>7}" for kind in kinds) + "   MB/s")
    for name, read in readers().items():
        row(name, read, every if name == "huixun" else every[:: options.slow_every], kinds, options.show)


def row(name: str, read: Reader, chosen: list[Case], kinds: list[str], show: bool) -> None:
    """One line of the table."""
    right: Counter[str] = Counter()
    start = time.process_time()
    for case in chosen:
        good = is_right(case, read(case.body, case.header))
        right[case.kind] += good
        if show and not good and name == "huixun":
            print("  wrong:", case.kind, len(case.body), case.truth[:40].replace("\n", " "))
    spent = time.process_time() - start
    total = Counter(case.kind for case in chosen)
    shares = "".join(f"{100 * right[kind] / total[kind]:7.1f}" if total[kind] else f"{'':7}" for kind in kinds)
    speed = sum(len(case.body) for case in chosen) / 1e6 / spent
    print(f"{name:20}{100 * sum(right.values()) / len(chosen):7.2f}{shares}{speed:7.1f}")


if __name__ == "__main__":
    main()

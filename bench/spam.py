"""Measures crawler/despam: clean blocks cut, 17 kinds of planting found on saved pages, lines never seen, time a page.

Usage: python -m bench.spam [--pages FOLDER] [--lines FILE]. FOLDER holds saved pages; without it the given documents in
seeds/documents are used. FILE holds real planted lines, one a line, to measure beside the composed ones. Each page gets
each kind of planting once; found means that no planted item is left and nothing else is gone.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from attrs import frozen

from bench.spam_lines import Composer, Part, Planted
from crawler import dom
from crawler.catalog import Catalog
from crawler.despam import despam, lines
from crawler.hans import script_of
from crawler.items import Document, Page, Rejected

CHECKOUT = Path(__file__).parent.parent
URL = "http://www.example-portal.cn/news/1.html"
_SPLIT = re.compile(r"\s*[|｜_,，丨\-]\s*")
_PARAGRAPH = re.compile(r"<p[^>]*>(?=[^<]{30,})([^<]*?[，,])", re.IGNORECASE)


@frozen(kw_only=True)
class Kind:
    """One way of planting: the page's markup and a planted line → the markup with the line planted."""

    name: str
    plant: Callable[[str, Planted], str | None]
    judged_by: str = "body"  # body: the items must be gone from the text; title, meta, mark


def document_of(markup: str, url: str = URL) -> Document:
    """A document as the earlier stages would hand it over."""
    tree = dom.parse(markup)
    return Document(
        page=Page(url=url, body=b""),
        html=markup,
        tree=tree,
        charset="utf-8",
        charset_basis="utf-8",
        script=script_of(dom.text_of(tree)),
    )


def _links(line: Planted, joint: str = " ") -> str:
    return joint.join(f'<a href="http://www.k{i}x.com/">{html.escape(item)}</a>' for i, item in enumerate(line.items))


def _at_end(markup: str, piece: str) -> str:
    place = markup.lower().rfind("</body>")
    return markup + piece if place < 0 else markup[:place] + piece + markup[place:]


def _at_start(markup: str, piece: str) -> str | None:
    match = re.search(r"<body[^>]*>", markup, re.IGNORECASE)
    return markup[: match.end()] + piece + markup[match.end() :] if match else None


def _wrapped(before: str, after: str) -> Callable[[str, Planted], str]:
    return lambda markup, line: _at_end(markup, before + _links(line) + after)


def _list(markup: str, line: Planted) -> str:
    rows = "".join(f'<li><a href="http://k{i}x.com/">{html.escape(x)}</a></li>' for i, x in enumerate(line.items))
    return _at_end(markup, f"<ul>{rows}</ul>")


def _in_article(style: str) -> Callable[[str, Planted], str | None]:
    def plant(markup: str, line: Planted) -> str | None:
        match = _PARAGRAPH.search(markup)
        if match is None:
            return None
        link = f'<a href="http://www.k1x.com/"{style}>{html.escape(line.items[0])}</a>'
        return markup[: match.end()] + link + markup[match.end() :]

    return plant


def _title(markup: str, piece: str) -> str | None:
    match = re.search(r"<title[^>]*>", markup, re.IGNORECASE)
    return markup[: match.end()] + piece + markup[match.end() :] if match else None


def _entities(text: str) -> str:
    return "".join(f"&#{ord(char)};" for char in text)


def _keywords(markup: str, line: Planted) -> str | None:
    meta = f'<meta name="keywords" content="{html.escape(",".join(line.items))}">'
    match = re.search(r"<head[^>]*>", markup, re.IGNORECASE)
    return markup[: match.end()] + meta + markup[match.end() :] if match else None


def _random_ids(markup: str, line: Planted) -> str:
    tags = (
        '<tr id="yyy80"></tr><sup id="yyy80"></sup><tfoot id="yyy80"><kbd id="yyy80"></kbd></tfoot><rt id="yyy80"></rt>'
    )
    return _at_end(markup, tags + "<div>" + html.escape(line.text) + "</div>" + tags)


KINDS = (
    Kind(name="footer links", plant=lambda m, p: _at_end(m, "<div>友情链接：" + _links(p, " | ") + "</div>")),
    Kind(name="plain text line", plant=lambda m, p: _at_end(m, f"<div>{html.escape(p.text)}</div>")),
    Kind(name="list", plant=_list),
    Kind(name="first line, heading", plant=lambda m, p: _at_start(m, f"<h1>{html.escape(p.text)}</h1>")),
    Kind(name="display:none", plant=_wrapped('<div style="display:none">', "</div>")),
    Kind(name="off-screen", plant=_wrapped('<div style="position:absolute;left:-9999px">', "</div>")),
    Kind(name="marquee 1px", plant=_wrapped('<marquee height="1" width="1" scrollamount="3000">', "</marquee>")),
    Kind(
        name="document.write",
        plant=_wrapped(
            "<script>document.write(\"<div style='display:none'>\");</script>",
            '<script>document.write("</div>");</script>',
        ),
    ),
    Kind(
        name="hidden by id",
        plant=_wrapped('<div id="qx7">', '</div><script>document.getElementById("qx7").style.display="none";</script>'),
    ),
    Kind(name="random ids", plant=_random_ids),
    Kind(name="advertisement", plant=lambda m, p: _at_end(m, f"<p>{html.escape(p.text)}。</p>")),
    Kind(name="title in entities", plant=lambda m, p: _title(m, _entities(p.items[0]) + "_"), judged_by="title"),
    Kind(name="title prefix", plant=lambda m, p: _title(m, html.escape(p.items[0]) + "-"), judged_by="title"),
    Kind(name="meta keywords", plant=_keywords, judged_by="meta"),
    Kind(
        name="referrer redirect",
        plant=lambda m, p: _at_end(
            m,
            "<script>var s=document.referrer;if(s.indexOf('baidu')>0||s.indexOf('sogou')>0)"
            "{location.href='http://k1x.com/';}</script>",
        ),
        judged_by="mark",
    ),
    Kind(name="hidden link in article", plant=_in_article(' style="font-size:0px"')),
    Kind(name="visible link in article", plant=_in_article("")),
)


@frozen(kw_only=True)
class Verdict:
    """What became of one planting."""

    found: bool
    lost: int  # honest characters gone


def measure(kind: Kind, markup: str, line: Planted, catalog: Catalog) -> Verdict | None:
    """Plant, clean, compare; None where the page has no place for this kind."""
    planted = kind.plant(markup, line)
    if planted is None:
        return None
    before = ink(dom.text_of(dom.parse(markup)))
    result = despam(document_of(planted), catalog)
    if isinstance(result, Rejected):
        return Verdict(found=True, lost=len(before))
    after = ink(dom.text_of(result.tree))
    wanted = line.items[:1] if kind.name.endswith("article") else line.items
    items = {ink(item) for item in wanted if len(ink(item)) >= 4 and ink(item) not in before}
    if kind.judged_by == "title":
        return Verdict(found=line.items[0] not in (result.tree.findtext(".//title") or ""), lost=0)
    if kind.judged_by == "meta":
        words = dom.meta(result.tree).get("keywords", "")
        return Verdict(found=not any(item in words for item in line.items), lost=0)
    if kind.judged_by == "mark":
        assert result.provenance is not None
        return Verdict(found="redirect" in result.provenance.marks, lost=max(0, len(before) - len(after)))
    return Verdict(found=not any(item in after for item in items), lost=max(0, len(before) - len(after)))


def ink(text: str) -> str:
    """Text without white space."""
    return "".join(text.split())


def pages(folder: Path | None) -> dict[str, str]:
    """Markup by name: the saved pages, or the given documents in plain paragraphs."""
    if folder is None:
        given = sorted((CHECKOUT / "seeds" / "documents").glob("*.txt"))
        return {path.name: _paragraphs(path.read_text("utf-8")) for path in given}
    found = {}
    for path in sorted(folder.rglob("*.html")):
        if "noise" not in path.parent.name:
            raw = path.read_bytes()
            try:
                found[path.name] = raw.decode("utf-8-sig")
            except UnicodeDecodeError:
                found[path.name] = raw.decode("gb18030", "replace")
    return found


def addresses(folder: Path | None) -> dict[str, str]:
    """Where the saved pages were found, by name, from the JSON file beside each."""
    if folder is None:
        return {}
    notes = {path.with_suffix(".html").name: json.loads(path.read_text("utf-8")) for path in folder.rglob("*.json")}
    return {name: note["url"] for name, note in notes.items() if note.get("url")}


def _paragraphs(text: str) -> str:
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    body = "".join(f"<p>{html.escape(row)}</p>" for row in rows)
    return f"<html><head><title>{html.escape(rows[0])}</title></head><body>{body}</body></html>"


def clean_pages(found: dict[str, str], urls: dict[str, str], catalog: Catalog) -> None:
    """Blocks cut on the pages as they are, and the time that takes."""
    blocks = cut = refused = 0
    seconds = []
    for name, markup in found.items():
        document = document_of(markup, urls.get(name, URL))
        blocks += len(lines.read(document.tree).lines)
        start = time.process_time()
        result = despam(document, catalog)
        seconds.append(time.process_time() - start)
        if isinstance(result, Rejected):
            refused += 1
            print(f"  refused: {name}: {result.reason}")
        else:
            cut += len(result.spam_blocks)
            for block in result.spam_blocks:
                print(f"  cut: {name}: {block.where} {block.marks} {block.score} {block.text[:60]!r}")
    print(f"pages as they are: {len(found)} pages, {blocks} blocks, {cut} cut, {refused} refused")
    median, mean = statistics.median(seconds) * 1e3, statistics.mean(seconds) * 1e3
    print(f"time a page: median {median:.2f} ms, mean {mean:.2f} ms")


def planted_pages(found: dict[str, str], catalog: Catalog, aside: list[Planted]) -> None:
    """Every kind on every page."""
    composer = Composer("aside", 7)
    tally: dict[str, list[Verdict]] = defaultdict(list)
    for number, markup in enumerate(found.values()):
        for kind in KINDS:
            line = aside[number % len(aside)] if aside and number % 2 else composer.line(items=8)
            if kind.name == "advertisement":
                line = composer.line("ads", items=4)
            verdict = measure(kind, markup, line, catalog)
            if verdict is not None:
                tally[kind.name].append(verdict)
    for name, verdicts in tally.items():
        share = statistics.mean(verdict.found for verdict in verdicts)
        lost = sum(verdict.lost > 2 for verdict in verdicts)
        print(f"{name:26s} {len(verdicts):4d} planted, found {share:7.2%}, pages that lost honest text {lost}")


def found_share(planted: list[Planted], catalog: Catalog) -> tuple[float, float]:
    """The share of items, and of lines, that go when each line stands alone at the end of a given document."""
    base = next(iter(pages(None).values()))
    items = gone = whole = 0
    for line in planted:
        result = despam(document_of(_at_end(base, f"<p>{html.escape(line.text)}</p>")), catalog)
        text = "" if isinstance(result, Rejected) else ink(dom.text_of(result.tree))
        left = [item for item in line.items if ink(item) in text and ink(item) not in ink(base)]
        items, gone, whole = items + len(line.items), gone + len(line.items) - len(left), whole + (not left)
    return gone / items, whole / len(planted)


def unseen_lines(name: str, planted: list[Planted], catalog: Catalog) -> None:
    """Print the shares of items and lines found."""
    items, whole = found_share(planted, catalog)
    print(f"{name}: {len(planted)} lines, found: items {items:.2%}, lines {whole:.2%}")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--lines", type=Path)
    parser.add_argument("--every", type=int, default=1, help="plant in every Nth page only")
    arguments = parser.parse_args()
    catalog = Catalog()
    found = pages(arguments.pages)
    despam(document_of(next(iter(found.values()))), catalog)
    clean_pages(found, addresses(arguments.pages), catalog)
    real: list[Planted] = []
    if arguments.lines:
        for row in arguments.lines.read_text("utf-8").splitlines():
            real.append(Planted(kind="real", items=tuple(filter(None, _SPLIT.split(row.strip()))), separator="|"))
        unseen_lines("real lines", real, catalog)
    for part in get_args(Part):
        composer = Composer(part, 3)
        unseen_lines(f"composed lines, {part}", [composer.line() for _ in range(500)], catalog)
    planted_pages(dict(list(found.items())[:: arguments.every]), catalog, real)


if __name__ == "__main__":
    main()

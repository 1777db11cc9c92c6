"""Articles that a site splits over several pages: where the next part stands, and how the parts become one page again.

The parts are kept behind each other as they came, apart by a mark, so that the bytes of all are kept before anyone
reads them. Decoding joins them: what the later pages hold in the place of the first one's text goes behind that text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve
from lxml import html as lxml_html
from lxml.html import HtmlElement

from crawler import dom
from crawler.cms import paging
from crawler.cms.links import links_of
from crawler.items import Document, Page

MOST = 10  # pages of one article
MARK = "<!--huixun: the next part-->"
_MAY_GO_ON = re.compile(
    b"createPage|" + b"|".join(re.escape("下一页".encode(charset)) for charset in ("utf-8", "gb18030")), re.IGNORECASE
)
_FILE = re.compile(r"(?P<stem>.*?)(?:[_-](?P<number>\d{1,2}))?(?P<ext>\.(?:s?html?|jsp|aspx|php))$")
_PAGE = frozenset({"page", "p", "pageno", "pagenum", "pageindex"})
_HOLDS = frozenset(
    ["div", "td", "tr", "table", "tbody", "form", "section", "article", "main", "center", "font", "span"]
)
_PAGER = re.compile(r"[\d\s上下一页首尾末共第当前转到/|<>«»‹›….\[\]()（）【】]*")
_MOST_LEVELS = 40
_SHARE = 0.6  # of the text in which two pages differ


def may_go_on(page: Page) -> bool:
    """False where nothing in the bytes speaks of a further page: so it is for nearly all articles."""
    return _MAY_GO_ON.search(page.body) is not None


def next_part(document: Document) -> str | None:
    """The address of the next page of the same article. A link to another article, named alike, is none."""
    links = links_of(document)
    here = document.page.url
    for found in (paging.by_create_page(document, links), paging.by_link(document, links)):
        if found and _follows(here, found):
            return found
    return None


def assembled(pages: Sequence[Page]) -> Page:
    """The first page with the bytes of the others behind its own."""
    mark = f"\n{MARK}\n".encode("ascii")
    return evolve(pages[0], body=mark.join(page.body for page in pages)) if len(pages) > 1 else pages[0]


def joined(html: str) -> tuple[str, HtmlElement]:
    """Text and tree of a page with the texts of all its parts in the place of the first one's.

    A part of another make is left out. Nearly all pages have one part, and are parsed as they are.
    """
    first, *others = html.split(MARK)[:MOST]
    tree = dom.parse(first)
    if not others:
        return html, tree
    for other in others:
        _append(tree, dom.parse(other))
    return lxml_html.tostring(tree, encoding="unicode"), tree


def _follows(here: str, there: str) -> bool:
    """True for x_1.html or x_2.html behind x.html, x_3.html behind x_2.html, and page=3 behind page=2."""
    a, b = urlsplit(here), urlsplit(there)
    if a.hostname != b.hostname:
        return False
    if a.path == b.path:
        before, after = dict(parse_qsl(a.query)), dict(parse_qsl(b.query))
        name = next((name for name in after if name.lower() in _PAGE), None)
        same = {key: value for key, value in before.items() if key != name}
        rest = {key: value for key, value in after.items() if key != name}
        return name is not None and same == rest and _is_next(before.get(name), after[name])
    folder, _, file = a.path.rpartition("/")
    other_folder, _, other_file = b.path.rpartition("/")
    old, new = _FILE.fullmatch(file), _FILE.fullmatch(other_file)
    if folder != other_folder or not old or not new or old["ext"] != new["ext"]:
        return False
    if new["stem"] == file.removesuffix(
        old["ext"]
    ):  # t2024_7.html is the seventh article, t2024_7_1.html its second page
        return _is_next(None, new["number"])
    return old["stem"] == new["stem"] and _is_next(old["number"], new["number"])


def _is_next(before: str | None, after: str | None) -> bool:
    if after is None or not after.isdigit() or (before is not None and not before.isdigit()):
        return False
    return int(after) in (1, 2) if before is None else int(after) == int(before[:4]) + 1


def _append(tree: HtmlElement, other: HtmlElement) -> None:
    place, source = _differing(tree.find("body"), other.find("body"))
    if place is None or source is None or place.tag == "body":
        return
    there = {_text(child) for child in place}
    for child in list(place):
        _drop_pager(child)
    _append_text(place, source.text)
    for child in list(source):
        text, tail = _text(child), child.tail
        if text and (text in there or _PAGER.fullmatch(text)):
            _append_text(place, tail)
        else:
            place.append(child)


def _append_text(place: HtmlElement, text: str | None) -> None:
    """Text that stands in no element of its own."""
    if text and text.strip():
        paragraph = lxml_html.Element("p")
        paragraph.text = text
        place.append(paragraph)


def _drop_pager(child: HtmlElement) -> None:
    text = _text(child)
    if text and _PAGER.fullmatch(text):
        dom.remove(child)


def _differing(one: HtmlElement | None, other: HtmlElement | None) -> tuple[HtmlElement | None, HtmlElement | None]:
    """The innermost elements, alike in make and place, that hold most of the text in which two pages differ."""
    for _ in range(_MOST_LEVELS):
        if one is None or other is None:
            return None, None
        pairs = [(a, b, text) for a, b in _alike(one, other) if (text := _text(b)) != _text(a)]
        most = max(pairs, key=lambda pair: len(pair[2]), default=None)
        if most is None or most[0].tag not in _HOLDS:
            return one, other
        if len(most[2]) < _SHARE * sum(len(text) for _, _, text in pairs):
            return one, other
        one, other = most[0], most[1]
    return one, other


def _alike(one: HtmlElement, other: HtmlElement) -> list[tuple[HtmlElement, HtmlElement]]:
    """The children of two elements in pairs of the same tag, id and class, in order."""
    waiting: dict[tuple[str, str, str], list[HtmlElement]] = {}
    for child in other:
        if isinstance(child.tag, str):
            waiting.setdefault(_make(child), []).append(child)
    queues = {make: iter(children) for make, children in waiting.items()}
    pairs = []
    for child in one:
        if isinstance(child.tag, str) and (twin := next(queues.get(_make(child), iter(())), None)) is not None:
            pairs.append((child, twin))
    return pairs


def _text(element: HtmlElement) -> str:
    """All text, scripts' too; dom.text_of sees more finely and takes a hundred times as long."""
    return " ".join(element.text_content().split()) if isinstance(element.tag, str) else ""


def _make(element: HtmlElement) -> tuple[str, str, str]:
    return str(element.tag), element.get("id") or "", element.get("class") or ""

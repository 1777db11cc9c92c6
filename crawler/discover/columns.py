"""Finds on any page of a site the links that may lead to its lists of news: by their words, headings and addresses."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import islice
from urllib.parse import urljoin, urlsplit

from attrs import frozen
from lxml.html import HtmlElement

from crawler import dates, dom
from crawler.catalog import bare_host
from crawler.cms import links_of
from crawler.hans import to_hans
from crawler.items import Document

_MAX_LINKS = 3000
_MAX_NAME = 14  # characters in the name of a column; headlines are longer
_MAX_CLIMB = 4
_MAX_MORE = 100  # links of a page that say only 更多
_MAX_NEAR = 60  # elements around such a link, one of which may be its heading; elements of a breadcrumb line
_MAX_HEADING = 8  # elements of a heading
_IS_NAME = re.compile(r"[\u4e00-\u9fff]{2}|[A-Za-z]{4}")  # numbers and arrows are a pager's
_OWNERS = re.compile(r"[网局厅委府报社院校站]$")  # how names of sites end
_BORDER = " \u00a0[]【】<>›»→·•|>:：-"
_CRUMBS = re.compile(r"position|crumb|location|dqwz|curr|weizhi|local|path|here", re.IGNORECASE)
_HERE = re.compile(r"当前位置|您的位置|所在位置|你的位置|您现在的位置|当前的位置")
_MAX_CRUMBS = 400  # characters of a breadcrumb line
_IN_ARTICLE_PATH = re.compile(r"^(?:\d{1,8}|\d{4}-\d{1,2}(?:-\d{1,2})?|[0-9a-f]{2}|c\d+a\d+|content|info|art)$")


@frozen(kw_only=True)
class Candidate:
    """A link that may lead to a list."""

    url: str
    name: str  # of the column, as the page writes it; Simplified
    weight: float  # above 0; conference reports are likelier where it is higher


@frozen
class _Words:
    wanted: dict[str, int]
    shunned: dict[str, int]
    paths: dict[str, int]
    more: dict[str, int]


@cache
def _words() -> _Words:
    data = tomllib.loads((files("crawler.discover") / "words.toml").read_text("utf-8"))
    tables = {
        name: {word: int(value) for value, words in table.items() for word in words} for name, table in data.items()
    }
    return _Words(**tables)


def candidates(document: Document) -> tuple[Candidate, ...]:
    """The links of a page to what may be lists of its own site, likeliest first, each address once."""
    links = links_of(document)
    own, here = own_host(document.page.url), links.address(document.page.url)
    found: dict[str, Candidate] = {}
    unnamed = 0
    for element in islice(document.tree.iter("a"), _MAX_LINKS):
        url = links.address(element.get("href"))
        if url is None or url == here or not is_own(url, own) or urlsplit(url).path in ("", "/"):
            continue
        name = _text(element)
        if not name or name.lower() in _words().more:
            unnamed += 1
            name = _heading(element) if unnamed <= _MAX_MORE else ""
        value = weight(name, url)
        if value > 0 and (url not in found or found[url].weight < value):
            found[url] = Candidate(url=url, name=name, weight=value)
    return tuple(sorted(found.values(), key=lambda candidate: -candidate.weight))


def weight(name: str, url: str) -> float:
    """How likely a column of this name at this address reports on conferences; 0 or less: it does not."""
    words = _words()
    if not _IS_NAME.search(name) or len(name) > _MAX_NAME or dates.in_url(url):
        return 0
    wanted = max((value for word, value in words.wanted.items() if word in name), default=0)
    path = urlsplit(url).path.lower()
    hint = max((value for piece, value in words.paths.items() if piece in path), default=0)
    loss = sum(value for word, value in words.shunned.items() if word in name)
    return wanted + hint / 4 - loss if wanted else hint / 2 - loss


def own_host(url: str) -> str:
    """The host of an address without www."""
    return bare_host(urlsplit(url).hostname or "")


def is_own(url: str, own: str) -> bool:
    """True where an address stands on this host or below it."""
    host = own_host(url)
    return host == own or host.endswith("." + own)


def crumbs(document: Document) -> tuple[Candidate, ...]:
    """The columns above a page, nearest first: its breadcrumb line, then the folder that its address lies in."""
    links = links_of(document)
    own = own_host(document.page.url)
    line = _crumb_line(document)
    found: list[Candidate] = []
    for element in reversed(list(line.iter("a"))) if line is not None else ():
        url, name = links.address(element.get("href")), _text(element)
        if url and name and is_own(url, own) and urlsplit(url).path not in ("", "/"):
            found.append(Candidate(url=url, name=name, weight=max(weight(name, url), 1)))
    found.append(Candidate(url=_folder(document.page.url), name="", weight=1))
    return tuple({candidate.url: candidate for candidate in reversed(found)}.values())[::-1]


def column_name(document: Document, said: str = "") -> str:
    """What a list calls itself: what the link to it said, else its metadata, its breadcrumb line, its title."""
    meta = dom.meta(document.tree)
    title = next((dom.text_of(element) for element in document.tree.iter("title")), "")
    line = _crumb_line(document)
    parts = [part for part in re.split(r"[-_|—–\s]", to_hans(title)) if not _OWNERS.search(part)]
    best = max(parts, key=lambda part: weight(part, ""), default="")
    names = [said, meta.get("columnname", ""), re.split(r"[>›»→/]", _text(line))[-1] if line is not None else "", best]
    site = meta.get("sitename", "")
    for name in (" ".join(to_hans(name).split()).strip(_BORDER) for name in names):
        if 2 <= len(name) <= _MAX_NAME and not name.isdigit() and name != site:
            return name
    return ""


def _text(element: HtmlElement) -> str:
    return to_hans((dom.text_of(element) or element.get("title") or "").strip(_BORDER))


def _heading(link: HtmlElement) -> str:
    """The likeliest column that is named near a link, without the link's own words."""
    node, own = link.getparent(), dom.text_of(link)
    for _ in range(_MAX_CLIMB):
        if node is None or node.tag in ("body", "html"):
            return ""
        best = ""
        for number, element in enumerate(node.iter("h1", "h2", "h3", "h4", "span", "a", "strong", "div", "li")):
            if number >= _MAX_NEAR or element is link:
                break
            if not _is_small(element, _MAX_HEADING):
                continue
            text = _text(element).removesuffix(own.strip(_BORDER)).strip(_BORDER)
            if weight(text, "") > 0 and (weight(text, ""), -len(text)) > (weight(best, ""), -len(best)):
                best = text
        if best:
            return best
        node = node.getparent()
    return ""


def _crumb_line(document: Document) -> HtmlElement | None:
    """The element that says 当前位置, else the shortest that is named like one: menus are longer."""
    lines = [(dom.text_of(element), element) for element in document.tree.iter() if _is_crumbs(element)]
    best = min(lines, key=lambda line: (_HERE.search(line[0]) is None, len(line[0])), default=None)
    return best[1] if best else None


def _is_crumbs(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag not in ("div", "p", "ul", "ol", "nav", "td", "span", "section"):
        return False
    marked = _CRUMBS.search(f"{element.get('class') or ''} {element.get('id') or ''}") is not None
    if not marked and not _HERE.search(element.text or ""):
        return False
    if not _is_small(element, _MAX_NEAR):
        return False
    text = dom.text_of(element)
    return len(text) <= _MAX_CRUMBS and next(element.iter("a"), None) is not None and "首" in text


def _is_small(element: HtmlElement, most: int) -> bool:
    return sum(1 for _ in islice(element.iter(), most + 1)) <= most


def _folder(url: str) -> str:
    """Where an article lies, the parts of its path left out that name a day or the article itself."""
    parts = urlsplit(url)
    kept = parts.path.strip("/").split("/")[:-1]
    while kept and _IN_ARTICLE_PATH.match(kept[-1]):
        kept.pop()
    return urljoin(url, "/" + "".join(f"{piece}/" for piece in kept))

"""How lists go on: a link that says so, or the script call that draws the pager.

The numbers in script calls are read, never guessed: the same call counts from 0 on some sites and from 1 on others, and
the address of the page at hand tells which.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler import dom
from crawler.cms.links import Links, query_with
from crawler.items import Document

_NEXT_WORDS = ("下一页", "下页", "后一页", "下一頁", "下頁", "next", "Next", "NEXT")
_NEXT_SIGNS = (">", "›", "»", ">>")
_CREATE = re.compile(r"create_?Page(?:HTML)?\s*\(([^)]{0,300})\)", re.IGNORECASE)
_STRING = re.compile(r"""['"]([^'"]*)['"]""")
_SET_PAGE = re.compile(r"""pagination\(\s*['"]setPage['"]\s*,\s*(\d+)\s*,\s*(\d+)""")
_LS_PAGES = re.compile(r"pageCount\s*:\s*(\d+)")
_LS_CURRENT = re.compile(r"(?:pageIndex|currentPage|current)\s*:\s*(\d+)")
_INDEX = re.compile(r"^(?P<stem>.*?)(?:_(?P<number>\d+))?\.(?P<ext>s?html?|jsp|aspx)$")
_MAX_PAGES = 10_000


def by_link(document: Document, links: Links) -> str | None:
    """The link that says 下一页, or rel=next, where it leads somewhere else."""
    here = links.address(document.page.url)
    for element in document.tree.iter("a", "link"):
        if element.tag == "link" or _says_next(element):
            if element.tag == "link" and (element.get("rel") or "").lower() != "next":
                continue
            address = links.address(element.get("href"))
            if address and address != here:
                return address
    return None


def _says_next(element: HtmlElement) -> bool:
    if (element.get("rel") or "").lower() == "next":
        return True
    text = dom.text_of(element).strip(" \u00a0[]【】<>›»→") or (element.get("title") or "").strip()
    if text in _NEXT_WORDS:
        return True
    signs = "".join((element.text_content() or "").split())
    return (
        signs in _NEXT_SIGNS
        and "next" in f"{element.get('class')} {element.get('id')} {element.get('aria-label')}".lower()
    )


def by_create_page(document: Document, links: Links) -> str | None:
    """TRS: createPageHTML(total, current, "index", "html"), counted from 0; with an element's id first, from 1."""
    call = _CREATE.search(document.html)
    if not call:
        return None
    texts = _STRING.findall(call[1])
    numbers = [int(number) for number in re.findall(r"(?<![\w'\"])\d+(?![\w'\"])", _STRING.sub("", call[1]))]
    if len(numbers) < 2:
        return None
    total, current = numbers[0], numbers[1]
    from_one = call[1].lstrip()[:1] in "'\""
    names = texts[1:] if from_one and len(texts) > 1 else texts
    stem, ext = _stem_and_extension(names, document.page.url)
    following = current + 1
    if total > _MAX_PAGES or following > total - (0 if from_one else 1):
        return None
    return links.address(urljoin(document.page.url, f"{stem}_{following}.{ext}"))


def _stem_and_extension(names: list[str], url: str) -> tuple[str, str]:
    own = _INDEX.match(urlsplit(url).path.rpartition("/")[2])
    stem = names[0] if names and names[0] else (own["stem"] if own else "index")
    ext = names[1].lstrip(".") if len(names) > 1 and names[1] else (own["ext"] if own else "html")
    return re.sub(r"_\d{1,3}$", "", stem), ext  # longer numbers belong to the name: t20240205_2111153538


def by_set_page(document: Document, links: Links) -> str | None:
    """Shanghai: .pagination("setPage", current, total), counted from 1; page N is index_N.html."""
    call = _SET_PAGE.search(document.html)
    if not call or int(call[1]) >= int(call[2]):
        return None
    stem, ext = _stem_and_extension([], document.page.url)
    return links.address(urljoin(document.page.url, f"{stem}_{int(call[1]) + 1}.{ext}"))


def by_page_index(document: Document, links: Links) -> str | None:
    """Lonsun: Ls.pagination({pageCount: N}); page N is ?pageIndex=N."""
    if "Ls.pagination" not in document.html:
        return None
    return _by_parameter(document, links, "pageIndex", _LS_PAGES.search(document.html))


def by_page_num(document: Document, links: Links, total: int) -> str | None:
    """Hanweb: page N is ?pageNum=N, with the list's own number as uid where the page names it."""
    following = _parameter(document.page.url, "pageNum") + 1
    if following > total:
        return None
    return links.address(query_with(document.page.url, "pageNum", following))


def _by_parameter(document: Document, links: Links, name: str, total: re.Match[str] | None) -> str | None:
    following = _parameter(document.page.url, name) + 1
    if not total or following > int(total[1]):
        return None
    return links.address(query_with(document.page.url, name, following))


def _parameter(url: str, name: str) -> int:
    value = parse_qs(urlsplit(url).query).get(name, ["1"])[0]
    return int(value) if value.isdigit() and len(value) < 6 else 1


def by_number(
    document: Document, links: Links, total: int | None, pattern: str = "{stem}_{number}.{ext}"
) -> str | None:
    """Page N of stem.html is stem_N.html, counted from 1, where the page says how many there are."""
    match = _INDEX.match(urlsplit(document.page.url).path.rpartition("/")[2])
    stem, ext, current = ("index", "html", 1) if not match else (match["stem"], match["ext"], int(match["number"] or 1))
    if total is None or current >= total:
        return None
    return links.address(urljoin(document.page.url, pattern.format(stem=stem, number=current + 1, ext=ext)))

"""Lists the files that belong to an article: linked in it, beside it, or named only in a script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler import cms, dom
from crawler.items import Attachment, Document

_KINDS = "pdf|docx?|xlsx?|pptx?|wps|et|dps|ofd|zip|rar|7z|csv|ceb|txt|rtf"
# Each begins with a sign, which makes the search for it fast.
_FILE = (
    re.compile(rf"\.(?:{_KINDS})(?:$|[?#&])", re.IGNORECASE | re.MULTILINE),
    re.compile(r"/attach(?:ment)?/\d", re.IGNORECASE),
)
_SERVED = ("download.jsp?", "downloadattachurl", "downfile", "filedownload")
_QUOTED = re.compile(rf"\.(?:{_KINDS})\\?[\"']", re.IGNORECASE)
_SCRIPTED = re.compile(rf"""["']([^"'\s<>]{{1,300}}\.(?:{_KINDS}))["']""", re.IGNORECASE)
_ANCHOR = re.compile(
    rf"""<a\b[^<>]{{0,300}}?href=\\?["']([^"'\\\s<>]{{1,300}}\.(?:{_KINDS}))\\?["'][^<>]{{0,300}}>([^<>]{{1,200}})</a>""",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\.(?:{_KINDS})\s*$", re.IGNORECASE | re.MULTILINE)
_FURNITURE = ("nav", "header", "footer")
_MAX_FILES = 200
_SHORT = 120  # characters of a page that only points to its file
_MAX_SCRIPT = 200_000


def find(document: Document, area: HtmlElement) -> tuple[Attachment, ...]:
    """The files of a page, those in ``area`` (the block of the article) first; each address once.

    Outside of the area a link counts where its text or its address is plainly a file: schools print their attachments
    below the text (VSB), portals in a table of their own.
    """
    links = cms.links_of(document)
    found: dict[str, Attachment] = {}
    elements = list(document.tree.iter("a"))
    files = [element for element in elements if _is_file([element])] if _is_file(elements) else []
    inside = set(area.iter("a")) if files else set()
    for element in sorted(files, key=lambda element: element not in inside):
        if element in inside or not _in_furniture(element):
            _add(found, links.address(element.get("href")), dom.text_of(element) or element.get("title") or "")
    for script in document.tree.iter("script"):
        for href, name in _in_script(script.text):
            _add(found, links.address(href), name)
    return tuple(list(found.values())[:_MAX_FILES])


def _is_file(links: list[HtmlElement]) -> bool:
    """Whether any of some links leads to a file; asked of all of them at once first, for most pages have none."""
    addresses = "\n".join(link.get("href") or "" for link in links)
    if any(pattern.search(addresses) for pattern in _FILE) or _NAMED.search(
        "\n".join(link.get("title") or "" for link in links)
    ):
        return True
    addresses = addresses.lower()
    return any(word in addresses for word in _SERVED)


def _add(found: dict[str, Attachment], url: str | None, name: str) -> None:
    if url and url not in found:
        found[url] = Attachment(url=url, name=" ".join(name.split())[:200] or file_name(url))


def _in_script(text: str | None) -> Iterable[tuple[str, str]]:
    if not text or len(text) > _MAX_SCRIPT or not _QUOTED.search(text):
        return
    for match in _ANCHOR.finditer(text):
        yield match[1], match[2]
    for match in _SCRIPTED.finditer(text):
        yield match[1], ""


def _in_furniture(element: HtmlElement) -> bool:
    return any(above.tag in _FURNITURE for above in element.iterancestors())


def file_name(url: str) -> str:
    """The last part of an address, percent signs undone."""
    return unquote(urlsplit(url).path.rpartition("/")[2]) or url


def report_itself(files: Sequence[Attachment], text: str) -> Attachment | None:
    """The file that is the report: the page says hardly anything and links exactly one file that can be read."""
    if len(text) > _SHORT:
        return None
    readable = [file for file in files if file.url.lower().split("?")[0].endswith((".pdf", ".docx"))]
    return readable[0] if len(readable) == 1 else None

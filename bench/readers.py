"""The readers that are measured side by side, each behind the same small face: bytes and URL in, a Reading out.

Peers get the page already decoded, by the same rule for all, so that what is compared is the reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple


class Reading(NamedTuple):
    """What a reader says of a page."""

    text: str | None = None
    title: str | None = None
    date: str | None = None
    source: str | None = None
    author: str | None = None
    error: str | None = None


Reader = Callable[[bytes, str], Reading]
_META = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def decoded(body: bytes) -> str:
    """UTF-8 where it is UTF-8, else what the page declares, else gb18030; never fails."""
    for encoding in ("utf-8-sig", _declared(body), "gb18030"):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8" if b"utf-8" in body[:2000].lower() else "gb18030", "replace")


def _declared(body: bytes) -> str:
    found = _META.search(body[:4096])
    name = found.group(1).decode("ascii").lower() if found else "gb18030"
    return {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(name, name)


def _plain(html: str) -> str:
    from lxml import html as lxml_html

    root = lxml_html.fromstring(html) if html and html.strip() else None
    if root is None:
        return ""
    for element in root.iter("p", "div", "br", "tr", "li", "h1", "h2", "h3", "table"):
        element.tail = "\n" + (element.tail or "")
    return root.text_content()


def huixun() -> Reader | None:
    """The product's own chain, from bytes to article."""
    from crawler.catalog import Catalog
    from crawler.decode import decode
    from crawler.despam import despam
    from crawler.extract import extract
    from crawler.items import Article, Document, Page
    from crawler.repair import repair

    catalog = Catalog()

    def read(body: bytes, url: str) -> Reading:
        value: Any = decode(Page(url=url, body=body))
        for stage in (repair, lambda document: despam(document, catalog), lambda document: extract(document, catalog)):
            if not isinstance(value, Document):
                break
            value = stage(value)
        if not isinstance(value, Article):
            return Reading(error=value.reason)
        return Reading(value.text, value.title, value.date, value.source, value.author)

    return read


def extract_only() -> Reader | None:
    """The product's extract stage behind the peers' decoding."""
    from crawler import dom, hans
    from crawler.catalog import Catalog
    from crawler.extract import extract
    from crawler.items import Article, Document, Page

    catalog = Catalog()

    def read(body: bytes, url: str) -> Reading:
        html = decoded(body)
        tree = dom.parse(html)
        document = Document(
            page=Page(url=url, body=body),
            html=html,
            tree=tree,
            charset="utf-8",
            charset_basis="bench",
            script=hans.script_of(dom.text_of(tree)[:4000]),
        )
        value = extract(document, catalog)
        if not isinstance(value, Article):
            return Reading(error=value.reason)
        return Reading(value.text, value.title, value.date, value.source, value.author)

    return read


def readability() -> Reader | None:
    from readability import Document as Readable

    def read(body: bytes, url: str) -> Reading:
        page = Readable(decoded(body))
        return Reading(_plain(page.summary()), page.short_title())

    return read


def trafilatura() -> Reader | None:
    from trafilatura import bare_extraction

    def read(body: bytes, url: str) -> Reading:
        found = bare_extraction(decoded(body), url=url or None, with_metadata=True, include_comments=False)
        if found is None:
            return Reading()
        return Reading(found.text, found.title, found.date, found.sitename, found.author)

    return read


def magic_html() -> Reader | None:
    from magic_html import GeneralExtractor

    extractor = GeneralExtractor()

    def read(body: bytes, url: str) -> Reading:
        found = extractor.extract(decoded(body), base_url=url)
        return Reading(_plain(found.get("html", "")), found.get("title"))

    return read


def newspaper4k() -> Reader | None:
    import newspaper

    def read(body: bytes, url: str) -> Reading:
        page = newspaper.Article(url or "http://unknown.invalid/", language="zh", fetch_images=False)
        page.download(input_html=decoded(body))
        page.parse()
        day = page.publish_date.strftime("%Y-%m-%d") if page.publish_date else None
        return Reading(page.text, page.title, day, None, ", ".join(page.authors))

    return read


def gne() -> Reader | None:
    from gne import GeneralNewsExtractor

    extractor = GeneralNewsExtractor()

    def read(body: bytes, url: str) -> Reading:
        found = extractor.extract(decoded(body))
        day = re.sub(r"[年月/.]", "-", found["publish_time"])[:10]
        return Reading(found["content"], found["title"], day, None, found["author"])

    return read


def justext() -> Reader | None:
    from justext import justext as classify

    def read(body: bytes, url: str) -> Reading:
        found = classify(decoded(body), frozenset(), length_low=15, length_high=50, stopwords_low=0, stopwords_high=0)
        return Reading("\n".join(part.text for part in found if not part.is_boilerplate))

    return read


def resiliparse() -> Reader | None:
    from resiliparse.extract.html2text import extract_plain_text

    def read(body: bytes, url: str) -> Reading:
        return Reading(extract_plain_text(decoded(body), main_content=True))

    return read


def _optional(make: Callable[[], Reader | None]) -> Callable[[], Reader | None]:
    def made() -> Reader | None:
        try:
            return make()
        except ImportError:
            return None

    return made


READERS: dict[str, Callable[[], Reader | None]] = {
    "huixun": _optional(huixun),
    "huixun extract": _optional(extract_only),
    "readability-lxml": _optional(readability),
    "trafilatura": _optional(trafilatura),
    "magic-html": _optional(magic_html),
    "newspaper4k": _optional(newspaper4k),
    "gne": _optional(gne),
    "justext": _optional(justext),
    "resiliparse": _optional(resiliparse),
}

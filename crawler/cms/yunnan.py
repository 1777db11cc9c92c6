"""云南教育厅 and kin: lists /article/category/<hex>-N, articles /article/<hex>."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_link
from crawler.items import Document

_HERE = re.compile(r"/article/category/([0-9a-f]{16,40})(?:-(\d{1,5}))?$")
_TOTAL = re.compile(r"共\s{0,3}(\d{1,5})\s{0,3}页")


def next_page(document: Document, links: Links) -> str | None:
    """A link, else <hex>-N+1 up to the number of pages stated."""
    if address := by_link(document, links):
        return address
    here, total = _HERE.search(document.page.url), _TOTAL.search(document.html)
    number = int(here[2] or 1) if here else 1
    if not here or not total or number >= int(total[1]):
        return None
    return links.address(urljoin(document.page.url, f"/article/category/{here[1]}-{number + 1}"))


FAMILY = Family(
    name="yunnan",
    addresses=(r"/article/category/[0-9a-f]{16,40}", r"/article/[0-9a-f]{32}"),
    body=(".article-content", "#content", ".content"),
    title=(".article-title", "h1"),
    date_line=(".article-info", ".article-meta"),
    rows=(".article-list li", ".list-group li", ".list li"),
    row_date=(".date", "span"),
    next_page=next_page,
)

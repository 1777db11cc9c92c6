"""EasySite (辽宁教育厅, 顺义, 大兴): <hex8>-N.shtml lists, .easysite-total-page, #easysiteText."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_link
from crawler.items import Document

_TOTAL = re.compile(r"easysite-total-page[^>]{0,80}>(?:\s*<b>)?[^\d<]{0,20}(\d{1,5})")
_HERE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f-]{4,27})?)-(\d{1,5})\.shtml$")


def next_page(document: Document, links: Links) -> str | None:
    """A link, else <hex>-N.shtml up to the number of pages the pager states."""
    if address := by_link(document, links):
        return address
    here, total = _HERE.search(document.page.url), _TOTAL.search(document.html)
    if not here or not total or int(here[2]) >= int(total[1]):
        return None
    return links.address(urljoin(document.page.url, f"{here[1]}-{int(here[2]) + 1}.shtml"))


FAMILY = Family(
    name="easysite",
    names=("easysiteText", "easysite-total-page", "easysite-news-text", "easysite-article-content-list"),
    marks=("/eportal/",),
    addresses=(r"/[0-9a-f]{8}-\d+\.shtml", r"/eportal/ui\?"),
    body=("#easysiteText", ".easysite-news-text", "#zoom"),
    title=(".easysite-news-title h2", ".easysite-news-title h1", ".easysite-news-title"),
    date_line=(".easysite-news-describe", ".easysite-news-peice"),
    rows=(".easysite-article-content-list li", ".easysite-list li", "[opentype=page] li", "[opentype=page] tr"),
    row_date=("span", "td:last-child"),
    next_page=next_page,
)

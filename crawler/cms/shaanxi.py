"""Shaanxi's numbered sites (西安, 渭南, 延安): lists 1.html, 2.html; articles <19 digits>.html; .m-txt-article."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_link
from crawler.items import Document

_TOTAL = re.compile(r"(?:totalPages?|pageCount|total)[\"'\s:=]{1,5}(\d{1,5})|共\s?(\d{1,5})\s?页")
_HERE = re.compile(r"/(\d{1,4})\.html$")


def next_page(document: Document, links: Links) -> str | None:
    """A link, else the next number up to the total the pager states."""
    if address := by_link(document, links):
        return address
    here, total = _HERE.search(document.page.url), _TOTAL.search(document.html)
    if not here or not total or int(here[1]) >= int(total[1] or total[2]):
        return None
    return links.address(urljoin(document.page.url, f"{int(here[1]) + 1}.html"))


FAMILY = Family(
    name="shaanxi",
    names=("m-txt-article", "m-lst", "m-cglist"),
    addresses=(r"/\d{19}\.html",),
    body=(".m-txt-article", "#info_content", ".info-con"),
    title=(".m-txt-title", ".m-txt-crm h1", "h1"),
    date_line=(".m-txt-crm", ".m-txt-info"),
    rows=(".m-cglist li", ".m-lst li", ".m-list li"),
    row_date=(".date", "span"),
    next_page=next_page,
)

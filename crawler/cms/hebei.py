"""河北教育厅 and kin: column.jsp?id=…&current=N, the rows of a table."""

from __future__ import annotations

import re

from crawler.cms.base import Family
from crawler.cms.links import Links, query_with
from crawler.cms.paging import by_link
from crawler.items import Document

_HERE = re.compile(r"[?&]current=(\d{1,5})")
_TOTAL = re.compile(r"共\s{0,3}(\d{1,5})\s{0,3}页")


def next_page(document: Document, links: Links) -> str | None:
    """A link, else current=N+1 up to the number of pages stated."""
    if address := by_link(document, links):
        return address
    here, total = _HERE.search(document.page.url), _TOTAL.search(document.html)
    number = int(here[1]) if here else 1
    if not total or number >= int(total[1]):
        return None
    return links.address(query_with(document.page.url, "current", number + 1))


FAMILY = Family(
    name="hebei",
    addresses=(r"/column\.jsp\?.*\bid=", r"/news\.jsp\?.*\bid="),
    body=("#content", ".content"),
    rows=("table.list tr", ".list tr", ".list li"),
    row_date=("td:last-child", "span"),
    next_page=next_page,
)

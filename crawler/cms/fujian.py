"""Fujian's cms/html sites (南平, 漳州): /cms/html/site/column/index.html, #Content, the total in .page-tip."""

from __future__ import annotations

import re

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_link, by_number
from crawler.items import Document

_TOTAL = re.compile(r"page-tip[^>]{0,80}>[^<]{0,60}?(\d{1,5})\s?页")


def next_page(document: Document, links: Links) -> str | None:
    """A link, else index_N.html up to the number of pages in .page-tip."""
    total = _TOTAL.search(document.html)
    return by_link(document, links) or by_number(document, links, int(total[1]) if total else None)


FAMILY = Family(
    name="fujian",
    names=("page-tip",),
    marks=("/cms/sitemanage/",),
    addresses=(r"/cms/html/\w+/",),
    body=("#Content", ".htmlcontent .TRS_Editor", "#detailCont", ".detail_content"),
    title=(".detail_title h1", ".xl_tit", "h1", "h3"),
    date_line=(".detail_info", ".xl_tit_b", ".article_info"),
    rows=(".page-list li", ".gl_list li", ".list_ul li", "ul.list li"),
    row_date=("span", ".date", "em"),
    next_page=next_page,
)

"""Portals with /YYYYMM/<32 hex>.shtml (永州, 汉中, 绥化, 怀化, 赣州); the hash survives on copies elsewhere."""

from __future__ import annotations

import re

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_create_page, by_link, by_number
from crawler.items import Document

_TOTAL = re.compile(r"共\s?(\d{1,5})\s?页")


def next_page(document: Document, links: Links) -> str | None:
    """A script call or a link; else list_N.shtml up to the number of pages the page states."""
    if address := by_create_page(document, links) or by_link(document, links):
        return address
    total = _TOTAL.search(document.html)
    return by_number(document, links, int(total[1]) if total else None)


FAMILY = Family(
    name="hexmonth",
    names=("tys-main-zt",),
    addresses=(r"/\d{6}/[0-9a-f]{32}\.s?html?", r"/xxgk_list\.shtml"),
    body=("#zoomcon", ".tys-main-zt-show", "#zoom", ".content-zw", ".conTxt"),
    title=(".tys-main-zt-t", ".title_cen", "h1", "h2"),
    date_line=(".tys-main-zt-info", ".sourceTime", ".xl_tit2"),
    rows=(".list-right_title", ".list_ul li", ".newsList li", "ul.list li"),
    row_date=("td:last-child", ".time", ".date", "span"),
    next_page=next_page,
)

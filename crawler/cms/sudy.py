"""苏迪 Sudy WebPlus, the system of many universities: /YYYY/MMDD/cNaN/page.htm; lists list.htm, list2.htm."""

from __future__ import annotations

import re

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_link, by_number
from crawler.items import Document

_PAGES = re.compile(r"class=[\"']all_pages[\"'][^>]{0,40}>\s*(\d{1,5})")
_LIST = re.compile(r"/list(\d*)\.(htm|psp)$")


def next_page(document: Document, links: Links) -> str | None:
    """A link; where it is a script, list.htm is followed by list2.htm up to the number of pages the pager states."""
    if address := by_link(document, links):
        return address
    here, total = _LIST.search(document.page.url), _PAGES.search(document.html)
    if not here or not total:
        return None
    number = int(here[1] or 1)
    return by_number(document, links, int(total[1]), f"list{number + 1}.{here[2]}") if number < int(total[1]) else None


FAMILY = Family(
    name="sudy",
    names=("wp_articlecontent", "wp_news_w", "wp_article_list"),
    marks=("/_css/_system/", "_visitcount?siteId="),
    addresses=(r"/\d{4}/\d{4}/c\d+a\d+/page\.(?:htm|psp)", r"/[0-9a-f]{2}/[0-9a-f]{2}/c\d+a\d+/page"),
    body=(".wp_articlecontent", ".entry .read"),
    title=(".arti_title", "h1.arti-title", "h1"),
    date_line=(".arti_metas", ".arti_update", ".arti-metas"),
    rows=("ul.wp_article_list li", "[id^=wp_news_w] li", "[id^=wp_news_w] tr", ".news_list li"),
    row_date=(".Article_PublishDate", ".news_meta", ".news_date", ".cols_meta", "span:last-child", "td:last-child"),
    next_page=next_page,
)

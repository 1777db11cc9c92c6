"""Lonsun "Ls" (龙讯), the system of Anhui's sites: /content/column/id?pageIndex=N, .j-fontContent.newscontnet."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_link, by_page_index
from crawler.items import Document


def next_page(document: Document, links: Links) -> str | None:
    """Ls.pagination with its pageCount, else a link."""
    return by_page_index(document, links) or by_link(document, links)


FAMILY = Family(
    name="lonsun",
    names=("j-fontContent", "newscontnet"),
    marks=("Ls.pagination", "StartLabelHtml_", "lonsun"),
    addresses=(r"/content/column/\d+", r"/content/article/\d+"),
    body=(".j-fontContent.newscontnet", ".newscontnet", ".j-fontContent", ".wzcon"),
    title=("h1.newstitle", ".newstitle", "h1.wztit"),
    date_line=(".newsinfo", ".wzbjxx"),
    rows=(".doc_list li", ".navjz li", "ul.clearfix.xxgk_nav_list", ".listnews li", ".newslist li"),
    row_date=(".date", "span.right", "span"),
    next_page=next_page,
)

"""Guangdong's common platform (数字政府): /content/post_id.html, without a day; lists index.html, index_2.html."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_link, by_set_page
from crawler.items import Document


def next_page(document: Document, links: Links) -> str | None:
    """A link, else the pager's script."""
    return by_link(document, links) or by_set_page(document, links)


FAMILY = Family(
    name="guangdong",
    names=("zoomcon", "content_attr"),
    marks=("/gkmlpt/",),
    addresses=(r"/post_\d+\.html", r"/gkmlpt/content/"),
    body=("#zoomcon", ".zw", ".article-content", "#content_body", ".content_article"),
    title=(".content_title", ".zw-title", "h1.title", "h3.zw-title", "h1"),
    date_line=(".content_attr", ".zw-info", ".content_date", ".date"),
    remove=(".share", ".video-box"),
    rows=(".list-item li", ".News_list li", "ul.list li", ".infoList li", ".list_conts li"),
    row_date=(".date", ".time", "span"),
    next_page=next_page,
)

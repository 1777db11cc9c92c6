"""开普 UCAP and the Chinese government portal: <ucapcontent>, /YYYYMMDD/<hex>.html; PubDate is often a rebuild."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_create_page, by_link
from crawler.items import Document


def next_page(document: Document, links: Links) -> str | None:
    """A script call where the page has one, else a link."""
    return by_create_page(document, links) or by_link(document, links)


FAMILY = Family(
    name="ucap",
    names=("cmsArticleContent", "articleattributepre", "UCAP-CONTENT", "UCAPCONTENT"),
    tags=("ucapcontent", "ucaptitle"),
    addresses=(
        r"/\d{6}/content_\d+\.htm",
        r"/\d{4}/\d{1,2}/\d{1,2}/[0-9a-f]{32}\.s?html",
        r"/\d{8}/[0-9a-f]{32}\.html",
    ),
    body=("#UCAP-CONTENT", "ucapcontent", "#cmsArticleContent", "#ivs_content", ".pages_content"),
    title=("ucaptitle", "#ivs_title", "#ti", "h1"),
    date_line=("#articleattributepre", "publishtime", ".pages-date", ".pages_print"),
    rows=(".news_box li", ".list_2 li", ".list li", "ul.uli14 li"),
    row_date=(".date", "span"),
    meta_dates=("firstpublishedtime",),
    next_page=next_page,
)

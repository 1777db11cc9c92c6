"""TRS WCM (拓尔思), the system of most government sites: /YYYYMM/tYYYYMMDD_id.html, lists index.html, index_1.html."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.links import Links
from crawler.cms.paging import by_create_page, by_link, by_set_page
from crawler.items import Document


def next_page(document: Document, links: Links) -> str | None:
    """createPageHTML, else the pager of the Shanghai sites, else a link."""
    return by_create_page(document, links) or by_set_page(document, links) or by_link(document, links)


FAMILY = Family(
    name="trs",
    names=("TRS_Editor", "trs_editor_view", "TRS_UEDITOR", "CurrChnlCls", "trs_paper_default"),
    marks=("OLDSRC=", "createPageHTML"),
    addresses=(r"/\d{6}/t\d{8}_\d+\.s?html?", r"/t\d{6,10}\.s?html?$"),
    body=(".trs_editor_view", ".TRS_UEDITOR", ".TRS_Editor", ".Custom_UnionStyle"),
    title=(".article-title", ".title h1", "h1"),
    date_line=(".article-info", ".info", ".people-desc", ".xxgk-info"),
    rows=(".list li", "ul.gl_list li", ".more-list li", ".news_list li", "ul.list-b li"),
    row_date=("span", ".date", "em", "i"),
    next_page=next_page,
)

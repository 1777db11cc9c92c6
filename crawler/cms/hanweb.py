"""大汉 Hanweb JCMS and jpaas: /art/YYYY/M/D/art_col_id.html; the rows of a list stand as CDATA in a script."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler import dom
from crawler.cms.base import Family
from crawler.cms.links import Links, query_with
from crawler.cms.paging import by_link, by_page_num
from crawler.items import Document

_NEXT_GROUP = re.compile(r"<nextgroup>\s*<!\[CDATA\[\s*<a\s+href=[\"']([^\"']{1,1000})[\"']", re.DOTALL)
_PAGES = re.compile(r"<totalpage>\s*(\d{1,5})\s*</totalpage>|default_pgTotalPage[\"'][^>]{0,80}>\s*(\d{1,5})")
_UNIT = re.compile(r"(?:unitid|uid)[\"'\s:=]{1,5}(\d{1,9})")
_MAX_RECORDS = 500


def rows(document: Document) -> list[HtmlElement]:
    """The rows inside <record><![CDATA[…]]></record>, each parsed as a piece of HTML."""
    found = []
    for piece in document.html.split("<record>", _MAX_RECORDS)[1:]:
        start, end = piece.find("<![CDATA["), piece.find("]]>")
        if 0 <= start < end:
            body = dom.parse(f"<div>{piece[start + len('<![CDATA[') : end]}</div>").find("body")
            if body is not None:
                found.append(body)
    return found


def next_page(document: Document, links: Links) -> str | None:
    """The next group where the page names one, else ?uid=&pageNum= up to the number of pages it states, else a link."""
    if group := _NEXT_GROUP.search(document.html):
        return links.address(group[1].replace("&amp;", "&"))
    total = _PAGES.search(document.html)
    if not total:
        return by_link(document, links)
    address = by_page_num(document, links, int(total[1] or total[2]))
    unit = _UNIT.search(document.html)
    return query_with(address, "uid", unit[1]) if address and unit and "uid=" not in address else address


FAMILY = Family(
    name="hanweb",
    names=("default_pgContainer",),
    marks=("ZJEG_RSS.content.begin", "jpaas", "<datastore>", "/module/web/jpage", "hanweb.com"),
    addresses=(r"/art/\d{4}/(?:\d{1,2}/\d{1,2}/)?art_\w+\.html", r"/col/col\d+/"),
    body=("#zoom", ".wzzw-article", "#ivs_content", ".art_con", ".bt_content"),
    title=(".title", "h1", ".sp_title", "#title"),
    date_line=(".sp_time", ".explain", ".article_info", ".pages-date"),
    rows=(".default_pgContainer li", ".default_pgContainer tr", ".page-content li", "#pageContent li"),
    row_date=("span", "td:last-child", "b"),
    next_page=next_page,
    extra_rows=rows,
)

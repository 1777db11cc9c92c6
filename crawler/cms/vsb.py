"""博达 VSB, the system of many schools: /info/col/id.htm; lists count down (page 2 of 231 is 230.htm)."""

from __future__ import annotations

from crawler.cms.base import Family, select
from crawler.cms.links import Links
from crawler.cms.paging import by_link
from crawler.items import Document

_NEXT = ("span.p_next a", ".p_next a", "a.Next")


def next_page(document: Document, links: Links) -> str | None:
    """The pager's own link: numbers shift whenever a page fills up, so none is worked out here."""
    for element in select(document.tree, _NEXT):
        if address := links.address(element.get("href")):
            return address
    return by_link(document, links)


FAMILY = Family(
    name="vsb",
    names=("v_news_content", "vsb_content", "line_u"),
    marks=("_vsl/", "/system/resource/js", "_newscontent_fromname"),
    addresses=(r"/info/\d+/\d+\.htm", r"content\.jsp\?.*wbnewsid="),
    body=(".v_news_content", "[id^=vsb_content]"),
    title=(
        ".show_title",
        ".arti-title",
        "form[name=_newscontent_fromname] h1",
        "form[name=_newscontent_fromname] h2",
        "h1",
    ),
    date_line=(".show_info", ".arti-metas", ".content-info"),
    remove=("#div_vote_id", ".vsbcontent_video"),
    rows=("li[id^=line_u]", "tr[id^=line_u]", "div[id^=line_u]"),
    row_date=(".date", ".time", ".sj", "span", "i", "td:last-child"),
    next_page=next_page,
)

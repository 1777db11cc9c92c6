"""Epoint (新点): /content/YYYY/id.html, /channel/N/, .ewb-article."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.paging import by_link

FAMILY = Family(
    name="epoint",
    names=("ewb-article", "ewb-list"),
    marks=("epoint", "InfoDetail/?InfoID="),
    addresses=(r"/content/\d{4}/\d+\.html", r"/channel/\d+/"),
    body=(".ewb-article-content", ".ewb-info-con", ".ewb-article", "#mainContent", ".infodetail"),
    title=(".ewb-article-tt", ".ewb-info-title", "h1", "h3"),
    date_line=(".ewb-article-sources", ".ewb-info-intro", ".info-sources"),
    rows=(".ewb-list-node", ".ewb-list li", ".wb-data-item li", ".ewb-data-item li"),
    row_date=(".ewb-list-date", ".wb-data-date", "span"),
    next_page=by_link,
)

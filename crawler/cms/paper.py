"""Digital newspapers (数字报): /html/YYYY-MM/DD/node_N.htm lists the stories content_N.htm of one page of print."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.paging import by_link

FAMILY = Family(
    name="paper",
    names=("ozoom",),
    tags=("founder-content", "founder-title"),
    addresses=(r"/\d{4}-\d{2}/\d{2}/(?:node|content)_[\w.]+?\.html?",),
    body=("founder-content", "#ozoom", "#articleContent"),
    title=("founder-title", ".bmnr_con_biaoti", ".article-title", "h1", "h2"),
    date_line=(".bmnr_con_yinti", ".article-author"),
    remove=("founder-title",),
    rows=("#titleList li", "ul.text_list li", ".news-list li", "#main-ed-articlenav-list tr", "td.default"),
    row_date=(".date",),
    next_page=by_link,
)

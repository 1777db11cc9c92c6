"""Systems that name columns by uuid (河北省, 石家庄): /columns/<uuid>/YYYYMM/DD/<uuid>.html."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.paging import by_link

FAMILY = Family(
    name="columns",
    addresses=(r"/columns/[0-9a-f]{8}-[0-9a-f-]{27}/",),
    body=("#zoom", ".article-content", ".wz_content", ".xl_content", "#conN"),
    title=(".xl_title", ".article-title", "h1", "h2"),
    date_line=(".xl_laiy", ".article-info", ".xxly"),
    rows=(".list li", ".newslist li", ".con_list li"),
    row_date=("span", ".date"),
    next_page=by_link,
)

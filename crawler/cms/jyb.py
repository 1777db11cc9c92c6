"""中国教育新闻网 jyb.cn: div.xl_title, .xl_text, .xl_time; old pages GBK without saying so."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.paging import by_link

FAMILY = Family(
    name="jyb",
    names=("xl_text",),
    addresses=(r"^https?://[\w.-]*\bjyb\.cn/",),
    body=(".xl_text", "#body", ".content .TRS_Editor"),
    title=(".xl_title h1", ".xl_title", "h1"),
    date_line=(".xl_title h2", ".xl_time", ".source"),
    rows=(".textArea li", ".listBox li", "ul.list li"),
    row_date=("span", ".time"),
    next_page=by_link,
)

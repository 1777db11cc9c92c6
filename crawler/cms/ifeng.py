"""ifeng.com and portals built like it: .main_content or #artical_real, .time01, #main_content."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.paging import by_link

FAMILY = Family(
    name="ifeng",
    names=("artical_real", "artical_topic", "p_mainTitle"),
    addresses=(r"^https?://[\w.-]+\.ifeng\.com/",),
    body=(
        "#artical_real",
        "#main_content",
        "div[class^=main_content]",
        "div[class*=index_main_content]",
        ".article_content",
    ),
    title=("#artical_topic", "h1[class*=topic]", "h1[class*=title]", "h1"),
    date_line=("#artical_sth", ".p_time", "div[class*=index_timeBref]", "div[class*=timeBref]"),
    remove=(".ifengLogo", "#artical_sth2", ".relateNews"),
    rows=("[class*=news-stream] li", ".col_L li", ".juti_list", ".box_list", ".newsList li"),
    row_date=("time", ".txt_time", "span", "h4"),
    next_page=by_link,
)

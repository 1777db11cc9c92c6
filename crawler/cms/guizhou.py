"""Guizhou's TRS templates: .NewsList li, div.Article_xx, .Article_zw."""

from __future__ import annotations

from crawler.cms import trs
from crawler.cms.base import Family

FAMILY = Family(
    name="guizhou",
    names=("Article_xx", "Article_zw", "Article_bt"),
    body=(".Article_zw .trs_editor_view", ".Article_zw", ".detail-cont", "#Zoom"),
    title=(".Article_bt", ".Article_xx h1", "h1"),
    date_line=(".Article_ly", ".Article_xx .ly"),
    rows=(".NewsList li:not(.b)",),
    row_date=("span",),
    next_page=trs.next_page,
)

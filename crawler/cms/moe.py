"""The Ministry of Education's own TRS templates (教育部): .moe-detail-box, lists #list li, attachments inside."""

from __future__ import annotations

from crawler.cms import trs
from crawler.cms.base import Family

FAMILY = Family(
    name="moe",
    names=("moe-detail-box", "moe-detail-shuxing", "moe-list"),
    addresses=(r"^https?://www\.moe\.gov\.cn/",),
    body=(".moe-detail-box .TRS_Editor", "#downloadContent .TRS_Editor", ".moe-detail-box", "#downloadContent"),
    title=(".moe-detail-box h1", "#moe-detail-page-set h1", "h1"),
    date_line=(".moe-detail-shuxing",),
    remove=("#moe-detail-page-set", "#moeCode", ".moe-detail-shuxing", "h1"),
    rows=("#list li", ".moe-list li", "ul#list li"),
    row_date=("span",),
    meta_dates=("publishdate",),
    next_page=trs.next_page,
)

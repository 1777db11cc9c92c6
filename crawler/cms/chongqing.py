"""The platform of Chongqing's government sites (TRS): source and attachments are written by inline script."""

from __future__ import annotations

from crawler.cms import trs
from crawler.cms.base import Family

FAMILY = Family(
    name="chongqing",
    names=("zwxl-article", "zwxl-bar", "gkxl-article"),
    addresses=(r"^https?://[\w.-]*\bcq\.gov\.cn/.*_(?:206|209|210|229|251)/",),
    body=(".view.TRS_UEDITOR", ".trs_editor_view", ".zwxl-article", ".document", ".gkxl-article"),
    title=(".zwxl-bar .title", "p.tit", "h1"),
    date_line=(".zwxl-bar", ".fl.gw", ".mark"),
    remove=(".qrcode",),
    rows=(".rsj-list1 li", "ul.tab-item li", ".list-item li", ".right-list li"),
    row_date=("span",),
    next_page=trs.next_page,
)

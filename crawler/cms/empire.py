"""Small systems of county media and schools (帝国, DedeCMS, PHPCMS): /plus/list.php, /e/…, /index.php?m=content."""

from __future__ import annotations

from crawler.cms.base import Family
from crawler.cms.paging import by_link

FAMILY = Family(
    name="empire",
    marks=(
        "/plus/count.php",
        "/plus/list.php",
        "/e/public/ViewClick",
        "index.php?m=content",
        "/e/action/ListInfo",
        "dedecms",
    ),
    addresses=(r"/plus/(?:view|list)\.php", r"/index\.php\?m=content", r"/e/action/"),
    body=("#text", ".article-body", ".newstext", "#fontzoom", ".content"),
    title=("h1", ".title h2", "h2"),
    date_line=(".info", ".titbar", ".infos", ".date"),
    rows=(".newslist li", ".listbox li", ".e2 li", "ul.list li"),
    row_date=(".date", "span", "em"),
    next_page=by_link,
)

"""Finds gambling brands that stand where the name of a school or an office stood: 某某体育官网召开党委会."""

from __future__ import annotations

import re

from crawler.despam.grow import Planted, is_prose, line_at
from crawler.despam.points import Evidence

SCORE = 6.0
# What makes a brand the name of a website; without it the brand may be a company that holds a meeting of its own.
_WEBSITE = re.compile(
    r"(?:官网|官方网站|官方|网站|入口|登录|首页|平台|app|下载|注册|网址|集团|\((?:中国|china)\)|(?:股份)?有限公司"
    r"|[a-z]{2,8}\d{2,6}(?:cc|com|net)?){1,4}"
)
_BODY = re.compile(
    r"(?:召开|举行|举办|开展|组织|隆重|顺利|圆满|成功举|党委|党总支|党支部|党组|工会|团委|纪委|领导|师生|全体|教职工|学子|代表队|赴|校长"
    r"|书记|院长|校友|毕业生|\d{4}(?:年|届|级))"
)


def swapped_names(evidence: Evidence) -> list[Planted]:
    """Brands with the ending of a website, before a word that only schools and offices are followed by."""
    found = []
    prose: dict[int, bool] = {}
    for hit in evidence.hits:
        if hit.weight < 3 or hit.kind != "gambling":
            continue
        website = _WEBSITE.match(evidence.folded, hit.end)
        end = website.end() if website else hit.end
        named = website is not None or evidence.folded[hit.start : hit.end].endswith(("官网", "app", "首页"))
        if not named or not _BODY.match(evidence.folded, end):
            continue
        number = line_at(evidence.page, hit.start)
        line = evidence.page.lines[number]
        if number not in prose:
            prose[number] = is_prose(evidence.folded[line.start : line.end])
        if prose[number]:
            found.append(Planted(start=hit.start, end=end, marks=("swapped name",), score=SCORE, hidden=line.hidden))
    return found

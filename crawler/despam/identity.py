"""Reads what a page says of its owner: 网站标识码, ICP number, 公安备案, owner line, the hosts it names.

The text is read folded (Simplified, half-width, lower case), so either script will do; pinyin notes that were left in
it are passed over. Rules and defects: docs/fields.md; the code is six digits of GB/T 2260 and four of a serial number,
or `bm` and eight digits for a ministry (国办发〔2017〕47号).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from crawler.despam.hosts import host_of

PROVINCES = {
    "京": "11", "津": "12", "冀": "13", "晋": "14", "蒙": "15", "内蒙古": "15", "辽": "21", "吉": "22", "黑": "23",
    "沪": "31", "苏": "32", "浙": "33", "皖": "34", "闽": "35", "赣": "36", "鲁": "37", "豫": "41", "鄂": "42",
    "湘": "43", "粤": "44", "桂": "45", "琼": "46", "渝": "50", "川": "51", "蜀": "51", "贵": "52", "黔": "52",
    "云": "53", "滇": "53", "藏": "54", "陕": "61", "秦": "61", "甘": "62", "陇": "62", "青": "63", "宁": "64",
    "新": "65",
}  # fmt: skip
_CODES = frozenset(PROVINCES.values())
_MARKS = re.compile(r"标识码|备案|icp|安备|主\s?办|版权|copyright|©|recordcode")
_NOTE = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,7}\s?\)")
_SITE_CODE = re.compile(r"标识码\W{0,6}(bm\d{8}|\d{12}|\d{10})(?!\d)")
_META_CODE = re.compile(r"(?<![\da-z])(bm\d{8}|\d{12}|\d{10})(?!\d)")
_ICP = re.compile(
    r"(内蒙古|[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕秦甘陇青宁新])\s?icp\s?(备|证)案?\s?(?:序号|号)?[:\s]{0,2}(\d{6,10})\s?号?(?:\s?-\s?(\d{1,3}))?"
)
_POLICE = re.compile(r"公?(?:网|网络)?安备案?号?\s?[:]?\s?(\d{14})(?!\d)")
_RECORD = re.compile(r"recordcode=(\d{14})(?!\d)")
_OWNER_AFTER = re.compile(
    r"(?:主\s?办|版权所有|主管|copyright|©)(?:单位)?\s?[:©]?\s?(?:\d{4}(?:-\d{4})?)?\s?([\u4e00-\u9fff]{4,30})"
)
_OWNER_BEFORE = re.compile(r"([\u4e00-\u9fff]{4,30})\s?(?:主办|版权所有)")
_COPYRIGHT_HOST = re.compile(
    r"(?:copyright|©|\(c\)|版权所有)[^a-z\n]{0,30}(?:all rights reserved\.?\s?)?(?:https?://)?((?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,6})"
)
_AUTHORITY = re.compile(
    r"人民政府|政府办|委员会|教育[局厅委部]|[市县区省旗州][\u4e00-\u9fff]{1,10}[局厅]|[局厅]$|市委|县委|区委|省委"
)
_WINDOW = 160


@frozen(kw_only=True)
class Identity:
    """Who a page says it belongs to. Nothing here proves anything off the owner's own host."""

    site_code: str | None = None
    icp: str | None = None  # 湘ICP备05009375号, with -N where it is printed
    police_record: str | None = None
    owners: tuple[str, ...] = ()  # names in the owner line, Simplified
    named_hosts: tuple[str, ...] = ()  # hosts in the copyright line
    meta_url: str | None = None  # the address that the meta tags give
    meta_host: str | None = None  # the host that they give

    @property
    def public_owner(self) -> bool:
        """True where the owner line names an authority; schools also have hosts of their own choice."""
        return any(_AUTHORITY.search(owner) for owner in self.owners)

    @property
    def mainland(self) -> bool:
        """True where the page carries any number that a mainland authority gave."""
        return bool(self.site_code or self.icp or self.police_record)

    @property
    def icp_province(self) -> str | None:
        """The two-digit province of the ICP number."""
        return PROVINCES[self.icp.split("ICP")[0]] if self.icp else None

    @property
    def provinces(self) -> frozenset[str]:
        """The two-digit provinces of the ICP number and of the police record."""
        found = {self.icp_province} if self.icp_province else set()
        if self.police_record and self.police_record[:2] in _CODES:
            found.add(self.police_record[:2])
        return frozenset(found)


def read_identity(folded: str, meta: Mapping[str, str], html: str) -> Identity:
    """Identity of a page from its folded text, its meta tags (names in lower case) and its markup."""
    footer = _windows(_NOTE.sub("", folded) if "(" in folded else folded)
    record = _POLICE.search(footer) or _RECORD.search(html)
    owners = [match[1] for pattern in (_OWNER_AFTER, _OWNER_BEFORE) for match in pattern.finditer(footer)]
    domain = meta.get("sitedomain", "").split(",")[0].strip()
    meta_url = meta.get("url") or meta.get("og:url") or None
    return Identity(
        site_code=_site_code(meta.get("siteidcode", ""), _META_CODE) or _site_code(footer, _SITE_CODE),
        icp=_icp(footer),
        police_record=record[1] if record else None,
        owners=tuple(dict.fromkeys(owner.removeprefix("所有").removeprefix("单位") for owner in owners)),
        named_hosts=tuple(dict.fromkeys(match[1].removeprefix("www.") for match in _COPYRIGHT_HOST.finditer(footer))),
        meta_url=meta_url,
        meta_host=host_of(domain if "//" in domain else f"//{domain}") or host_of(meta_url or "") or None,
    )


def _windows(folded: str) -> str:
    """The surroundings of the words that identity lines are made with, the last ones on the page."""
    places = [match.start() for match in _MARKS.finditer(folded)][-24:]
    parts: list[str] = []
    done = 0
    for place in places:
        start = max(place - 40, done)
        done = max(place + _WINDOW, done)
        parts.append(folded[start:done])
    return "".join(parts)


def _site_code(text: str, pattern: re.Pattern[str]) -> str | None:
    """The first code that can be one; twelve digits with two noughts in the middle are a known misprint."""
    for match in pattern.finditer(text.lower()):
        code = match[1]
        if len(code) == 12:
            code = code[:6] + code[8:] if code[6:8] == "00" else ""
        if code.startswith("bm") or code[:2] in _CODES:
            return code
    return None


def _icp(text: str) -> str | None:
    match = _ICP.search(text)
    if match is None:
        return None
    tail = f"-{match[4]}" if match[4] else ""
    return f"{match[1]}ICP{match[2]}{match[3]}号{tail}"

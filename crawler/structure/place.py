"""Decides of which division's conference a report tells, and of which level of government.

全市 and 全区 mean nothing by themselves: they are read by whose page it is, by the places the lead names, and by who
speaks (自治区党委 or 区委). Order of evidence: the place in the conference's name; the places in its sentence and in
the title; the site's own region; the region the page claims; the outlet's name; the venue; the places in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import urlsplit

from attrs import frozen

from crawler import regions
from crawler.catalog import Catalog, Site
from crawler.items import Article, Level
from crawler.regions import Region
from crawler.structure.meeting import Meeting
from crawler.structure.words import not_outlets

LEAD = 600
_MUNICIPALITIES = ("110000", "120000", "310000", "500000")
_SELF_RULED = ("150000", "450000", "540000", "640000", "650000")
_SCOPES: dict[str, Level] = {
    "全国": "national",
    "全省": "province",
    "全自治区": "province",
    "全兵团": "province",
    "全市": "city",
    "全州": "city",
    "全盟": "city",
    "全地区": "city",
    "全师": "city",
    "全县": "county",
    "全旗": "county",
    "全区": "county",
    "全镇": "county",
    "全乡": "county",
    "全街道": "county",
    "全校": "school",
    "全院": "school",
}
_PROVINCE_SPEAKS = re.compile("自治区(?:党委|人民政府|政府|主席|副主席|教育|高校|领导|人大|政协)")
_DISTRICT_SPEAKS = re.compile("(?<![治新地市])区(?:委|政府|长|人大|政协|教育局|教委|教体局|教育体育局|领导)")
_SPEAKER_LEVELS: tuple[tuple[re.Pattern[str], Level], ...] = (
    (re.compile("教育部(?:党组|部长|召开)"), "national"),
    (re.compile("省委|省长|省教育厅|自治区党委|自治区教育厅|兵团党委"), "province"),
    (re.compile("州委|州长|盟委|盟长|地委|(?<![县区])市委|(?<!县级)市长|市教育局|市教委|市教体局"), "city"),
    (re.compile("县委|县长|县教育|县教体|旗委|旗长|(?<![治地])区委|(?<![治地])区长|区教"), "county"),
)
_SCHOOL_HOLDS = re.compile("(?:学校|[我本][校院]|大学|学院|中学|小学)(?:党委)?(?:隆重|顺利|组织)?(?:召开|举行)")
_COUNTY_HOLDS = re.compile("(?:县|旗|(?<![治地新市])区)(?:隆重|顺利|组织)?(?:召开|举行)")
# 本报讯(记者…), 中新网广州2月24日电 (记者…), 今日永州讯: what stands before a report begins
_DATELINE = re.compile(
    "^.{0,60}?(?:(?:[日报网台站社]|新闻)(?:电|讯|消息)|(?:电|讯|消息)(?=\\s*[(（\\d]))\\s*(?:[(（][^()（）\n]{0,60}[)）])?"
    "|^[^\n]{0,20}?[(（][^()（）\n]{0,10}(?:记者|通讯员)[^()（）\n]{0,50}[)）]"
)
_OUTLET_HEAD = re.compile("^(?:今日|美丽|文明|平安|魅力|中国)")


@frozen(kw_only=True)
class Place:
    """The level, and the division where it is known."""

    level: Level
    region: Region | None


def find_place(article: Article, catalog: Catalog, meeting: Meeting, venue: str | None, *, in_title: bool) -> Place:
    """Of which division's conference the article tells.

    in_title: the meeting was read from the title, as the lead does not name it.
    """
    site = _site(article, catalog)
    owners = list(_owners(article, site))
    base = owners[0] if owners else None
    around = base or next(_outlets(article), None)
    near = list(_near(article, meeting, around, in_title=in_title))
    before = article.title_hans if in_title else article.text_hans[meeting.sentence[0] : meeting.end]
    level = _level(article, meeting, site, near, base or around)
    if level == "national":
        return Place(level=level, region=regions.get("000000"))
    if not near and any(
        mention.region is None for mention in regions.mentions(before, around.code if around else None)
    ):
        return Place(level=level, region=None)
    named = [meeting.place] if meeting.place else []
    for hint in chain(named, near, owners, _outlets(article), _far(article, venue)):
        if region := _at_level(hint, level, meeting.scope):
            known = regions.current(region.code) or region
            return Place(level=known.level if level != "school" else level, region=known)
    if level == "school" and base is not None:
        return Place(level=level, region=base)
    return Place(level=level, region=None)


def _site(article: Article, catalog: Catalog) -> Site | None:
    """Whose page it is: the site it was fetched for, else its host's; a mirror's host counts for nothing."""
    page, provenance = article.document.page, article.document.provenance
    if page.site_id and page.site_id in catalog.by_id:
        return catalog.by_id[page.site_id]
    if provenance and provenance.verdict == "mirror":
        return catalog.owner_of_code(provenance.site_code) if provenance.site_code else None
    return catalog.owner_of_host(urlsplit(page.url).hostname or "")


def _owners(article: Article, site: Site | None) -> Iterator[Region]:
    provenance = article.document.provenance
    for code in (site.region if site else None, provenance.owner_region if provenance else None):
        region = regions.get(code) if code else None
        if region is not None and region.level != "national":
            yield region


def _near(article: Article, meeting: Meeting, around: Region | None, *, in_title: bool) -> Iterator[Region]:
    """Places named in the conference's sentence up to its name, and in the title; the dateline's town does not count.

    around: the division that decides which of several places of one name is meant (鼓楼区).
    """
    if not in_title:
        sentence = article.text_hans[meeting.sentence[0] : meeting.end]
        dateline = _DATELINE.match(sentence)
        yield from _named(sentence[dateline.end() if dateline else 0 :], around)
    yield from _named(article.title_hans[:LEAD], around)


def _outlets(article: Article) -> Iterator[Region]:
    """涪陵 of 涪陵区融媒体中心, 永州 of 今日永州, and the town of a dateline; short names of counties count here."""
    dateline = _DATELINE.match(article.text_hans[:80])
    for name in (article.source, article.publisher, dateline[0] if dateline else ""):
        yield from _named(name)
        bare = _OUTLET_HEAD.sub("", name)
        words = [bare[:length] for length in (4, 3, 2) if len(bare) > length and bare[:length] not in not_outlets()]
        yield from [region for word in words if (region := regions.find(word))][:1]


def _far(article: Article, venue: str | None) -> Iterator[Region]:
    yield from _named(venue or "")
    yield from _named(article.text_hans[:LEAD])
    for start in range(LEAD, min(len(article.text_hans), 6 * LEAD), LEAD):
        yield from _named(article.text_hans[start : start + LEAD])


def _named(text: str, around: Region | None = None) -> Iterator[Region]:
    """The places a text names; of 南京市鼓楼区 only the district."""
    found = regions.mentions(text, around.code if around else None)
    for number, mention in enumerate(found):
        region = mention.region
        if region is None or region.level == "national":
            continue
        following = found[number + 1] if number + 1 < len(found) else None
        inner = following.region if following and following.start == mention.end else None
        if inner is None or not regions.within(inner.code, region.code):
            yield region


def _level(article: Article, meeting: Meeting, site: Site | None, near: list[Region], base: Region | None) -> Level:
    """The level, by the scope word, else by the place in the name, who speaks, or whose page it is."""
    lead = article.text_hans[:LEAD]
    if meeting.scope == "全区":
        return _level_of_qu(lead, near, base)
    if level := _SCOPES.get(meeting.scope):
        return level
    if meeting.place is not None:
        return meeting.place.level
    before = article.text_hans[meeting.sentence[0] : meeting.start] or article.title_hans
    if _SCHOOL_HOLDS.search(before):
        return "school"
    for region in near:
        if region.name in before or region.short in before:
            return region.level
    if _COUNTY_HOLDS.search(before):
        return "county"
    for text in (before, lead):
        for pattern, level in _SPEAKER_LEVELS:
            if pattern.search(text):
                return level
    if site is not None and site.meeting_level is not None:
        return site.meeting_level
    return base.level if base is not None else "city"


def _level_of_qu(lead: str, near: list[Region], base: Region | None) -> Level:
    """全区 is an autonomous region or a district: by the places named, then by who speaks, then by the page."""
    for region in near:
        if region.code in _SELF_RULED:
            return "province"
        if region.level == "county" and region.name.endswith("区"):
            return "county"
    province, district = bool(_PROVINCE_SPEAKS.search(lead)), bool(_DISTRICT_SPEAKS.search(lead))
    if province != district:
        return "province" if province else "county"
    if base is not None and base.level == "county" and base.name.endswith("区"):
        return "county"
    codes = [base.code] if base is not None else [region.code for region in _named(lead)]
    return "province" if any(f"{code[:2]}0000" in _SELF_RULED for code in codes) else "county"


def _at_level(hint: Region, level: Level, scope: str) -> Region | None:
    """The division of that level which a hint points to: itself, or one around it.

    全市 is also a city that is a county by rank (太仓市), and a municipality (重庆市), which is a province by rank.
    """
    around = regions.chain(hint.code)
    if level == "city":
        if hint.level == "county" and hint.name.endswith("市") and scope in ("全市", ""):
            return hint
        for region in around:
            if region.level == "city" or region.code in _MUNICIPALITIES:
                return region
        return None
    if level == "school":
        return hint
    return next((region for region in around if region.level == level), None)

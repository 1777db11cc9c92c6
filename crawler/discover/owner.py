"""Works out whose website it is: name, kind, level and region, from what its pages say and the host they stand on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from attrs import frozen
from pypinyin import lazy_pinyin

from crawler import dom, regions
from crawler.catalog import SiteKind
from crawler.despam.identity import Identity, read_identity
from crawler.discover.columns import column_name, own_host
from crawler.hans import to_hans
from crawler.items import Document
from crawler.regions import Region

NATIONAL = "000000"
_MEDIA = re.compile(r"新闻网|[日晚时早]报|报社|教育报|电视台|传媒|导航|在线|凤凰网|人民网|新华网|光明网|新闻中心$|融媒")
_EDUCATION = re.compile(r"教育(?:局|厅|部|委|工委|体育|和体育|科技|科学技术|工作委员会)|教委|教体局|教科局|教科体")
_SCHOOL = re.compile(r"大学|学院|中学|小学|学校|幼儿园|[一二三四五六七八九十]中$|中心校")
_PORTAL = re.compile(r"政府|政务|管委会|管理委员会")
_ORGAN = re.compile(r"(?:[局厅委部院校处网报社台]|政府|委员会|大学|中学|小学|幼儿园|中心)$")
_TAIL = re.compile(
    r"(?:(?<!人民)政府)?(?:门户|官方|主)?(?:网站|官网|网页|主页|首页|主站)$|(?<=[局厅委府])(?:门户|公众|信息)?网$|平台$"
)
_WELCOME = re.compile(r"^(?:欢迎(?:访问|光临|您|来到|进入)*|首页|网站首页)")
_SPLIT = re.compile(r"[-_|—–·,，:：\s]+")
_STATE = re.compile(r"^(?:中华人民共和国|国家|中共中央|国务院)")
_ADDRESS = re.compile(r"地址[:\s]{0,3}([^\n]{4,60})")
_OFFICES = (("厅", "jyt"), ("委", "jyw"), ("委员会", "jyw"), ("体育局", "jtj"), ("体局", "jtj"), ("局", "jyj"))
_SUFFIXES = frozenset(["gov", "edu", "com", "net", "org", "ac", "cn", "example"])
_MAX_NAME = 30
_MAX_TEXT = 200_000
_MAX_NEAR = 6


@frozen(kw_only=True)
class Owner:
    """Whose site it is; None where the pages do not tell."""

    name: str
    kind: SiteKind | None
    region: Region | None  # None also for the whole country
    national: bool
    site_code: str | None
    icp: str | None
    agreed: bool  # name, 网站标识码 and ICP number speak of one place
    near: tuple[Region, ...] = ()  # what the region may be, where it is not known

    @property
    def region_code(self) -> str | None:
        """Six digits of GB/T 2260."""
        return NATIONAL if self.national else self.region.code if self.region else None

    @property
    def level(self) -> str | None:
        """As the catalogue writes it."""
        if self.kind in ("school", "media"):
            return self.kind
        return "national" if self.national else self.region.level if self.region else None


def owner_of(
    fronts: Sequence[Document], articles: Sequence[Document] = (), *, name: str = "", kind: SiteKind | None = None
) -> Owner:
    """The owner of a site, from its lists and its homepage and from articles of it.

    ``name`` and ``kind`` are what a person says, and stand.
    """
    documents = [*fronts, *articles]
    identities = [_identity(document) for document in documents]
    name = name or _name(fronts, articles, identities)
    host = own_host(documents[0].page.url)
    code = next((one.site_code for one in identities if one.site_code), None)
    provinces = frozenset(province for one in identities for province in one.provinces)
    kind = kind or kind_of(name, host)
    national = (
        bool(code and code.startswith("bm")) or bool(_STATE.match(name)) or (kind == "education" and name == "教育部")
    )
    by_code = regions.current(code[:6]) if code and not national else None
    inside = by_code.code[:2] + "0000" if by_code else f"{next(iter(provinces))}0000" if len(provinces) == 1 else None
    by_name = None if national else _named_in(name, inside)
    region = _decided(by_name, by_code, provinces)
    if region is None and not national and kind == "school":
        region = _by_address(documents, inside)
    if region is None and kind == "media" and by_name is None:
        national = True
    known = {one.code[:2] for one in (by_name, by_code) if one} | provinces
    return Owner(
        name=name,
        kind=kind,
        region=region,
        national=national,
        site_code=code,
        icp=next((one.icp for one in identities if one.icp), None),
        agreed=national or (region is not None and len(known) == 1),
        near=() if region or national else _near(host, by_name, by_code, provinces),
    )


def kind_of(name: str, host: str) -> SiteKind | None:
    """What kind of site an owner of this name has on this host; None where neither tells."""
    if _MEDIA.search(name):
        return "media"
    if _EDUCATION.search(name):
        return "education"
    if _SCHOOL.search(name) or host.endswith(".edu.cn"):
        return "school"
    if _PORTAL.search(name) or host.endswith(".gov.cn"):
        return "portal"
    return None


def site_id(owner: Owner, host: str, prefix: str) -> str:
    """A short name in the catalogue's manner: province, place, office. Not yet unique."""
    labels = host.removeprefix("www.").split(".")
    while len(labels) > 1 and labels[-1] in _SUFFIXES:
        labels.pop()
    if owner.kind in ("school", "media"):
        parts = [prefix, *reversed(labels)]
    else:
        place = pinyin(owner.region.short) if owner.region and owner.region.level != "province" else ""
        parts = [prefix, place, _office(owner, labels)]
    text = "-".join(part for part in parts if part).lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:56]


def pinyin(name: str) -> str:
    """liuzhou for 柳州."""
    return "".join(lazy_pinyin(name)).replace("ü", "v")


def _office(owner: Owner, labels: Sequence[str]) -> str:
    if len(labels) > 1 or owner.kind not in ("education", "portal"):
        return labels[0]
    if owner.kind == "portal":
        return "portal"
    return next((office for ending, office in _OFFICES if owner.name.endswith(ending)), "edu")


def _identity(document: Document) -> Identity:
    text = to_hans(dom.text_of(document.tree)[-_MAX_TEXT:])
    return read_identity(unicodedata.normalize("NFKC", text).lower(), dom.meta(document.tree), document.html)


def _name(fronts: Sequence[Document], articles: Sequence[Document], identities: Iterable[Identity]) -> str:
    """Of the names in the metadata, the titles and the owner lines the one that says most: an organ, its kind, a place.

    A piece of a list's title that articles' titles have too is the site's name, and stands before equals.
    """
    metas = [dom.meta(document.tree) for document in (*fronts, *articles)]
    columns = {_plain(meta.get("columnname", "")) for meta in metas} | {column_name(document) for document in fronts}
    titles = [piece for document in fronts for piece in reversed(_SPLIT.split(_title(document)))]
    everywhere = " ".join(map(_title, articles))
    titles.sort(key=lambda piece: piece not in everywhere)
    said = [
        *(meta.get("sitename", "") for meta in metas),
        *titles,
        *(owner for one in identities for owner in one.owners),
    ]
    names = [name for name in map(_plain, said) if 2 <= len(name) <= _MAX_NAME and name not in columns]
    return max(names, key=_says, default="")


def _title(document: Document) -> str:
    return next((dom.text_of(element) for element in document.tree.iter("title")), "")


def _says(name: str) -> int:
    return bool(_ORGAN.search(name)) + bool(kind_of(name, "")) + bool(regions.mentions(name))


def _plain(name: str) -> str:
    """Without what says that it is a website."""
    text = "".join(char for char in to_hans(name) if char.isprintable()).strip()
    text = _WELCOME.sub("", text)
    return _TAIL.sub("", text).removesuffix("办公室").removesuffix("办公厅").strip("：:！! ")


def _named_in(name: str, inside: str | None) -> Region | None:
    """The smallest division that a name names: 永州市冷水滩区教育局 is 冷水滩区's."""
    found = [one.region for one in regions.mentions(name, inside) if one.region is not None]
    return max(found, key=lambda region: len(regions.chain(region.code)), default=None)


def _decided(by_name: Region | None, by_code: Region | None, provinces: frozenset[str]) -> Region | None:
    if by_name is None or by_code is None:
        return by_name or by_code
    if by_name.code[:2] == by_code.code[:2] or by_name.code[:2] in provinces:
        return by_name
    return by_code if by_code.code[:2] in provinces else None


def _by_address(documents: Sequence[Document], inside: str | None) -> Region | None:
    """The place in the address at the foot of a page: schools name themselves after people and plants."""
    for document in documents:
        text = to_hans(dom.text_of(document.tree)[-_MAX_TEXT:])
        for match in _ADDRESS.finditer(unicodedata.normalize("NFKC", text)):
            if region := _named_in(match[1], inside):
                return region
    return None


def _near(host: str, by_name: Region | None, by_code: Region | None, provinces: frozenset[str]) -> tuple[Region, ...]:
    """Divisions that it may be: those that signs name, and those whose name in Latin letters is part of the host."""
    labels = set(host.split("."))
    spelt = [
        region for region in _by_pinyin().get(_longest(labels), ()) if not provinces or region.code[:2] in provinces
    ]
    around = [region for code in sorted(provinces) if (region := regions.get(f"{code}0000"))]
    found = [one for one in (by_name, by_code, *spelt, *around) if one is not None]
    return tuple({region.code: region for region in found}.values())[:_MAX_NEAR]


def _longest(labels: Iterable[str]) -> str:
    return max((label for label in labels if label in _by_pinyin()), key=len, default="")


@cache
def _by_pinyin() -> dict[str, tuple[Region, ...]]:
    found: dict[str, list[Region]] = {}
    for region in regions.present():
        found.setdefault(pinyin(region.short), []).append(region)
    return {name: tuple(places) for name, places in found.items()}

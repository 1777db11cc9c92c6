"""The verdict on whose page this is: the host decides, the footer only claims.

`official` and `media` follow from the host alone. On any other host two marks make a mirror; with fewer the page stays
`unknown`. `reprint` is decided later, when the article's label and source line are known.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from attrs import evolve, frozen

from crawler.catalog import Catalog, Site
from crawler.despam.hosts import host_of, is_reserved, outlet_of, outlets, site_of
from crawler.despam.identity import Identity
from crawler.items import Document, Fix, Provenance, Verdict

MARKS_OF_A_MIRROR = 2
PINYIN_NOTES = 4
HIJACKED_SHARE = 0.3  # of the text planted: the owner has lost the host
_HASH_PATH = re.compile(
    r"/\d{6,8}/(?:[0-9a-f]{32})(?:\.s?html?|/|$)|/t\d{8}_\d{5,}\.s?html?$|/art_\d+_\d+\.html$|/content_\d{5,}\.s?html?$"
)
_ICP_NUMBER = re.compile(r"\w{1,3}ICP[备证]\d{6,10}")
_COMPANY = re.compile(r"公司|工厂|酒店|商行|事务所|协会")
NATIONAL = "000000"
ELSEWHERE = "ICP of another province"


@frozen(kw_only=True)
class Traces:
    """What the cleaning stages met on the page."""

    spam_share: float = 0.0  # of the text, 0..1
    spam_blocks: int = 0
    random_ids: bool = False
    redirects: bool = False  # a script sends visitors from search engines elsewhere
    traditional: bool = False
    offices: bool = False  # the text names party committees or education bureaus of the mainland
    fixes: tuple[Fix, ...] = ()

    def fixed(self, word: str) -> int:
        """How often a repair was made whose kind names this word."""
        return sum(fix.count for fix in self.fixes if word in fix.kind.lower())


@frozen(kw_only=True)
class Owner:
    """Whose page this claims to be."""

    homepage: str
    region: str | None
    registered: bool = False  # known by its site code or its ICP number
    named: bool = False  # known by the owner line


def provenance(document: Document, identity: Identity, traces: Traces, catalog: Catalog) -> Provenance:
    """The verdict, what the page says of itself, and the marks that decided."""
    host = host_of(document.page.url)
    site = catalog.owner_of_host(host) if host else None
    owner = _claimed_owner(identity, catalog)
    verdict, marks = _at_home(host, site, identity, traces)
    original = None
    if verdict == "unknown":
        marks = _foreign_marks(document.page.url, host, identity, owner, traces)
        if _are_enough(marks) and _claims_another(identity, owner, host, traces):
            verdict = "mirror"
            original = _original_url(document.page.url, identity, owner, catalog)
        marks += ["redirect"] if traces.redirects else []
    return Provenance(
        verdict=verdict,
        site_code=identity.site_code,
        icp=identity.icp,
        police_record=identity.police_record,
        owner_region=_region(site, owner, identity),
        original_url=original,
        marks=tuple(marks),
    )


def _at_home(host: str, site: Site | None, identity: Identity, traces: Traces) -> tuple[Verdict, list[str]]:
    """Verdict and marks by the host alone; `unknown` where nobody known owns it."""
    verdict: Verdict = "unknown"
    marks: list[str] = []
    if site is not None:
        verdict, marks = ("media" if site.kind == "media" else "official"), ["catalogue host"]
        if site.site_code and identity.site_code and site.site_code != identity.site_code:
            marks.append("identity mismatch")
    elif outlet_of(host) is not None:
        verdict, marks = "media", ["news host"]
    elif is_reserved(host):
        verdict, marks = "official", ["reserved domain"]
        if identity.site_code and identity.provinces and not _agrees(identity):
            marks.append("identity mismatch")
    if marks:
        marks += ["spam cut"] if traces.spam_blocks else []
        marks += ["hijacked"] if traces.spam_share >= HIJACKED_SHARE else []
        marks += ["redirect"] if traces.redirects else []
    return verdict, marks


def _foreign_marks(url: str, host: str, identity: Identity, owner: Owner | None, traces: Traces) -> list[str]:
    """The marks of a copy, for a host that belongs to nobody known."""
    abroad = owner is not None and site_of(host_of(owner.homepage)) != site_of(host)
    named = (identity.meta_host is not None and is_reserved(identity.meta_host)) or any(
        map(_is_known, identity.named_hosts)
    )
    elsewhere = _is_registered_elsewhere(identity, owner)
    tests = {
        "foreign site code": identity.site_code is not None,
        "foreign owner": identity.public_owner or (owner is not None and abroad and owner.named),
        "foreign ICP": identity.icp is not None and ((abroad and not elsewhere) or identity.site_code is not None),
        ELSEWHERE: elsewhere,
        "foreign police record": identity.police_record is not None and identity.site_code is not None,
        "registered elsewhere": owner is not None and abroad and owner.registered,
        "Traditional text, mainland numbers": traces.traditional and identity.mainland,
        "Traditional text, mainland offices": _is_converted(traces),
        "pinyin notes": traces.fixed("pinyin") >= PINYIN_NOTES,
        "shifted bytes": traces.fixed("shift") > 0,
        "random ids": traces.random_ids,
        "copyright of this host": _is_named(host, identity) and (identity.public_owner or abroad),
        "names another host": named,
        "spam cut": traces.spam_blocks > 0,
        "official path": _HASH_PATH.search(urlsplit(url).path) is not None,
    }
    return [mark for mark, holds in tests.items() if holds]


def _are_enough(marks: list[str]) -> bool:
    """Whether the marks make a mirror. A company that hosts for a city may be registered in another province."""
    return len(marks) >= MARKS_OF_A_MIRROR and set(marks) != {"foreign owner", ELSEWHERE}


def _is_registered_elsewhere(identity: Identity, owner: Owner | None) -> bool:
    """Whether the ICP number is of another province than the site code or the named owner; ministries have none."""
    region = identity.site_code or (owner.region if owner and not owner.registered else None) or NATIONAL
    province = identity.icp_province
    return province is not None and region[:2].isdecimal() and region[:2] not in ("00", province)


def _claims_another(identity: Identity, owner: Owner | None, host: str, traces: Traces) -> bool:
    """True where some mark speaks of a copy; planted text and an odd path alone also fit a hijacked shop of its own."""
    if identity.site_code or owner is not None or identity.public_owner:
        return True
    return (
        traces.fixed("pinyin") >= PINYIN_NOTES
        or traces.fixed("shift") > 0
        or (traces.traditional and identity.mainland)
        or _is_converted(traces)
    )


def _is_converted(traces: Traces) -> bool:
    """True for a Traditional page on mainland offices with text planted in it. Papers of Hong Kong write such pages
    without: what is cut there decides."""
    return traces.traditional and traces.offices and traces.spam_blocks > 0


def _is_known(host: str) -> bool:
    return is_reserved(host) or outlet_of(host) is not None


def _is_named(host: str, identity: Identity) -> bool:
    return any(name and site_of(name) == site_of(host) for name in identity.named_hosts)


def _agrees(identity: Identity) -> bool:
    code = identity.site_code or ""
    return code.startswith("bm") or code[:2] in identity.provinces


@lru_cache(maxsize=4)
def _registers(catalog: Catalog) -> tuple[dict[str, Owner], dict[str, Owner]]:
    """Owners by ICP number (without -N) and by name; the catalogue goes before the list of outlets."""
    by_icp: dict[str, Owner] = {}
    by_name: dict[str, Owner] = {}
    for outlet in outlets().values():
        known = catalog.owner_of_host(outlet.host)
        owner = _owner(known) if known else Owner(homepage=f"http://www.{outlet.host}/", region=None)
        by_name.update((name, owner) for name in outlet.names)
        if outlet.icp:
            by_icp[_icp_number(outlet.icp)] = owner
    for site in reversed(catalog.sites):
        owner = _owner(site)
        by_name[site.name] = owner
        if site.icp:
            by_icp[_icp_number(site.icp)] = owner
    return by_icp, by_name


def _owner(site: Site) -> Owner:
    return Owner(homepage=site.homepage, region=site.region)


def _icp_number(text: str) -> str:
    match = _ICP_NUMBER.search(text.replace(" ", "").upper())
    return match[0] if match else text


def _claimed_owner(identity: Identity, catalog: Catalog) -> Owner | None:
    """The known owner whom code, ICP number, the meta address or the owner line name, in this order."""
    by_icp, by_name = _registers(catalog)
    names = [name for line in identity.owners for name in by_name if line.startswith(name)]
    named = by_name[max(names, key=len)] if names else None
    registered: Owner | None = None
    if identity.site_code and (site := catalog.owner_of_code(identity.site_code)):
        registered = _owner(site)
    elif identity.icp:
        registered = by_icp.get(_icp_number(identity.icp))
    if registered is not None:
        return evolve(registered, registered=True, named=named is not None)
    if identity.meta_host and (site := catalog.owner_of_host(identity.meta_host)):
        return _owner(site)
    return evolve(named, named=True) if named is not None else None


def _region(site: Site | None, owner: Owner | None, identity: Identity) -> str | None:
    """GB/T 2260 of the owner: the host's, then the claimed owner's, then the code's, then a province at least."""
    if site is not None:
        return site.region
    code = identity.site_code
    if code is not None and (_agrees(identity) or not identity.provinces):
        return NATIONAL if code.startswith("bm") else code[:6]
    if owner is not None and owner.region:
        return owner.region
    if len(identity.provinces) == 1 and identity.public_owner:
        return min(identity.provinces) + "0000"
    return None


def _original_url(url: str, identity: Identity, owner: Owner | None, catalog: Catalog) -> str | None:
    """The same path on the owner's host: mirrors keep paths and hashes. None where the owner is not known."""
    named = host_of(identity.meta_url or "")
    if identity.meta_url and (is_reserved(named) or catalog.owner_of_host(named)) and _has_path(identity.meta_url):
        return identity.meta_url
    parts = urlsplit(url)
    if owner is None or not _has_path(url):
        return None
    home = urlsplit(owner.homepage)
    return urlunsplit((home.scheme, home.netloc, parts.path, parts.query, ""))


def _has_path(url: str) -> bool:
    return urlsplit(url).path not in ("", "/")

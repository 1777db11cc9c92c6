"""Whose host a page stands on: the catalogue first, then the reserved domains, then a list of known news outlets."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from attrs import frozen

from crawler.catalog import Catalog

# Only bodies of the state get names below these: registry rules of CNNIC (gov.cn), CERNET (edu.cn), and of the SARs.
RESERVED = ("gov.cn", "edu.cn", "mil.cn", "ac.cn", "gov.hk", "gov.mo", "政务.cn", "政务", "公益")
_SECOND_LEVEL = frozenset(("com", "net", "org", "gov", "edu", "ac", "mil", "co"))


@frozen(kw_only=True)
class Outlet:
    """A news outlet of the list beside this module."""

    host: str
    name: str
    names: tuple[str, ...]  # how its footer names the owner, Simplified
    icp: str | None


@cache
def outlets() -> dict[str, Outlet]:
    """Every known outlet by its host."""
    rows = csv.DictReader(files(__package__).joinpath("media.csv").read_text("utf-8").splitlines())
    return {
        row["host"]: Outlet(
            host=row["host"],
            name=row["name"],
            names=tuple(name for name in row["names"].split("|") if name),
            icp=row["icp"] or None,
        )
        for row in rows
    }


@cache
def outlet_names() -> frozenset[str]:
    """How the known outlets are called, Simplified and in lower case."""
    return frozenset(name.lower() for outlet in outlets().values() for name in (outlet.name, *outlet.names))


def host_of(url: str) -> str:
    """The host of an address in lower case, without a leading www; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower().removeprefix("www.")
    except ValueError:
        return ""


def site_of(host: str) -> str:
    """The part of a host name that somebody registered: `yzcity.gov.cn`, `junhanjc.com`."""
    labels = host.split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return ".".join(labels[-keep:])


def is_reserved(host: str) -> bool:
    """True for hosts below a domain that only public bodies get."""
    return any(host == domain or host.endswith("." + domain) for domain in RESERVED)


def outlet_of(host: str) -> Outlet | None:
    """The known outlet whose host this is, or lies above it."""
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if outlet := outlets().get(".".join(labels[start:])):
            return outlet
    return None


def is_stranger(host: str, own: str, catalog: Catalog) -> bool:
    """True where a link from a page of `own` leads to a host that is neither its own, nor public, nor known."""
    if not host or "." not in host or site_of(host) == site_of(own):
        return False
    return not is_reserved(host) and outlet_of(host) is None and catalog.owner_of_host(host) is None

"""The catalogue: every row that ships is sound, and every mistake a person may make is named."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml.cssselect import CSSSelector

from crawler import cms, regions
from crawler.catalog import Catalog, Site, bare_host, load

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "seeds" / "sites"
CATALOG = load(FOLDER)
CASES = tomllib.loads((ROOT / "tests" / "cases" / "catalog_errors.toml").read_text("utf-8"))["case"]
# Hosts that public lists give to the wrong place, and whose they are.
OFTEN_MIXED_UP = {
    "www.suzhou.gov.cn": "320500",
    "www.taizhou.gov.cn": "321200",
    "www.qianjiang.gov.cn": "500114",
    "www.fuzhou.gov.cn": "350100",
    "www.yulin.gov.cn": "450900",
    "www.hainan.gov.cn": "460000",
    "www.yzcity.gov.cn": "431100",
}


def site(**changes: Any) -> Site:
    row = {
        "id": "a-site",
        "name": "甲市教育局",
        "region": "450500",
        "level": "city",
        "kind": "education",
        "homepage": "http://jyj.example.gov.cn/",
    }
    return Site.model_validate(row | changes)


def test_the_catalogue_has_no_problem() -> None:
    assert CATALOG.problems == ()
    assert len(CATALOG.sites) >= 280


@pytest.mark.parametrize("row", CATALOG.sites, ids=lambda row: row.id)
def test_a_row_is_sound(row: Site) -> None:
    region = regions.get(row.region)
    if row.region != "000000":
        assert region is not None, "no such region"
        assert not region.historic
    if region is not None and row.level in ("city", "county") and row.kind != "media":
        assert region.short in row.name or region.name in row.name, "the name speaks of another place"
        assert region.level == row.level or region.code[2:4] == "90", "cities right below a province count as counties"
    if row.site_code and not row.site_code.startswith("bm"):
        assert row.site_code.startswith(row.region), "its 网站标识码 is another region's"
        assert re.fullmatch(r"\d{10}", row.site_code)
    assert row.listings, "nothing to look at"
    assert row.family is None or cms.named(row.family), "no such family"
    for selector in row.selectors.model_dump(exclude_none=True).values():
        CSSSelector(selector)
    assert row.checked is None or re.fullmatch(r"\d{4}-\d\d-\d\d", row.checked)
    assert row.enabled


@pytest.mark.parametrize("row", CATALOG.sites, ids=lambda row: row.id)
def test_addresses_are_sane(row: Site) -> None:
    for address in (row.homepage, *(listing.url for listing in row.listings)):
        parts = urlsplit(address)
        assert parts.hostname == (parts.hostname or "").lower()
        assert "." in (parts.hostname or "")
        assert parts.username is None
        assert parts.port is None
        assert not parts.fragment
        assert not re.search(r"\s", address)
    if row.kind in ("education", "portal"):
        assert all(host.endswith(".gov.cn") for host in (urlsplit(row.homepage).hostname or "", *row.hosts))
    if row.http_only:
        assert all(listing.url.startswith("http://") for listing in row.listings)


def test_no_listing_is_looked_at_for_two_sites() -> None:
    addresses = Counter(
        listing.url.partition("://")[2].removeprefix("www.").rstrip("/")
        for row in CATALOG.sites
        for listing in row.listings
    )
    assert [address for address, count in addresses.items() if count > 1] == []


def test_each_province_has_its_file_and_each_file_its_province() -> None:
    for path in FOLDER.glob("*.toml"):
        rows = tomllib.loads(path.read_text("utf-8"))["site"]
        prefix = path.stem[:2]
        if prefix.isdigit():
            assert {row["region"][:2] for row in rows} == {prefix}, path.name
            assert any(row["level"] == "province" and row["kind"] == "education" for row in rows), path.name
    assert len(list(FOLDER.glob("[0-9][0-9]-*.toml"))) == 31


@pytest.mark.parametrize(("host", "region"), OFTEN_MIXED_UP.items())
def test_names_that_are_mixed_up_elsewhere(host: str, region: str) -> None:
    rows = [row for row in CATALOG.sites if host in (urlsplit(row.homepage).hostname, *row.hosts)]
    assert {row.region for row in rows} <= {region}


def test_the_dead_host_of_yongzhou_is_nobodys() -> None:
    assert CATALOG.owner_of_host("www.yongzhou.gov.cn") is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_mistakes_are_named(case: dict[str, Any], tmp_path: Path) -> None:
    content = (
        bytes.fromhex(case["hex"])
        if "hex" in case
        else case["text"].encode("utf-8-sig" if case.get("bom") else "utf-8")
    )
    (tmp_path / "45-test.toml").write_bytes(content)
    catalog = load(tmp_path)
    assert [row.id for row in catalog.sites] == case["sites"]
    found = [(problem.key, problem.reason) for problem in catalog.problems]
    assert len(found) == len(case["problems"]), found
    for expected in case["problems"]:
        assert any(key == expected["key"] and expected["reason"] in reason for key, reason in found), (expected, found)


def test_a_problem_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "45-guangxi.toml").write_text("[[site]]\nid = 3\n", "utf-8")
    assert all(str(problem).startswith("45-guangxi.toml: site 3.") for problem in load(tmp_path).problems)


def test_one_bad_file_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[[", "utf-8")
    (tmp_path / "good.toml").write_text(CASES[0]["text"], "utf-8")
    catalog = load(tmp_path)
    assert [row.id for row in catalog.sites] == ["a-site"]
    assert [problem.file for problem in catalog.problems] == ["bad.toml"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no catalogue folder"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("host", "bare"),
    [
        ("www.liuzhou.gov.cn", "liuzhou.gov.cn"),
        ("JYJ.Liuzhou.gov.cn.", "jyj.liuzhou.gov.cn"),
        ("www.gov.cn", "www.gov.cn"),
        ("gov.cn", "www.gov.cn"),
    ],
)
def test_bare_hosts(host: str, bare: str) -> None:
    assert bare_host(host) == bare


def test_the_portal_of_the_state_does_not_own_every_government_site() -> None:
    state = site(id="state", homepage="https://www.gov.cn/")
    catalog = Catalog([state])
    assert catalog.owner_of_host("www.gov.cn") is state
    assert catalog.owner_of_host("jyj.example.gov.cn") is None
    assert not state.owns("jyj.example.gov.cn")


def test_the_nearest_owner_wins() -> None:
    city = site(id="city", homepage="http://www.example.gov.cn/", kind="portal")
    bureau = site(id="bureau", homepage="http://jyj.example.gov.cn/")
    catalog = Catalog([city, bureau])
    assert catalog.owner_of_host("jyj.example.gov.cn") is bureau
    assert catalog.owner_of_host("news.jyj.example.gov.cn") is bureau
    assert catalog.owner_of_host("tjj.example.gov.cn") is city
    assert catalog.owner_of_host("example.gov.cn.evil.com") is None
    assert catalog.owner_of_host("notexample.gov.cn") is None


def test_a_portal_owns_its_host_not_the_bureau_that_has_a_channel_there() -> None:
    channel = site(id="channel", homepage="http://www.example.gov.cn/jyj/")
    portal = site(id="portal", homepage="http://www.example.gov.cn/", kind="portal")
    assert Catalog([channel, portal]).owner_of_host("www.example.gov.cn") is portal


def test_owners_by_site_code() -> None:
    owner = site(site_code="4505000012")
    assert Catalog([owner]).owner_of_code("4505000012") is owner
    assert Catalog([owner]).owner_of_code("4505000013") is None


def test_the_guide_shows_rows_that_work(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "add-a-site.md").read_text("utf-8")
    row, lists, json_list = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(row.splitlines()) == 8, "the guide promises eight lines"
    (tmp_path / "45-guangxi.toml").write_text(row, "utf-8")
    catalog = load(tmp_path)
    assert catalog.problems == ()
    (shown,) = catalog.sites
    assert regions.get(shown.region).name in shown.name
    assert shown.id not in CATALOG.by_id
    (tmp_path / "45-guangxi.toml").write_text(lists, "utf-8")
    assert [listing.column for listing in load(tmp_path).sites[0].listings] == ["工作动态", "县区动态"]
    (tmp_path / "45-guangxi.toml").write_text(json_list, "utf-8")
    assert load(tmp_path).sites[0].listings[0].article_url == "http://zw.beihai.gov.cn/art/{id}.html"


def test_the_guide_knows_every_line_that_a_row_may_have() -> None:
    guide = (ROOT / "docs" / "add-a-site.md").read_text("utf-8")
    assert [name for name in Site.model_fields if f"`{name}" not in guide] == []

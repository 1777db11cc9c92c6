"""crawler.despam.provenance: the host decides, the footer only claims, two marks make a mirror."""

from __future__ import annotations

import html
import tomllib
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from bench.spam import document_of
from crawler import dom
from crawler.catalog import Catalog, Site
from crawler.despam import despam
from crawler.despam.hosts import host_of, is_stranger, outlets, site_of
from crawler.despam.identity import read_identity
from crawler.items import Document, Fix, Provenance

DATA = tomllib.loads((Path(__file__).parent / "cases" / "provenance.toml").read_text("utf-8"))
CATALOG = Catalog([Site.model_validate(row) for row in DATA["site"]])
SEEDS = sorted((Path(__file__).parent.parent / "seeds" / "documents").glob("*.txt"))
HANS = "会议强调，要落实立德树人根本任务，加快推进教育强市建设，办好人民满意的教育。"
HANT = "會議強調，要落實立德樹人根本任務，加快推進教育強市建設，辦好人民滿意的教育。"


def provenance_of(markup: str, url: str, *fixes: Fix, catalog: Catalog = CATALOG) -> Provenance:
    result = despam(evolve(document_of(markup, url), fixes=fixes), catalog)
    assert isinstance(result, Document)
    assert result.provenance is not None
    return result.provenance


def page(footer: str, head: str = "") -> str:
    body = HANT if any(char in footer for char in "辦網備權") else HANS
    return f"<html><head>{head}</head><body><h1>全市教育大会召开</h1><p>{body}</p><div>{footer}</div></body></html>"


@pytest.mark.parametrize("case", DATA["case"], ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    found = provenance_of(page(case["footer"]), case["url"])
    assert found.verdict == case["verdict"]
    assert set(case["marks"]) <= set(found.marks)
    assert set(case.get("without", [])).isdisjoint(found.marks)
    if not case["marks"]:
        assert len(found.marks) < 2
    for name in ("site_code", "icp", "police_record", "owner_region", "original_url"):
        if name in case:
            assert getattr(found, name) == case[name], name
    if case["verdict"] != "mirror":
        assert found.original_url is None


def test_meta_tags_are_read_in_any_letter_case() -> None:
    head = '<meta name="siteidcode" content=" 4311009999 "><meta name="SiteDomain" content="http://www.yizhou.gov.cn/">'
    found = provenance_of(page("", head), "http://www.qzxw.com/a/1.html")
    assert (found.verdict, found.site_code, found.owner_region) == ("mirror", "4311009999", "431100")
    assert found.original_url == "http://www.yizhou.gov.cn/a/1.html"


def test_meta_address_of_the_owner_is_the_original() -> None:
    head = '<meta name="SiteIDCode" content="4311009999"><meta name="Url" content="http://www.yizhou.gov.cn/x/9.html">'
    assert (
        provenance_of(page("", head), "http://www.qzxw.com/a/1.html").original_url
        == "http://www.yizhou.gov.cn/x/9.html"
    )


def test_repairs_of_a_mirrors_damage_are_marks() -> None:
    notes = Fix(stage="repair", kind="pinyin note", before="標(biāo)", after="標", count=4)
    shift = Fix(stage="repair", kind="shift", before="??", after="校科", count=1)
    found = provenance_of(page(""), "http://www.qzxw.com/a/1.html", notes, shift)
    assert (found.verdict, found.marks) == ("mirror", ("pinyin notes", "shifted bytes"))
    assert provenance_of(page(""), "http://www.qzxw.com/a/1.html", evolve(notes, count=3)).verdict == "unknown"
    assert provenance_of(page(""), "http://www.yizhou.gov.cn/a/1.html", notes, shift).verdict == "official"


def test_an_owned_host_full_of_spam_is_hijacked_and_keeps_its_verdict() -> None:
    spam = "<p>国产精品无码视频|久久人妻一区二区三区|澳门新葡京娱乐|亚洲成人在线|开云体育app下载</p>" * 4
    prose = "".join(f"<p>第{n}，{HANS}</p>" for n in range(3))
    found = provenance_of(page(prose + spam), "http://www.yizhou.gov.cn/a/1.html")
    assert found.verdict == "official"
    assert {"spam cut", "hijacked"} <= set(found.marks)


def test_planted_text_alone_makes_no_mirror() -> None:
    spam = "<p>国产精品无码视频|久久人妻一区二区三区|澳门新葡京娱乐|亚洲成人在线|开云体育app下载</p>"
    tags = '<sup id="ab12x"></sup>' * 8
    found = provenance_of(page(spam + tags + "粤ICP备16000001号"), "http://www.somecompany.com/1.html")
    assert found.verdict == "unknown"
    assert {"spam cut", "random ids"} <= set(found.marks)


@pytest.mark.parametrize(
    ("number", "url", "verdict", "original"),
    [
        (0, "http://jyj.liuzhou.gov.cn/xwzx/t19700101_3549718.shtml", "official", None),
        (1, "http://www.nobody-knows.com/x/202504/85206595e080423db08731d2cc8522a1.shtml", "mirror", None),
        (1, "http://www.yzcity.gov.cn/x/202504/85206595e080423db08731d2cc8522a1.shtml", "official", None),
        (2, "https://dzb.guit.edu.cn/info/1/2.htm", "official", None),
        (3, "https://cq.ifeng.com/c/8abc", "media", None),
        (4, "http://m.junhanjc.com/a/t20240205_1.html", "mirror", "http://www.jyb.cn/a/t20240205_1.html"),
        (4, "http://www.another-stranger.net/a/t20240205_1.html", "mirror", "http://www.jyb.cn/a/t20240205_1.html"),
        (4, "http://www.jyb.cn/a/t20240205_1.html", "media", None),
    ],
)
def test_given_documents_without_a_catalogue(number: int, url: str, verdict: str, original: str | None) -> None:
    rows = "".join(f"<p>{html.escape(row)}</p>" for row in SEEDS[number].read_text("utf-8").splitlines())
    found = provenance_of(f"<html><body>{rows}</body></html>", url, catalog=Catalog())
    assert (found.verdict, found.original_url) == (verdict, original)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("網(wǎng)站標(biāo)識碼:4311000024", "site_code", "4311000024"),
        ("网站标识码 bm05000001", "site_code", "bm05000001"),
        ("网站标识码：9911000024", "site_code", None),
        ("网站标识码/政府网站标识码", "site_code", None),
        ("桂 ICP 备 05004853 号 - 2", "icp", "桂ICP备05004853号-2"),
        ("蜀ICP備05004853號", "icp", "蜀ICP备05004853号"),
        ("京ICP证030173号", "icp", "京ICP证030173号"),
        ("浙公安备案号:33010602000001", "police_record", "33010602000001"),
        ("渝公网安备 50010202000001号", "police_record", "50010202000001"),
    ],
)
def test_identity(text: str, field: str, value: str | None) -> None:
    found = provenance_of(page(text), "http://www.qzxw.com/a/1.html")
    assert getattr(found, field) == value


def test_police_record_is_read_from_its_link() -> None:
    link = '<a href="http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=43110302000125">备案</a>'
    assert provenance_of(page(link), "http://www.qzxw.com/a/1.html").police_record == "43110302000125"


def test_hosts() -> None:
    assert host_of("http://WWW.Yizhou.gov.cn:80/a") == "yizhou.gov.cn"
    assert host_of("http://[bad") == ""
    assert site_of("a.b.com.cn") == "b.com.cn"
    assert site_of("m.junhanjc.com") == "junhanjc.com"
    assert is_stranger("www.k1x.com", "yizhou.gov.cn", CATALOG)
    assert not is_stranger("www.moe.gov.cn", "k1x.com", CATALOG)
    assert not is_stranger("img.k1x.com", "www.k1x.com", CATALOG)
    assert not is_stranger("www.people.com.cn", "k1x.com", CATALOG)


def test_outlets_are_hosts_with_names() -> None:
    assert len(outlets()) > 80
    assert all(host == site_of(host) and outlet.name for host, outlet in outlets().items())


@given(st.text(alphabet="网站标识码主办版权所有备案icp公网安备号:：0123456789 ()（）@©.-abcn\n", max_size=400))
def test_reading_identity_never_fails(text: str) -> None:
    identity = read_identity(text, {}, text)
    assert identity.site_code is None or len(identity.site_code) == 10
    assert identity.police_record is None or len(identity.police_record) == 14
    assert dom.text_of(dom.parse(text)) is not None


PLANTED = '<div style="display:none"><a href="http://k1.com/">開雲體育官網入口</a> <a href="http://k2.com/">國產精品無碼在線觀看</a></div>'


@pytest.mark.parametrize(
    ("url", "text", "planted", "verdict"),
    [
        ("http://www.qzxw.com/d/1.html", "市委書記方遠山出席會議並講話。", PLANTED, "mirror"),
        ("http://www.qzxw.com/d/2.html", "市委書記方遠山出席會議並講話。", "", "unknown"),
        ("http://www.somepaper.com.tw/d/3.html", "校長方遠山出席會議並講話。", PLANTED, "unknown"),
        ("http://www.yizhou.gov.cn/d/4.html", "市委書記方遠山出席會議並講話。", PLANTED, "official"),
    ],
)
def test_a_converted_copy_with_planted_text_is_no_source(url: str, text: str, planted: str, verdict: str) -> None:
    found = provenance_of(f"<html><body><h1>全市教育大會召開</h1><p>{HANT}{text}</p>{planted}</body></html>", url)
    assert found.verdict == verdict, found.marks

"""Divisions by code and by name, past ones included, and where texts name them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import regions


@pytest.mark.parametrize(
    ("code", "name", "level", "parent"),
    [
        ("450200", "柳州市", "city", "450000"),
        ("431100", "永州市", "city", "430000"),
        ("450300", "桂林市", "city", "450000"),
        ("500102", "涪陵区", "county", "500000"),
        ("320000", "江苏省", "province", "000000"),
        ("330113", "临平区", "county", "330100"),
        ("659012", "白杨市", "county", "650000"),
        ("110000", "北京市", "province", "000000"),
        ("419001", "济源市", "county", "410000"),
        ("441900", "东莞市", "city", "440000"),
        ("710000", "台湾省", "province", "000000"),
        ("000000", "全国", "national", ""),
    ],
)
def test_division_of_a_code(code: str, name: str, level: str, parent: str) -> None:
    region = regions.get(code)
    assert region is not None
    assert (region.name, region.level, region.parent, region.historic) == (name, level, parent, False)


def test_site_codes_count_by_their_first_six_digits() -> None:
    assert regions.get("4502000043") == regions.get("450200")
    assert regions.get("bm05000001") is None
    assert regions.get("") is None


@pytest.mark.parametrize(("code", "today"), [("510132", "510118"), ("522200", "520600"), ("450200", "450200")])
def test_past_codes_lead_to_the_present(code: str, today: str) -> None:
    region = regions.current(code)
    assert region is not None
    assert region.code == today
    assert not region.historic


def test_a_division_that_was_split_has_no_single_heir() -> None:
    region = regions.get("371200")
    assert region is not None
    assert region.historic
    assert region.successors == ("370116", "370117")
    assert regions.current("371200") is None


def test_chain_ends_at_the_province() -> None:
    assert [region.name for region in regions.chain("450102")] == ["兴宁区", "南宁市", "广西壮族自治区"]
    assert [region.name for region in regions.chain("500102")] == ["涪陵区", "重庆市"]
    assert regions.chain("999999") == ()
    assert regions.within("450102", "450000")
    assert regions.within("450102", "000000")
    assert not regions.within("450102", "430000")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("柳州市", "柳州"),
        ("广西壮族自治区", "广西"),
        ("内蒙古自治区", "内蒙古"),
        ("香港特别行政区", "香港"),
        ("湘西土家族苗族自治州", "湘西"),
        ("三江侗族自治县", "三江"),
        ("双江拉祜族佤族布朗族傣族自治县", "双江"),
        ("前郭尔罗斯蒙古族自治县", "前郭尔罗斯"),
        ("浦东新区", "浦东"),
        ("锡林郭勒盟", "锡林郭勒"),
        ("道县", "道县"),
        ("城区", "城区"),
    ],
)
def test_short_name(name: str, short: str) -> None:
    assert regions.short(name) == short


@pytest.mark.parametrize(
    ("name", "inside", "code"),
    [
        ("台州", None, "331000"),
        ("泰州", None, "321200"),
        ("宿州", None, "341300"),
        ("苏州", None, "320500"),
        ("抚州", None, "361000"),
        ("福州", None, "350100"),
        ("玉林", None, "450900"),
        ("榆林", None, "610800"),
        ("黔江", None, "500114"),
        ("潜江", None, "429005"),
        ("海南", None, "460000"),
        ("海南省", None, "460000"),
        ("海南州", None, "632500"),
        ("吉林", None, "220000"),
        ("吉林市", None, "220200"),
        ("兵团", None, "650000"),
        ("湘西州", None, "433100"),
        ("三江县", None, "450226"),
        ("涪陵", None, "500102"),
        ("新津县", None, "510132"),
        ("鼓楼区", None, None),
        ("市中区", None, None),
        ("城中区", None, None),
        ("鼓楼区", "350100", "350102"),
        ("鼓楼区", "320000", None),
        ("城中区", "450200", "450202"),
        ("没有这个县", None, None),
    ],
)
def test_find(name: str, inside: str | None, code: str | None) -> None:
    region = regions.find(name, inside)
    assert (region.code if region else None) == code


def test_no_county_name_that_several_bear_is_resolved_alone() -> None:
    shared = ("鼓楼区", "市中区", "新华区", "铁西区", "朝阳区", "和平区", "西湖区", "长安区")
    for name in shared:
        assert len(regions.named(name)) > 1
        assert regions.find(name) is None
        assert [mention.region for mention in regions.mentions(f"在{name}")] == [None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("南宁市兴宁区教育局", [("南宁市", "450100"), ("兴宁区", "450102")]),
        ("南京市鼓楼区", [("南京市", "320100"), ("鼓楼区", "320106")]),
        ("鼓楼区", [("鼓楼区", None)]),
        (
            "湖南科技学院、祁阳市、蓝山县、道县一中",
            [("湖南", "430000"), ("祁阳市", "431181"), ("蓝山县", "431127"), ("道县", "431124")],
        ),
        ("新疆生产建设兵团", [("新疆生产建设兵团", "650000")]),
        ("新疆维吾尔自治区", [("新疆维吾尔自治区", "650000")]),
        ("吉林省吉林市", [("吉林省", "220000"), ("吉林市", "220200")]),
        ("海南省、海南州", [("海南省", "460000"), ("海南州", "632500")]),
        ("建成县域医共体", []),
        ("校长治校", []),
        ("推进和谐平安建设", []),
        ("中山大学", []),
        ("东区", [("东区", None)]),
        ("", []),
    ],
)
def test_mentions(text: str, found: list[tuple[str, str | None]]) -> None:
    seen = [(mention.text, mention.region.code if mention.region else None) for mention in regions.mentions(text)]
    assert seen == found


def test_mentions_are_resolved_inside_a_known_division() -> None:
    (mention,) = regions.mentions("城中区", inside="450200")
    assert mention.region is not None
    assert mention.region.code == "450202"


def test_every_row_is_sound() -> None:
    rows = [regions.get(code) for code in regions_codes()]
    assert len(rows) > 3800
    for region in rows:
        assert region is not None
        assert len(region.code) == 6
        assert region.level == "national" or regions.get(region.parent) is not None
        if region.level not in ("national", "province"):
            assert regions.chain(region.code)[-1].level == "province"
        for successor in region.successors:
            heir = regions.get(successor)
            assert heir is not None
            assert not heir.historic
            assert region.historic


def regions_codes() -> list[str]:
    return [f"{number:06d}" for number in range(830_000) if regions.get(f"{number:06d}")]


@given(st.text(alphabet="南宁市兴区县州省和平海北京全国新疆兵团、,。教育大会", max_size=400))
def test_mentions_stand_where_they_say(text: str) -> None:
    last = 0
    for mention in regions.mentions(text):
        assert last <= mention.start < mention.end
        assert text[mention.start : mention.end] == mention.text
        last = mention.end


def test_two_thousand_characters_take_about_half_a_millisecond() -> None:
    text = "全市各级各部门要切实把思想和行动统一到南宁市兴宁区和柳州市的部署要求上来,推动教育高质量发展。" * 43
    regions.mentions(text)
    times = []
    for _ in range(10):
        began = time.perf_counter()
        regions.mentions(text)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.0025


@pytest.mark.parametrize(
    ("asked", "code"),
    [("45", "45"), ("450000", "450000"), ("广西", "45"), ("柳州市", "4502"), ("重庆", "50"), ("全国", "00")],
)
def test_prefix(asked: str, code: str) -> None:
    assert regions.prefix(asked) == code


@pytest.mark.parametrize("asked", ["", "4", "4x", "4502001", "某地", "鼓楼区"])
def test_no_prefix(asked: str) -> None:
    with pytest.raises(ValueError, match="GB/T 2260"):
        regions.prefix(asked)

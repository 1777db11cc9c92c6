"""The dates that Chinese pages print, and those in their addresses."""

from __future__ import annotations

import re
import time
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import dates

CASES = tomllib.loads((Path(__file__).parent / "cases" / "dates.toml").read_text("utf-8"))
FORMATS = (
    "{0}-{1:02}-{2:02}",
    "{0}年{1}月{2}日",
    "{0}/{1}/{2}",
    "{0}.{1:02}.{2:02}",
    "{0} 年 {1} 月 {2} 日",
    "{0}－{1}－{2}",
)


@pytest.mark.parametrize(("text", "wanted"), CASES["printed"])
def test_printed(text: str, wanted: list[str]) -> None:
    assert [found.value for found in dates.find(text)] == wanted


@pytest.mark.parametrize(("url", "wanted"), CASES["addresses"])
def test_address(url: str, wanted: str) -> None:
    assert (dates.in_url(url) or "") == wanted


@pytest.mark.parametrize(("text", "wanted"), CASES["months"])
def test_month_and_day(text: str, wanted: list[int]) -> None:
    assert list(dates.month_day(text) or ()) == wanted


def test_position_and_raw_text() -> None:
    text = "来源：某某报　时间：２０２４年２月５日　08:30　点击"
    found = dates.find(text)[0]
    assert found.raw == "2024年2月5日 08:30"
    assert len(dates.fold(text)) == len(text)
    assert dates.fold(text)[found.start : found.end].strip().startswith("2024年")


@given(
    st.dates(date(1990, 1, 1), date(2049, 12, 31)),
    st.times(),
    st.sampled_from(FORMATS),
    st.sampled_from((" ", "  ", "　")),
)
def test_every_day_in_every_format(day: date, hour: object, form: str, gap: str) -> None:
    text = f"时间：{form.format(day.year, day.month, day.day)}{gap}{hour:%H:%M}"
    assert [found.value for found in dates.find(text)] == [f"{day.isoformat()}T{hour:%H:%M}"]


@given(st.text(alphabet="0123456789年月日时分-/.:∶ 上下午二十〇T星期()（）", max_size=200))
def test_whatever_is_found_is_a_day(text: str) -> None:
    for found in dates.find(text):
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?", found.value)
        date.fromisoformat(found.value[:10])
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    "piece", ["2024-", "2024年", "2024 - 1 ", "下午 ", "二〇二四年十", "9" * 50, "2024-01-01 ( - ( "]
)
def test_hostile_repetition_is_linear(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    started = time.process_time()
    dates.find(text)
    dates.in_url(text)
    dates.month_day(text[:20_000])
    assert time.process_time() - started < 2

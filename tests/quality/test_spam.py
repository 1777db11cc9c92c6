"""Floors under despam: what it finds of planted text made of words kept aside, and that it cuts no honest line.

The honest lines and the composed ones need nothing but the project. Where the environment variable HUIXUN_PAGES names
a folder of saved pages, those are measured, too; without it there are no pages to run over, and so no test.
"""

from __future__ import annotations

import html
import os
import statistics
from pathlib import Path

import pytest

from bench.spam import KINDS, Kind, addresses, document_of, found_share, ink, measure, pages
from bench.spam_lines import Composer
from crawler import dom
from crawler.catalog import Catalog
from crawler.despam import despam
from crawler.items import Document, Outcome, Rejected

CASES = Path(__file__).parent.parent / "cases"
CATALOG = Catalog()
BODY = (
    "<p>本报讯 3月5日，全市教育工作会议在市会议中心召开，市长李明出席并讲话，各县区教育局负责人参加会议。</p>"
    "<p>会议强调，要全面贯彻党的教育方针，落实立德树人根本任务，加快推进教育强市建设，办好人民满意的教育。</p>"
    "<p>会议要求，各县区要压实责任，统筹推进各项重点任务，切实抓好校园安全工作，确保各项部署落地见效。</p>"
)
MORE = (  # titles and keywords are held against a body of some length
    "<p>会议指出，过去一年，全市新建改扩建中小学二十三所，新增学位一万八千个，乡村教师待遇持续提高，家长更加放心。</p>"
    "<p>与会代表还参观了两所新建学校，观看了学生社团的展演，并就课后服务和集团化办学交换了意见。</p>"
)
FLOOR = 0.975
HEADLINE = "全市教育工作会议召开"
FLOORS = {"visible link in article": 0.92}
PLACES = {
    "alone": "<p>{}</p>",
    "heading": "<h1>{}</h1>",
    "menu": "<ul><li>首页</li><li>{}</li><li>联系我们</li></ul>",
    "table": "<table><tr><td>序号</td><td>{}</td></tr><tr><td>1</td><td>{}</td></tr></table>",
    "links": '<ul><li><a href="http://www.another.com/">{}</a></li><li><a href="http://www.b.com/">{}</a></li></ul>',
    "hidden": '<div style="display:none">{}</div>',
}


def honest(name: str) -> list[str]:
    rows = (CASES / name).read_text("utf-8").splitlines()
    return [row for row in rows if row and row[0] != "#"]


HONEST = honest("spam_honest_aside.txt")


def page(body: str, title: str = HEADLINE, headline: str = HEADLINE) -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{headline}</h1>{BODY}{body}</body></html>"


def cuts(markup: str) -> list[str]:
    result = despam(document_of(markup), CATALOG)
    return [result.reason] if isinstance(result, Rejected) else [block.text for block in result.spam_blocks]


@pytest.mark.parametrize("place", PLACES)
def test_no_hard_honest_line_is_cut(place: str) -> None:
    assert {line: found for line in HONEST if (found := cuts(page(PLACES[place].format(line, line))))} == {}


@pytest.mark.parametrize("with_body", [True, False])
def test_no_hard_honest_title_is_cut(with_body: bool) -> None:
    wrong = {}
    for line in HONEST:
        markup = page(f"<p>{line}</p>" if with_body else "", f"{line}-某市教育局")
        if found := cuts(markup):
            wrong[line] = found
    assert wrong == {}


def test_all_hard_honest_lines_in_one_list_stay() -> None:
    rows = "".join(f'<li><a href="http://x{number}.com/">{line}</a></li>' for number, line in enumerate(HONEST))
    assert cuts(page(f"<ul>{rows}</ul>")) == []


def test_lines_of_words_kept_aside_are_found() -> None:
    composer = Composer("aside", 21)
    items, lines = found_share([composer.line() for _ in range(200)], CATALOG)
    assert items >= 0.99
    assert lines >= 0.98


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kind_of_planting_is_found(kind: Kind) -> None:
    composer = Composer("aside", 22)
    verdicts = []
    for _ in range(120):
        line = composer.line("ads", items=4) if kind.name == "advertisement" else composer.line(items=8)
        verdicts.append(measure(kind, page(MORE), line, CATALOG))
    known = [verdict for verdict in verdicts if verdict is not None]
    assert len(known) == len(verdicts)
    assert statistics.mean(verdict.found for verdict in known) >= FLOORS.get(kind.name, FLOOR)
    assert max(verdict.lost for verdict in known) == 0


def text_left(markup: str) -> str:
    result = despam(document_of(markup), CATALOG)
    assert isinstance(result, Document)
    return ink(dom.text_of(result.tree))


def test_text_between_two_planted_links_stays() -> None:
    sentence = "会议指出，要坚持教育优先发展，{}全面提升基础教育质量，促进教育公平，{}推动义务教育优质均衡发展。"
    links = ('<a href="http://k1x.com/">国产精品无码在线</a>', '<a href="http://k2x.com/">开云体育官网入口</a>')
    assert text_left(page(f"<p>{sentence.format(*links)}</p>")) == text_left(page(f"<p>{sentence.format('', '')}</p>"))


def test_honest_text_on_the_line_of_written_spam_stays() -> None:
    spam = "".join(f'<a href="http://k{i}.com/">国产精品无码{i}区在线观看</a> ' for i in range(8))
    opening = "<script>document.write(\"<div style='display:none'>\");</script>"
    closing = '<script>document.write("</div>");</script>'
    honest_text = '<span>技术支持：某某科技</span> <a href="/map.html">网站地图</a> '
    assert text_left(page(honest_text + opening + spam + closing)) == text_left(page(honest_text))


@pytest.mark.parametrize("brand", ["太阳成集团tyc234cc官网", "开云体育官方网站", "乐鱼体育官网入口"])
def test_brand_in_the_place_of_a_name_goes(brand: str) -> None:
    body = "<p>3月9日上午，{}召开党委会，专题学习教育大会精神，研究部署下一阶段重点工作。</p>"
    assert text_left(page(body.format(brand))) == text_left(page(body.format("")))


def test_generated_lottery_article_is_refused() -> None:
    headline = "2025新澳门正版免费资料大全精选解释解析落实"
    told = "<p>随着社会的发展，新澳门正版资料受到人们的关注，本文将从教育政策的角度对其进行全面的说明和介绍。</p>"
    markup = f"<html><head><title>{headline}</title></head><body><h1>{headline}</h1>{told * 4}</body></html>"
    result = despam(document_of(markup), CATALOG)
    assert isinstance(result, Rejected)
    assert result.outcome is Outcome.SPAM


def test_planted_title_over_an_honest_article_does_not_refuse_it() -> None:
    result = despam(document_of(page("", "2025新澳门正版免费资料大全精选解释解析落实")), CATALOG)
    assert isinstance(result, Document)
    assert [block.where for block in result.spam_blocks] == ["title"]


def test_escaped_lines_stay_as_they_were() -> None:
    """What looks like markup in an honest line is text, and stays."""
    row = "会议发布《<教育>强市纲要》，要求各地认真贯彻落实。"
    assert ink(row) in text_left(page(f"<p>{html.escape(row)}</p>" + "<p>国产精品无码|亚洲人妻在线|欧美熟妇视频</p>"))


if FOLDER := os.environ.get("HUIXUN_PAGES"):

    def test_no_block_of_the_saved_pages_is_cut() -> None:
        urls = addresses(Path(FOLDER))
        wrong = {}
        for name, markup in pages(Path(FOLDER)).items():
            result = despam(document_of(markup, urls.get(name, "http://www.example.cn/")), CATALOG)
            if isinstance(result, Rejected) or result.spam_blocks:
                wrong[name] = result
        assert wrong == {}

    def test_planted_lines_on_the_saved_pages_are_found() -> None:
        composer = Composer("aside", 23)
        found = []
        for number, markup in enumerate(list(pages(Path(FOLDER)).values())[::5]):
            verdict = measure(KINDS[number % 3], markup, composer.line(items=8), CATALOG)
            found += [verdict.found] if verdict else []
        assert statistics.mean(found) >= 0.98

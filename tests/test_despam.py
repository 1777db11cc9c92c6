"""crawler.despam: planted text goes and is kept as evidence, honest text stays to the letter."""

from __future__ import annotations

import html
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.spam import KINDS, Kind, document_of, found_share, ink, measure
from bench.spam_lines import Composer, Planted
from crawler import dom
from crawler.catalog import Catalog
from crawler.despam import despam, hidden, lines, words
from crawler.items import Document, Outcome, Rejected

CASES = Path(__file__).parent / "cases"
PLANTED = tomllib.loads((CASES / "spam_planted.toml").read_text("utf-8"))
HONEST = [line for line in (CASES / "spam_honest.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]
SEEDS = sorted((Path(__file__).parent.parent / "seeds" / "documents").glob("*.txt"))
CATALOG = Catalog()
ARTICLE = (
    "<h1>全市教育工作会议召开</h1><p>本报讯 3月5日，全市教育工作会议在市会议中心召开，市长李明出席并讲话。</p>"
    "<p>会议强调，要全面贯彻党的教育方针，落实立德树人根本任务，加快推进教育强市建设，办好人民满意的教育。</p>"
    "<p>会议要求，各县区要压实责任，统筹推进各项重点任务，切实抓好校园安全和防溺水、防性侵、防欺凌工作。</p>"
)


def page(body: str, title: str = "全市教育工作会议召开", head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{ARTICLE}{body}</body></html>"


def cleaned(markup: str) -> Document:
    result = despam(document_of(markup), CATALOG)
    assert isinstance(result, Document)
    return result


def text_left(document: Document) -> str:
    body = document.tree.find("body")
    assert body is not None
    return ink(dom.text_of(body))


WRAPPINGS = {
    "paragraph": "<p>{}</p>",
    "after a break": "<div>联系我们<br>{}</div>",
    "pre": "<pre>联系我们\n网站地图\n{}\n</pre>",
    "bare": "{}",
    "heading": "<h1>{}</h1>",
    "hidden": '<div style="display: none">{}</div>',
    "cell": "<table><tr><td>{}</td></tr></table>",
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("line", PLANTED["line"], ids=lambda line: line["text"][:12])
def test_planted_line_goes_and_nothing_else(line: dict[str, str], wrapping: str) -> None:
    result = cleaned(page(WRAPPINGS[wrapping].format(html.escape(line["text"]))))
    left = text_left(result)
    assert ink(line["text"])[:6] not in left
    assert ink(line["text"])[-6:] not in left
    without = text_left(document_of(page(WRAPPINGS[wrapping].format(""))))
    assert left == without
    assert sum(len(ink(block.text)) for block in result.spam_blocks) >= len(ink(line["text"])) - 2


@pytest.mark.parametrize("text", HONEST, ids=lambda text: text[:16])
def test_honest_line_stays(text: str) -> None:
    for wrapping in ("<p>{}</p>", "<ul><li>{}</li></ul>", '<p><a href="http://www.another.com/">{}</a></p>'):
        document = document_of(page(wrapping.format(text)))
        result = despam(document, CATALOG)
        assert isinstance(result, Document)
        assert result.spam_blocks == ()
        assert result.tree is document.tree


def test_all_honest_lines_on_one_page_stay() -> None:
    """Single menu words are left out: a page that lists them all, and nothing else, is no honest page."""
    document = document_of(page("".join(f"<p>{line}</p>" for line in HONEST if len(line) > 8)))
    result = despam(document, CATALOG)
    assert isinstance(result, Document)
    assert result.spam_blocks == ()


@pytest.mark.parametrize("case", PLANTED["title"], ids=lambda case: case["text"])
def test_title(case: dict[str, str]) -> None:
    result = cleaned(page("", title=case["text"]))
    assert (result.tree.findtext(".//title") or "") == case["rest"]
    assert bool(result.spam_blocks) == (case["rest"] != case["text"])


@pytest.mark.parametrize("case", PLANTED["strange_title"], ids=lambda case: case["text"])
def test_title_beside_a_longer_body(case: dict[str, str]) -> None:
    more = "<p>会议指出，过去一年，全市新建改扩建中小学二十三所，新增学位一万八千个，乡村教师待遇持续提高。</p>"
    result = cleaned(page(more * 2, title=case["text"]))
    assert (result.tree.findtext(".//title") or "") == case["rest"]
    assert bool(result.spam_blocks) == (case["rest"] != case["text"])


def test_long_advertisement_in_sentences_goes() -> None:
    text = "我们团队诚招各地总代，扫码进群领取福利，手续齐全，资料保密，老客户还有优惠。"
    result = cleaned(page(f"<p>{text}</p>"))
    assert text_left(result) == text_left(document_of(page("")))


def test_a_list_that_is_planted_goes_with_its_dull_items() -> None:
    items = ("国产精品无码专区", "亚洲人妻在线观看", "欧美熟妇视频", "男女动态图入口")
    rows = "".join(f'<li><a href="http://k{number}x.com/">{item}</a></li>' for number, item in enumerate(items))
    honest = '<ul><li><a href="/map.html">网站地图</a></li><li><a href="http://www.moe.gov.cn/">教育部</a></li></ul>'
    assert text_left(cleaned(page(honest + f"<ul>{rows}</ul>"))) == text_left(document_of(page(honest)))


def test_hidden_link_goes_from_text_with_spaces_between_its_signs() -> None:
    sentence = "会 议 指 出 ， 要 坚 持 教 育 优 先 发 展 ，{} 全 面 提 升 质 量 ， 促 进 公 平 。"
    link = '<a href="http://k1x.com/" style="font-size:0px">加v信办理</a>'
    result = cleaned(page(f"<p>{sentence.format(link)}</p>"))
    assert text_left(result) == text_left(document_of(page(f"<p>{sentence.format('')}</p>")))


@pytest.mark.parametrize(("head", "refused"), [("六合彩资料 天机诗 全年资料", True), ("课程安排 第一学期", False)])
def test_tables_of_lottery_tips_are_no_article(head: str, refused: bool) -> None:
    rows = "".join(
        f"<p>第{n:03d}期：三四组合看中间，声色犬马逢贵人，春去秋来又一年，二七相伴同台走。</p>" for n in range(40)
    )
    result = despam(
        document_of(f"<html><head><title>天机诗</title></head><body><h2>{head}</h2>{rows}</body></html>"), CATALOG
    )
    assert isinstance(result, Rejected) == refused


def test_keywords_of_another_trade_go() -> None:
    head = '<meta name="keywords" content="国产精品,亚洲无码,人妻久久,一区二区三区"><meta name="author" content="张三">'
    result = cleaned(page("", head=head))
    assert dom.meta(result.tree) == {"author": "张三"}
    assert [block.where for block in result.spam_blocks] == ["meta"]


@pytest.mark.parametrize(
    "anchor", ["亚洲精品无码视频", "澳门新葡京娱乐", "开云体育官网", "国产成人在线观看", "办理毕业证学信网可查"]
)
@pytest.mark.parametrize("style", ["", ' style="font-size:0"'])
def test_link_planted_in_a_sentence_goes_and_the_sentence_stays(anchor: str, style: str) -> None:
    sentence = "会议指出，要坚持教育优先发展，{}全面提升基础教育质量，促进教育公平，推动义务教育优质均衡发展。"
    link = f'<a href="http://www.k1x.com/"{style}>{anchor}</a>'
    result = cleaned(page(f"<p>{sentence.format(link)}</p>"))
    assert text_left(result) == text_left(document_of(page(f"<p>{sentence.format('')}</p>")))


def test_honest_links_in_sentences_stay() -> None:
    links = (
        "国家智慧教育平台",
        "中国体育彩票公益金",
        "预防艾滋病知识手册",
        "扫黄打非办公室",
        "防赌博宣传片",
        "精品课程",
    )
    body = "".join(
        f'<p>会议指出，要用好<a href="http://x{i}.com/">{t}</a>，持续推进各项工作。</p>' for i, t in enumerate(links)
    )
    assert cleaned(page(body)).spam_blocks == ()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_seventeen_kinds_of_planting(kind: Kind) -> None:
    text = PLANTED["line"][0]["text"] if kind.name != "advertisement" else PLANTED["line"][8]["text"]
    line = Planted(kind="porn", items=tuple(text.replace("，", "|").split("|")), separator="|")
    verdict = measure(kind, page(""), line, CATALOG)
    assert verdict is not None
    assert verdict.found
    assert verdict.lost == 0


def test_lines_of_words_kept_aside() -> None:
    composer = Composer("aside", 11)
    items, _ = found_share([composer.line() for _ in range(60)], CATALOG)
    assert items >= 0.97


@pytest.mark.parametrize("number", [0, 2, 3])
def test_clean_documents_are_not_touched(number: int) -> None:
    markup = "".join(f"<p>{html.escape(row)}</p>" for row in SEEDS[number].read_text("utf-8").splitlines())
    document = document_of(f"<html><body>{markup}</body></html>")
    result = despam(document, CATALOG)
    assert isinstance(result, Document)
    assert result.spam_blocks == ()
    assert result.tree is document.tree


@pytest.mark.parametrize("number", [1, 4])
@pytest.mark.parametrize("wrapping", ["rows", "breaks", "pre", "links"])
def test_documents_with_a_planted_tail_lose_the_tail_only(number: int, wrapping: str) -> None:
    rows = [row.strip() for row in SEEDS[number].read_text("utf-8").splitlines() if row.strip()]
    body = {
        "rows": "".join(f"<p>{html.escape(row)}</p>" for row in rows),
        "breaks": "<div>" + "<br>".join(map(html.escape, rows)) + "</div>",
        "pre": "<pre>" + html.escape("\n".join(rows)) + "</pre>",
        "links": "".join(f"<p>{html.escape(row)}</p>" for row in rows[:-1])
        + "<ul>"
        + "".join(f'<li><a href="/{i}/">{item}</a></li>' for i, item in enumerate(rows[-1].lstrip("• ").split("|")))
        + "</ul>",
    }[wrapping]
    result = despam(document_of(f"<html><body>{body}</body></html>"), CATALOG)
    assert isinstance(result, Document)
    assert text_left(result) == ink("".join(rows[:-1]))


def test_nothing_but_spam_is_refused() -> None:
    body = "".join(f"<p>{line['text']}</p>" for line in PLANTED["line"]) + "<p>首页 联系我们</p>"
    result = despam(document_of(f"<html><body>{body}</body></html>"), CATALOG)
    assert isinstance(result, Rejected)
    assert result.outcome is Outcome.SPAM
    assert result.stage == "despam"
    assert result.evidence


def test_an_article_under_a_flood_of_spam_is_kept() -> None:
    flood = "".join(f"<p>{line['text']}</p>" for line in PLANTED["line"]) * 5
    assert text_left(cleaned(page(flood))) == text_left(document_of(page("")))


def test_document_itself_is_left_alone() -> None:
    document = document_of(page(f"<p>{PLANTED['line'][0]['text']}</p>"))
    before = dom.text_of(document.tree)
    result = cleaned(document.html)
    despam(document, CATALOG)
    assert dom.text_of(document.tree) == before
    assert "婷婷" not in result.html


def test_random_tags_go() -> None:
    tags = (
        '<sup id="yyy80"></sup><tfoot id="yyy80"><kbd id="yyy80"></kbd></tfoot><rt id="yyy80"></rt><b id="yyy80"></b>'
    )
    result = cleaned(page(tags + "<xmp id=\"yyy80\"><i id='yyy80'></i></xmp>"))
    assert "yyy80" not in result.html
    assert hidden.random_id(page('<p id="part1"></p>')) is None


def test_redirect_lowers_trust_and_cuts_nothing() -> None:
    script = "<script>if(/baidu|sogou/.test(document.referrer)){location.href='http://k1x.com'}</script>"
    document = document_of(page(script))
    result = despam(document, CATALOG)
    assert isinstance(result, Document)
    assert result.tree is document.tree
    assert result.provenance is not None
    assert "redirect" in result.provenance.marks


@given(st.text(max_size=300))
def test_folding_keeps_places(text: str) -> None:
    folded, codes = words.fold(text)
    assert len(folded) == len(text) == len(codes)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<a href='http://a.b/'>", "</a>", "<br>", "国产精品", "教育，", "\n", " ", "|"])
    )
)
def test_reading_covers_the_text_and_never_fails(parts: list[str]) -> None:
    document = document_of("".join(parts))
    read = lines.read(document.tree)
    for piece in read.pieces:
        assert read.text[piece.start : piece.end] == (piece.node.tail if piece.tail else piece.node.text)
    assert isinstance(despam(document, CATALOG), Document | Rejected)


@settings(max_examples=25, deadline=None)
@given(st.permutations([line for line in HONEST if len(line) > 8]).map(lambda rows: rows[:12]))
def test_honest_text_in_any_order_stays(rows: list[str]) -> None:
    assert cleaned(page("".join(f"<p>{row}</p>" for row in rows))).spam_blocks == ()


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<html></html>",
        "<div>" * 3000 + "国产精品",
        "蜘蛛池" * 20_000,
        "市| " * 40_000,
        "标识码" * 30_000,
        "copyright " * 20_000,
    ],
    ids=["empty", "bare", "deep", "pool", "places", "codes", "copyright"],
)
def test_hostile_pages_end_soon(markup: str) -> None:
    document = document_of(markup)
    start = time.process_time()
    despam(document, CATALOG)
    assert time.process_time() - start < 3

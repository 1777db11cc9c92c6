"""Repair undoes what mirrors and wrong charsets did to a page, says so, and leaves clean text alone."""

from __future__ import annotations

import html
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.mirrors import annotated, shifts
from crawler import dom
from crawler.decode import decode
from crawler.items import Document, Page
from crawler.repair import repair

HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "cases" / "repair.toml").read_text("utf-8"))["case"]
DOCUMENTS = sorted((HERE.parent / "seeds" / "documents").glob("*.txt"))
CLEAN = [path for path in DOCUMENTS if not path.name.startswith("001_")]
SENTENCES = (
    "会议强调，要深入推进职普融通、产教融合，大力支持高校发展，提高高校科技成果转化效能。",
    "各级各类学校快速行动，全面落实立德树人根本任务，加强教师队伍建设，关心学生健康成长。",
    "会议要求，要办好人民满意的教育。基础教育要扩优提质，专科学校要办出特色。现在，全市上下正抓紧落实。",
    "他说：“这项工作关系千家万户。”会后，与会代表围绕学校科学布局作了交流发言。",
)


def page_of(lines: list[str]) -> Document:
    body = "<html><body>" + "".join(f"<p>{line}</p>" for line in lines) + "</body></html>"
    document = decode(Page(url="http://edu.example.cn/1.html", body=body.encode("utf-8", "surrogatepass")))
    assert isinstance(document, Document), document
    return document


def lines_of(document: Document) -> list[str]:
    return [element.text_content() for element in document.tree.iter("p")]


def unspaced(document: Document) -> str:
    return "".join("".join(lines_of(document)).split())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, list[str]]) -> None:
    document = repair(page_of(case["lines"]))
    assert lines_of(document) == case["want"]
    assert [fix.kind for fix in document.fixes] == case["kinds"]


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.name[:3])
def test_clean_given_documents_are_not_touched(path: Path) -> None:
    document = page_of([html.escape(line) for line in path.read_text("utf-8").splitlines()])
    after = repair(document)
    assert after.fixes == ()
    assert after.tree is document.tree


class TestTheMirroredDocument:
    """The second given document: 129 notes, one shift, one lost indent."""

    TEXT = next(path for path in DOCUMENTS if path.name.startswith("001_")).read_text("utf-8")

    def test_all_of_it(self) -> None:
        document = repair(page_of([html.escape(line) for line in self.TEXT.splitlines()]))
        text = dom.text_of(document.tree)
        assert document.script == "Hant"
        assert {fix.kind: fix.count for fix in document.fixes} == {"pinyin": 129, "lost-space": 1, "shift": 1}
        assert "提高高校科技成果轉化效能" in text
        assert "今日永州訊" in text
        assert "?" not in text

    @pytest.mark.parametrize(
        "shown",
        [
            "??萍汲晒\ue38bD(zhuǎn)",
            "?？萍汲晒\ue38bD(zhuǎn)",
            "\ufffd\ufffd萍汲晒\ue38bD(zhuǎn)",
            "\ufffd萍汲晒\ue38bD(zhuǎn)",
            "??萍汲晒D(zhuǎn)",
            "??萍汲晒\ufffdD(zhuǎn)",
            "??萍汲晒?D(zhuǎn)",
            "\ufffd\ufffd萍汲晒D(zhuǎn)",
        ],
    )
    def test_the_shift_where_a_copyist_lost_more(self, shown: str) -> None:
        text = self.TEXT.replace("??萍汲晒\ue38bD(zhuǎn)", shown)
        document = repair(page_of([html.escape(line) for line in text.splitlines()]))
        assert "提高高校科技成果轉化效能" in dom.text_of(document.tree)

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 40])
    def test_cut_into_inline_elements(self, size: int) -> None:
        whole, cut = [], []
        for line in self.TEXT.splitlines():
            pieces = [line[at : at + size] for at in range(0, len(line), size)]
            whole.append(html.escape(line))
            cut.append("".join(f"<span><font>{html.escape(piece)}</font></span>" for piece in pieces))
        document, plain = repair(page_of(cut)), repair(page_of(whole))
        assert lines_of(document) == lines_of(plain)
        assert document.fixes == plain.fixes

    @pytest.mark.parametrize("wrap", ["<br>", "<br />\n", "\n    "], ids=["break", "break-newline", "newline"])
    @pytest.mark.parametrize("width", [7, 20, 31, 38])
    def test_set_to_a_width(self, width: int, wrap: str) -> None:
        """Notes and the shift are undone wherever a line of print cuts them."""
        whole, cut = [], []
        for line in self.TEXT.splitlines():
            pieces = [html.escape(line[at : at + width]) for at in range(0, len(line), width)]
            whole.append(html.escape(line))
            cut.append(wrap.join(pieces))
        document, plain = repair(page_of(cut)), repair(page_of(whole))
        assert unspaced(document) == unspaced(plain)
        assert {fix.kind: fix.count for fix in document.fixes} == {fix.kind: fix.count for fix in plain.fixes}

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
    def test_over_a_break(self, size: int) -> None:
        shown = "??萍汲晒\ue38bD"
        lines = [html.escape(line) for line in self.TEXT.splitlines()]
        document = repair(page_of([line.replace(shown, f"{shown[:size]}<br>{shown[size:]}") for line in lines]))
        assert "提高高校科技成果轉化效能" in "".join(lines_of(document))

    @pytest.mark.parametrize("size", [3, 4, 5])
    def test_half_a_shift_is_left_as_it_is(self, size: int) -> None:
        shown = "??萍汲晒\ue38bD"
        lines = [html.escape(line) for line in self.TEXT.splitlines()]
        document = repair(page_of([line.replace(shown, f"{shown[:size]}</p><p>{shown[size:]}") for line in lines]))
        assert f"提高高{shown}化效能" in "".join(lines_of(document)).replace("(zhuǎn)", "")
        assert all(fix.confidence < 0.5 for fix in document.fixes if fix.kind == "shift")

    @pytest.mark.parametrize("times", [1, 2])
    def test_under_a_wrong_charset(self, times: int) -> None:
        """The script and the mirror's marks can only be seen when the charset is put right."""
        lines = [html.escape(line) for line in self.TEXT.splitlines()]
        shown = lines
        for _ in range(times):
            shown = [line.encode("utf-8").decode("latin-1") for line in shown]
        document, plain = repair(page_of(shown)), repair(page_of(lines))
        assert document.script == "Hant"
        assert lines_of(document) == lines_of(plain)
        assert [fix for fix in document.fixes if fix.kind != "mojibake"] == list(plain.fixes)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_shifts_of_a_mirror_are_undone(sentence: str) -> None:
    mirrored = [annotated(each) for each in SENTENCES]
    damages = list(shifts(annotated(sentence)))
    assert damages
    for damage in damages:
        others = [line for line in mirrored if line != damage.before]
        document = repair(page_of([damage.after, *others]))
        assert lines_of(document)[0] == lines_of(repair(page_of([damage.before, *others])))[0]
        assert [fix.confidence >= 0.5 for fix in document.fixes if fix.kind == "shift"] == [True]


def test_what_is_not_sure_is_marked_and_left() -> None:
    line = "完成了課時?，F將安排公布"
    document = repair(page_of([line, "建設(shè)，學(xué)，關(guān)，領(lǐng)，責(zé)任"]))
    assert lines_of(document)[0] == line
    marked = [fix for fix in document.fixes if fix.kind == "shift"]
    assert [(fix.before, fix.after) for fix in marked] == [("?，F", "。現")]
    assert marked[0].confidence < 0.5


def test_a_note_in_an_element_of_its_own() -> None:
    lines = ["教育強市建設<sup>(shè)</sup>，學<small>(xué)</small>生，關(guān)心，領(lǐng)導(dǎo)，責(zé)任"]
    assert lines_of(repair(page_of(lines))) == ["教育強市建設，學生，關心，領導，責任"]


def test_titles_and_attributes_are_repaired_too() -> None:
    body = (
        "<html><head><title>全市教育大會召開 建設(shè)教育強市</title>"
        '<meta name="description" content="關(guān)于學(xué)校建設(shè)"></head>'
        '<body><p>領(lǐng)導(dǎo)責(zé)任</p><img alt="建設(shè)工地" src="x(shè).png"></body></html>'
    )
    document = decode(Page(url="http://edu.example.cn/", body=body.encode()))
    assert isinstance(document, Document)
    tree = repair(document).tree
    assert tree.findtext(".//title") == "全市教育大會召開 建設教育強市"
    assert dom.meta(tree)["description"] == "關于學校建設"
    assert tree.find(".//img").attrib == {"alt": "建設工地", "src": "x(shè).png"}


def test_the_document_given_is_not_changed() -> None:
    document = page_of(["建設(shè)教育強市，關(guān)心學(xué)生，領(lǐng)導(dǎo)責(zé)任"])
    before = lines_of(document)
    assert lines_of(repair(document)) != before
    assert lines_of(document) == before


def test_scripts_are_not_touched() -> None:
    lines = ['<script>var a = "建設(shè) &amp;ldquo;";</script>建設(shè)，學(xué)，關(guān)，領(lǐng)，責(zé)']
    script = repair(page_of(lines)).tree.find(".//script")
    assert script is not None
    assert script.text == 'var a = "建設(shè) &amp;ldquo;";'


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("latin-1", "utf-8"), ("sloppy-windows-1252", "utf-8"), ("latin-1", "gbk"), ("sloppy-windows-1252", "gbk")],
)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_chinese_read_as_latin(sentence: str, wrong: str, right: str) -> None:
    document = repair(page_of([sentence.encode(right).decode(wrong)]))
    assert lines_of(document) == [sentence]
    assert [fix.kind for fix in document.fixes] == ["mojibake"]


def test_big5_read_as_gbk() -> None:
    sentence = "全省教育工作會議在省城召開，會議強調堅持為黨育人、為國育才，辦好人民滿意的教育。"
    assert lines_of(repair(page_of([sentence.encode("big5").decode("gb18030")]))) == [sentence]


def test_gbk_read_as_big5() -> None:
    sentence = "今年，教育，学生，家长，都来了"
    assert lines_of(repair(page_of([sentence.encode("gbk").decode("big5hkscs")]))) == [sentence]


@pytest.mark.parametrize("text", ["教育大会召开", "市委书记出席并讲话，会议强调要办好教育"])
def test_utf8_read_as_gbk(text: str) -> None:
    shown = text.encode("utf-8").decode("gb18030", "replace").replace("\ufffd", "?")
    assert lines_of(repair(page_of([shown]))) == [text]


def test_utf8_read_as_gbk_with_bytes_lost_is_told() -> None:
    """Nothing brings back a text of which every other character lost a byte; the page is marked as unreadable."""
    shown = [line.encode("utf-8").decode("gbk", "replace").replace("\ufffd", "?") for line in SENTENCES]
    document = repair(page_of(shown))
    assert [fix.confidence for fix in document.fixes if fix.kind == "unreadable"] == [0.0]
    half = repair(page_of([*SENTENCES * 3, shown[0]]))
    assert "unreadable" not in [fix.kind for fix in half.fixes]


@pytest.mark.parametrize(
    "body",
    [
        "??萍汲晒D" * 100_000,
        "建設(shè)" * 200_000,
        "&amp;" * 300_000,
        "ÖÐ¹ú½ÌÓý " * 100_000,
        "(" * 500_000 + "a" * 500_000,
        "？！" * 300_000,
        "\\u4e2d" * 200_000 + "%E4" * 200_000,
        "<div>" * 100_000 + "建設(shè)學(xué)關(guān)領(lǐng)",
        "<b>??</b><i>萍汲</i>晒D" * 30_000 + "建設(shè)學(xué)關(guān)領(lǐng)",
        "<b>設(</b>shè)" * 60_000,
        "建設(shè)學(xué)關(guān)領(lǐng)" + "\n" * 300_000 + "?今<p>" + "\n　" * 100_000 + "x",
    ],
    ids=(
        "shifts",
        "notes",
        "ampersands",
        "latin",
        "brackets",
        "questions",
        "escapes",
        "nested",
        "cut-shifts",
        "cut-notes",
        "blanks",
    ),
)
def test_hostile_pages_end_in_seconds(body: str) -> None:
    document = decode(Page(url="http://edu.example.cn/", body=body.encode()))
    assert isinstance(document, Document)
    start = time.process_time()
    repair(document)
    assert time.process_time() - start < 10


PIECES = st.sampled_from(
    [
        "??萍汲晒\ue38bD(zhuǎn)",
        "(shè)",
        "建設",
        "學(xué)",
        "?",
        "？！",
        "\ufffd",
        "ÖÐ",
        "鏁欒偛",
        "&amp;ldquo;",
        "<p>",
        "<b>",
        "校",
        "\ufeff",
        "⾼",
        "（",
    ]
)


@given(st.lists(PIECES | st.text(max_size=6), max_size=30))
@settings(max_examples=250, deadline=None)
def test_any_text_gives_a_document(parts: list[str]) -> None:
    document = decode(Page(url="http://edu.example.cn/", body=("<p>x" + "".join(parts)).encode("utf-8", "ignore")))
    if isinstance(document, Document):
        after = repair(document)
        assert all(0 <= fix.confidence <= 1 for fix in after.fixes)


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_clean_sentences_stay(lines: list[str], hant: bool) -> None:
    shown = ["".join(annotated(char)[0] for char in line) for line in lines] if hant else lines
    document = repair(page_of(shown))
    assert lines_of(document) == shown
    assert document.fixes == ()

"""Text out of attached files, and the refusal of hostile ones."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from crawler import attached, topics
from crawler.catalog import Catalog
from crawler.clean import clean
from crawler.config import CHECKOUT
from crawler.extract import report_itself
from crawler.items import Attachment, Entry, Page, Report

TEXT = "10月31日，全市教育大会召开。市委书记方远山出席并讲话，市长陆知行主持会议。会议强调，要办好人民满意的教育。"


def _docx(*paragraphs: str) -> bytes:
    written = docx.Document()
    for text in paragraphs:
        written.add_paragraph(text)
    table = written.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "序号", "学校"
    out = io.BytesIO()
    written.save(out)
    return out.getvalue()


def _pdf(*lines: str) -> bytes:
    """The smallest PDF with text: one page, a built-in font, an index of its objects."""
    drawn = "BT /F1 12 Tf 50 700 Td " + " ".join(f"({line}) Tj 0 -20 Td" for line in lines) + " ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, at = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        at.append(len(out))
        out += f"{number} 0 obj{content}endobj\n"
    index = "".join(f"{place:010} 00000 n \n" for place in at)
    start = len(out)
    return (
        f"{out}xref\n0 6\n0000000000 65535 f \n{index}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()
    )


def test_text_of_attached_files() -> None:
    assert (
        attached.read(_docx("全市教育大会召开", "会议由市长主持。")).text
        == "全市教育大会召开\n会议由市长主持。\n序号 | 学校"
    )
    assert attached.read(_pdf("Education conference", "opened today.")).text == "Education conference\nopened today."


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", b" " * (64 * 2**20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "neither"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "neither"),
        (b"%PDF-1.7 and then nothing", "unreadable"),
        (_pdf(), "no text"),
        (b"PK\x03\x04 and then nothing", "unreadable"),
        (_zip_bomb(), "unreadable"),
        (b"%PDF" + b"0" * (21 * 2**20), "too large"),
    ],
    ids=["empty", "old DOC", "cut PDF", "PDF of pictures", "cut DOCX", "bomb", "huge"],
)
def test_attached_files_that_give_no_text(body: bytes, reason: str) -> None:
    found = attached.read(body)
    assert not found.text
    assert reason in found.reason


def files(*urls: str) -> list[Attachment]:
    return [Attachment(url=f"http://www.example.gov.cn/{url}", name=url) for url in urls]


def test_the_attachment_that_is_the_report() -> None:
    one = report_itself(files("a.doc", "a.PDF?x=1"), "全文见附件，请下载阅读。")
    assert one is not None
    assert one.name == "a.PDF?x=1"
    assert report_itself(files("a.pdf"), "会议强调，" * 30) is None
    assert report_itself(files("a.pdf", "b.docx"), "") is None
    assert report_itself([], "") is None


@pytest.mark.parametrize("body", [_docx("全市教育大会召开", TEXT), _docx(TEXT)], ids=["with its title", "without"])
def test_a_file_is_read_like_a_page(body: bytes) -> None:
    url = "http://www.example.gov.cn/P020250203.docx"
    entry = Entry(url=url, title="全市教育大会召开", listed_on="2024-11-01")
    about = topics.load(CHECKOUT / "seeds" / "topics.toml")
    report = clean(Page(url=url, body=body, entry=entry), catalog=Catalog(), topics=about)
    assert isinstance(report, Report)
    assert (report.article.title, report.article.date) == ("全市教育大会召开", "2024-11-01")
    assert report.conference.held_on == "2024-10-31"
    assert report.article.text.startswith(TEXT)

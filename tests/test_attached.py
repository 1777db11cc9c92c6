"""Text out of attached files, and the refusal of hostile ones."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from crawler import dom
from crawler.extract import attached
from crawler.items import Article, Attachment, Document, Page


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


def article(*urls: str, text: str = "全文见附件，请下载阅读。") -> Article:
    tree = dom.parse("")
    document = Document(
        page=Page(url="http://www.example.gov.cn/", body=b""), html="", tree=tree, charset="utf-8", charset_basis="bom"
    )
    files = tuple(Attachment(url=f"http://www.example.gov.cn/{url}", name=url) for url in urls)
    return Article(document=document, title="通知", title_hans="通知", text=text, text_hans=text, attachments=files)


def test_the_attachment_that_is_the_report() -> None:
    one = attached.report_itself(article("a.doc", "a.PDF?x=1"))
    assert one is not None
    assert one.name == "a.PDF?x=1"
    assert attached.report_itself(article("a.pdf", text="会议强调，" * 30)) is None
    assert attached.report_itself(article("a.pdf", "b.docx")) is None
    assert attached.report_itself(article()) is None

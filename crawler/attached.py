"""Reads the text of a PDF or DOCX file, for reports that are nothing but a file.

It is given bytes and has bounds of its own: a hostile file costs a few seconds and some tens of megabytes, never more.
Scanned pages have no text and give none; the older DOC, WPS and OFD formats are not read. Both libraries are imported
where they are needed: they take 15 MB, and most crawls meet no such file.
"""

from __future__ import annotations

import io
import logging
import zipfile

from attrs import frozen

from crawler import joining

MAX_BYTES = 20 * 2**20
_MAX_PAGES = 60
_MAX_CHARS = 300_000
_MAX_STREAM = 4 * 2**20  # bytes of drawing instructions in one page
_MAX_UNPACKED = 50 * 2**20  # bytes of a DOCX, all parts together
_MAX_PART = 16 * 2**20
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every flaw of a file; the result says enough


@frozen
class Attached:
    """The text of a file, or why there is none; exactly one of them is set."""

    text: str = ""
    reason: str = ""


def read(body: bytes) -> Attached:
    """The text of a file, told by its first bytes. Never raises."""
    if len(body) > MAX_BYTES:
        return Attached(reason=f"too large: {len(body)} bytes")
    try:
        if body[:1024].lstrip().startswith(b"%PDF"):
            return _told(_from_pdf(body))
        if body.startswith(b"PK"):
            return _told(_from_docx(body))
    except Exception as error:  # noqa: BLE001 - both libraries raise whatever a damaged file provokes
        return Attached(reason=f"unreadable: {type(error).__name__}"[:200])
    return Attached(reason="neither PDF nor DOCX")


def _told(text: str) -> Attached:
    return Attached(text=text) if text else Attached(reason="no text in it")


def _from_pdf(body: bytes) -> str:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(body), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("encrypted")
    lines: list[str] = []
    chars = 0
    for number in range(min(len(reader.pages), _MAX_PAGES)):
        page = reader.pages[number]
        contents = page.get_contents()
        if contents is None or len(contents.get_data()) > _MAX_STREAM:
            continue
        for line in page.extract_text().splitlines():
            if text := " ".join(line.split()):
                lines.append(text)
                chars += len(text)
        if chars > _MAX_CHARS:
            break
    # Paper breaks lines where it ends.
    return "\n".join(joining.joined(lines, joining.cut_by_width(lines), "unwrap")[0])[:_MAX_CHARS]


def _from_docx(body: bytes) -> str:
    import docx
    from docx.oxml.ns import qn

    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        sizes = [part.file_size for part in parts.infolist()]
        if sum(sizes) > _MAX_UNPACKED or max(sizes, default=0) > _MAX_PART:
            raise ValueError("unpacks to too much")
    document = docx.Document(io.BytesIO(body))
    lines: list[str] = []
    for element in document.element.body.iterchildren(qn("w:p"), qn("w:tbl")):
        rows = element.iterchildren(qn("w:tr")) if element.tag == qn("w:tbl") else (element,)
        for row in rows:
            cells = row.iterchildren(qn("w:tc")) if row.tag == qn("w:tr") else (row,)
            texts = (" ".join("".join(piece.text or "" for piece in cell.iter(qn("w:t"))).split()) for cell in cells)
            lines.append(" | ".join(text for text in texts if text))
    return "\n".join(line for line in lines if line)[:_MAX_CHARS]

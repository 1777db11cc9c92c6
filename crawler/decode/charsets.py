"""Knows the names of charsets, where a page declares one, and what its first bytes give away."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from attrs import frozen

from crawler.items import Page

_HEAD = 8192  # bytes in which a declaration counts; browsers look at 1,024, old CMSs write longer heads
_HEADER_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,500}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"^\s{0,99}<\?xml[^>]{0,100}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})", re.IGNORECASE)
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32le", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32be", "utf-32-be"),
    (b"\xff\xfe", "utf-16le", "utf-16-le"),
    (b"\xfe\xff", "utf-16be", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030", "gb18030"),
)
BOMS = frozenset(mark for mark, _, _ in _BOMS)
CONTROL_BYTES = "control bytes"
_MAGIC = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"RIFF", "riff"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"\x00\x00\x01\x00", "icon"),
    (b"wOF", "font"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"FWS", "flash"),
    (b"CWS", "flash"),
    (b"{\\rtf", "rtf"),
)
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32), 127])  # not tab, line ends, or the escape of ISO-2022


@frozen
class Charset:
    """A charset that this product reads: its WHATWG label, Python's codec, and the script beside Han, if any."""

    label: str
    codec: str
    script: str = ""


UTF_8 = Charset("utf-8", "utf-8")
GB18030 = Charset("gb18030", "gb18030")
BIG5 = Charset("big5", "big5hkscs")
UTF_16 = (Charset("utf-16le", "utf-16-le"), Charset("utf-16be", "utf-16-be"))
LATIN = Charset("windows-1252", "cp1252", "latin")


@cache
def _by_name() -> dict[str, Charset]:
    names: dict[str, Charset] = {}
    text = resources.files(__package__).joinpath("charsets.csv").read_text("utf-8")
    for label, codec, script, aliases in csv.reader(line for line in text.splitlines() if not line.startswith("#")):
        charset = Charset(label, codec, script)
        for name in (label, codec, *aliases.split()):
            names.setdefault(name, charset)
    return names


def named(name: str) -> Charset | None:
    """The charset of a name as pages write it, or None where nobody knows it (UTF-16 among them: it has marks)."""
    return _by_name().get(name.strip().strip("\"'").lower())


def claims(page: Page, body: bytes, argument: str | None) -> dict[str, Charset]:
    """What the page says of itself: ``header``, ``meta`` and the caller's ``argument``, the strongest first."""
    found: dict[str, Charset] = {}
    in_header = _HEADER_CHARSET.search(page.headers.get("content-type") or page.headers.get("Content-Type") or "")
    head = body[:_HEAD]
    in_meta = _META_CHARSET.search(head) or _XML_CHARSET.search(head)
    names = {
        "header": in_header[1] if in_header else "",
        "meta": in_meta[1].decode("ascii", "ignore") if in_meta else "",
        "argument": argument or "",
    }
    for basis, name in names.items():
        charset = named(name)
        if charset:
            found[basis] = charset
    return found


def by_mark(body: bytes) -> tuple[Charset, str, int] | None:
    """The charset by byte order mark or by the parity of NULs, the basis, and how many bytes the mark takes."""
    for mark, label, codec in _BOMS:
        if body.startswith(mark) and not (codec.startswith("utf-16") and _is_not_utf16(body)):
            return Charset(label, codec), "bom", len(mark)
    sample = body[:_HEAD]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd > len(sample) // 20 and min(even, odd) * 10 <= max(even, odd) and max(even, odd) >= 2:
        label = "utf-16le" if odd > even else "utf-16be"
        return Charset(label, label[:6] + "-" + label[6:]), "nul-parity", 0
    return None


def _is_not_utf16(body: bytes) -> bool:
    """A stray mark before single-byte markup: ``<h`` would be one unit of UTF-16."""
    return body[2:_HEAD].count(b"\x00") == 0 and body[2:_HEAD].count(b"</") > 0


def binary_kind(body: bytes) -> str:
    """A word for what the bytes are where they are no text; empty where they may be."""
    start = body[:64].lstrip()
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if body[4:8] == b"ftyp":
        return "video"
    sample = body[:65_536]
    return CONTROL_BYTES if (len(sample) - len(sample.translate(None, _CONTROLS))) * 20 > len(sample) else ""

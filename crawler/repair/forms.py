"""Puts single characters right: entities shown as text, invisible ones, radicals and compatibility forms.

Quotes and full-width punctuation are never touched: they are good Chinese typography, not damage.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from importlib import resources

from crawler import hans
from crawler.items import Script

# Only what stands for a character of prose; ``&lt;`` may be what a page about HTML means to show.
ENTITY = re.compile(
    r"&(?:amp;){0,3}(?:(?:nbsp|ensp|emsp|thinsp|ldquo|rdquo|lsquo|rsquo|mdash|ndash|hellip|middot|bull|times|quot|yen"
    r"|laquo|raquo|deg|permil|copy|reg|trade|divide|plusmn|sup2|sup3);|(?:nbsp|ldquo|rdquo|mdash|hellip|middot)(?![a-z;])"
    r"|#[0-9]{2,7};|#[xX][0-9a-fA-F]{2,6};)"
)
_AMPERSANDS = re.compile("&(?:amp;)+")
UNICODE_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}){2,}")
PERCENT_ESCAPES = re.compile(r"(?<![\w/=?&.:%#+-])(?:%[0-9A-Fa-f]{2}){6,}")
ESCAPE_SIGNS = (re.compile(r"\\u[0-9a-fA-F]{4}\\u"), re.compile("%[eE][4-9]%"))
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_EMOJI_JOINER = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]\u200d")
FORMS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0002f800-\U0002fa1f]")
_HAN = re.compile("[\u3400-\u9fff]")


def entities(text: str) -> str:
    """Entities that were escaped twice, ``&amp;ldquo;``, become what they stand for."""
    return ENTITY.sub(lambda match: html.unescape(_AMPERSANDS.sub("&", match[0])), text)


def escapes(text: str) -> str:
    r"""Runs of ``\uXXXX`` and of percent-encoded UTF-8 become the Chinese that they encode; anything else stays."""
    return PERCENT_ESCAPES.sub(_unquoted, UNICODE_ESCAPES.sub(_unescaped, text))


def _unescaped(match: re.Match[str]) -> str:
    units = "".join(chr(int(code, 16)) for code in match[0].split("\\u")[1:])
    text = units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text if _is_chinese(text) else match[0]


def _unquoted(match: re.Match[str]) -> str:
    try:
        text = bytes.fromhex(match[0].replace("%", "")).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
    return text if _is_chinese(text) else match[0]


def _is_chinese(text: str) -> bool:
    return len(_HAN.findall(text)) * 2 > len(text) and "\ufffd" not in text


def visible(text: str) -> str:
    """The text without zero-width characters, soft hyphens and direction marks; joined emoji stay joined."""
    if "\u200d" in text and _EMOJI_JOINER.search(text):
        return text
    return INVISIBLE.sub("", text)


@cache
def _radicals() -> dict[str, str]:
    lines = resources.files(__package__).joinpath("radicals.txt").read_text("utf-8").splitlines()
    return {pair[0]: pair[1] for line in lines if not line.startswith("#") for pair in line.split()}


def standard(text: str, script: Script) -> str:
    """Radicals, compatibility ideographs and full-width letters and digits become the ordinary characters.

    A Kangxi radical has one Traditional form (⾨ 門), which a Simplified page writes its own way.
    """

    def ordinary(match: re.Match[str]) -> str:
        char = _radicals().get(match[0]) or unicodedata.normalize("NFKC", match[0])
        return hans.char_by_char(char) if script == "Hans" and match[0] < "\u2fe0" else char

    return FORMS.sub(ordinary, text)

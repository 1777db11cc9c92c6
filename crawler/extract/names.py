"""Takes the names of writers out of what follows a label or stands in brackets: 全媒体记者李俊 通讯员王明."""

from __future__ import annotations

import re
from functools import lru_cache

from crawler import hans
from crawler.extract import words

HAN = "\u4e00-\u9fff"
ROLE = (
    "(?:全媒体|全媒體|融媒体|融媒體|本报|本報|本刊|本网|本網|本台|见习|見習|实习|實習|首席|特约|特約|特派|文字|图文|圖文|文图)*"
    "(?:记者|記者|通讯员|通訊員|作者|实习生|實習生|评论员|評論員|撰稿人|编译|編譯|(?:见习|見習)编辑)"
)
MARKS = " \t:：,，、;；-—|/／╱·•。.()（）[]【】〔〕\"'“”"

_BETWEEN = re.compile(
    rf"\s*{ROLE}\s*[:：/／╱]?\s*|\s*[,，、;；/／╱|｜]\s*|(?<=[{HAN})）])\s+(?=[{HAN}])|(?<=[A-Za-z])\s+(?=[{HAN}])"
)
# Who took the pictures did not write; where text and pictures are one person's, the bracket says 文/图.
_PICTURES = re.compile(
    rf"(?<!文)[/／\s](?:摄影|攝影|图片|圖片|图|圖|摄|攝)\s?[:：/／]?\s?[{HAN}]{{2,3}}(?![{HAN}])|"
    rf"(?:^|(?<=\s))[{HAN}]{{2,3}}[/／](?:图|圖|摄|攝|摄影|攝影)$"
)
_EDITORS = re.compile(r"\s(?:责任编辑|責任編輯|责编|編輯|编辑|校对|审核|初审|终审|一审|来源|來源)\s?[:：/／|｜丨].*$")
_REPORT = re.compile(
    r"(?:发自|發自|发回).{0,20}$|[\s/／╱][^\s/／╱]{0,12}(?:报道|報道|報導|报导)$|(?:报道|報道|報導|报导)$"
)
_SPACED = re.compile(rf"(?<![{HAN}])([{HAN}]) ([{HAN}])(?![{HAN}])")
_ORGAN = re.compile(
    "(?:网|網|报|報|社|局|台|臺|馆|館|处|處|部|厅|廳|委|科|院|校|署|站|中心|频道|頻道|办公室|辦公室|委员会|公司|集团|大学|学院|中学|小学|融媒|客户端|公众号|杂志|周刊|政府)$"
)
_SURE_ORGAN = re.compile("(?:网|網|报|報|社|局|台|臺)$")
_PERSON = re.compile(rf"[{HAN}]{{2,4}}")
_FOREIGN = re.compile(rf"[{HAN}]{{1,8}}(?:[·•・][{HAN}]{{1,8}}){{1,3}}")
_SHORT = re.compile(rf"[{HAN}]{{2,3}}")
_SENTENCE = re.compile(rf"[{HAN}]{{13}}")  # the writer's office and rank
_LATIN = re.compile(r"[A-Za-z]")
_MAX_SHORT = 3


def authors(text: str) -> str:
    """The names in the value of an author label, joined by ", ".

    Organs before a name, verbs and photographers are left out; the names end at the first word that can be none: what
    follows is the line's next fact. An organ or a pen name that stands alone is kept as it is written.
    """
    plain = _REPORT.sub("", _EDITORS.sub("", text).strip(MARKS))
    plain = _PICTURES.sub("、", _SPACED.sub(r"\1\2", plain))
    parts = [part for piece in _BETWEEN.split(plain) if (part := piece.strip(MARKS)) and not _is_other_word(part)]
    names: list[str] = []
    for part in parts:
        if is_organ(part):
            if names:
                break
        elif _SENTENCE.search(part) or (names and not _can_follow(part)):
            break
        else:
            names.append(_closed(part, text))
    return ", ".join(dict.fromkeys(names or [part for part in parts[:1] if is_organ(part)]))


def is_person(word: str) -> bool:
    """True for a word that can hardly be anything but a name: a known surname, one or two characters, no other word."""
    if _FOREIGN.fullmatch(word):
        return True
    if not _PERSON.fullmatch(word) or _is_other_word(word) or is_organ(word):
        return False
    if _has_double_surname(word):
        return len(word) > 2
    # Four characters are two names without a space: 罗科苏盈.
    return _has_surname(word) and (len(word) <= _MAX_SHORT or _has_surname(word[2:]))


def are_persons(text: str) -> bool:
    """True for what ``authors`` gives where its first word is a name; what it lets follow, then, is one as well."""
    return is_person(text.split(", ")[0])


def is_organ(word: str) -> bool:
    """True for an office or an outlet; 张文学 is a name, 朝阳报 is none."""
    if len(word) <= _MAX_SHORT and _has_surname(word):
        return _SURE_ORGAN.search(word) is not None
    return _ORGAN.search(word) is not None


def _can_follow(part: str) -> bool:
    """True for a word that, behind a name, is a name as well: no town and no trade (王小明 江苏南通 职员)."""
    return bool(_SHORT.fullmatch(part) or _FOREIGN.fullmatch(part) or _LATIN.search(part)) or (
        _has_double_surname(part) and len(part) <= 4
    )


def _closed(part: str, text: str) -> str:
    """The closing bracket that was stripped with the signs: 周思博 (Joel Spolsky)."""
    for left, right in ("()", "（）"):
        if part.count(left) > part.count(right) and f"{part}{right}" in text:
            return part + right
    return part


def _is_other_word(word: str) -> bool:
    return _simplified(word) in words.not_names()


def _has_surname(word: str) -> bool:
    return _simplified(word[:1]) in words.surnames()


def _has_double_surname(word: str) -> bool:
    return _simplified(word[:2]) in words.surnames()


@lru_cache(maxsize=4096)
def _simplified(word: str) -> str:
    return hans.to_hans(word)

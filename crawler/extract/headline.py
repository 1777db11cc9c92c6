"""Finds the headline: the line of the page that its own <title> or metadata repeats, without the site's name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from attrs import frozen

from crawler import dates
from crawler.extract import words
from crawler.extract.flow import Flow, Line
from crawler.extract.marks import Marks
from crawler.extract.view import View

_META_TITLES = ("articletitle", "og:title", "title", "twitter:title", "headline")
_SEPARATOR = re.compile(
    r"\s*[_|｜]+\s*|\s+[-–—»>:·]+\s+|(?<=[\u4e00-\u9fff）)”\"])\s*-{1,2}\s*(?=[\u4e00-\u9fffA-Za-z])|\s*[>»]+\s*"
)
_SITE_END = re.compile(
    r"(?:网|網|在线|門戶|门户|政府|教育局|教育厅|教育廳|委员会|频道|頻道|新闻|新聞|日报|日報|晚报|晚報|中心|大学|大學|学院|學院|中学|小学|首页|首頁|博客|论坛|論壇|官网|\.com|\.cn|news|com)$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\s*【\s*([^【】]{2,20}?)\s*】\s*(?=\S{4})")
_SOURCE_LABEL = re.compile(
    "转载|轉載|转发|轉發|转自|轉自|摘编|学习|學習|原创|原創|聚焦|视频|視頻|图文|圖文|图片|圖片|组图|組圖|"
    "(?:日报|日報|晚报|晚報|早报|早報|时报|時報|报|報|网|網|电视台|電視台|广播|廣播|台|客户端|客戶端|发布|發布|融媒|融媒体中心|融媒體中心|新闻|新聞|通讯|通訊|社|杂志|雜誌|周刊|TV|在线|在線)$"
)
_ADDED = re.compile(r"\d{8}|发布|来源|日期|發布|來源")  # a line that holds the headline and facts
_NO_TITLE = re.compile(
    r"(?:新闻|文章|信息|内容|公告|通知)?(?:详情|详细|内容|正文|显示|页|页面|浏览)+(?:页|页面)?|无标题文档|Untitled.*"
)
_SECTION = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]|第.{1,3}[章节篇部]")
_STRAY = re.compile(r"^[」』）)\]】>·|\s]+")  # what is left of a crumb or a bracket before it
_POINTS = re.compile(
    "[\\s、。〈-】〔-〟‐-‟…！-／：-＠［-｀｛-･]+"
)  # blanks, and the signs of Chinese print, of full width too
_NO_WORD = re.compile(r"[\W_]+")
_MAX_TITLE = 150
_MIN_TITLE = 4
_MIN_UNSURE = 7
_MARKED = 3.0
_MAX_PIECES = 4
_MAX_PIECE = 60  # characters of a line that is a part of a headline
_MAX_PARAGRAPHS = 6  # of such a headline
_BOLD = ("strong", "b", "span", "font")


@frozen
class Headline:
    """A headline and the lines it stands on; ``start == end`` where the page does not print it."""

    text: str
    label: str | None
    raw: str
    start: int
    end: int


def find(view: View, limit: int, known: Marks) -> Headline | None:
    """The headline of a page; ``limit`` is the line where its sentences begin. None where the page offers nothing.

    First what the site's selector chooses, then a line that the <title> or the metadata repeats, then a heading, then
    the line above the date, then a line that stands twice, then the last line above the sentences that could be one,
    then the <title> without its site.
    """
    wanted = _offers(view)
    best = (
        _chosen(view, known)
        or _repeated(view, wanted, limit, known)
        or _heading(view, limit)
        or _near_date(view, limit)
        or (_twice(view, limit) or _last_above(view, limit) if all(map(_says_nothing, wanted)) else None)
    )
    if best is None:
        return _unprinted(wanted)
    if all(map(_says_nothing, wanted)):
        best = _whole(view, best, limit)
    text, start, end = _last_same(view.flow, *best, limit)
    return _headline(text, text, start, end)


def tight(text: str) -> str:
    """What two spellings of a headline share: NFKC, only letters, digits and Han, in lower case."""
    text = _POINTS.sub("", text)  # most lines are in NFKC but for their punctuation, which goes anyway
    return _NO_WORD.sub("", unicodedata.normalize("NFKC", text)).lower()


def without_site(title: str) -> str:
    """A <title> without the names of site and column: its longest first part that is no such name."""
    parts = [part.strip() for part in _SEPARATOR.split(title) if part and part.strip()]
    if len(parts) < 2:
        return title.strip()
    named = [part for part in parts if not (len(part) <= 16 and _SITE_END.search(part))]
    pool = named or parts
    first = pool[0]
    return first if len(first) >= 8 else max(pool[:3], key=len)


def _offers(view: View) -> list[str]:
    metas = [view.meta[name] for name in _META_TITLES if view.meta.get(name)]
    texts = (" ".join(text.split()) for text in (*metas, view.title))
    return [text for text in texts if text and not words.is_furniture(text) and not words.ends_article(text)]


def _repeated(view: View, wanted: list[str], limit: int, known: Marks) -> tuple[str, int, int] | None:
    """The run of lines that best repeats an offered title."""
    lines = view.flow.lines
    offers = [(tight(text), tight(without_site(text)), text) for text in wanted]
    offers = [offer for offer in offers if len(offer[0]) >= _MIN_TITLE]
    known_chars = frozenset("".join(f"{text}{key}" for key, _, text in offers))
    tights = [tight(line.text) if _may_repeat(line.text, known_chars) else "" for line in lines]
    best: tuple[float, str, int, int] | None = None
    for at in range(len(tights)):
        for end in range(at + 1, min(at + _MAX_PIECES, len(tights)) + 1):
            if not tights[end - 1]:
                break
            key = "".join(tights[at:end])
            value, text = max((_likeness(key, *offer, single=end == at + 1) for offer in offers), default=(0.0, ""))
            if not value:
                break
            value += _standing(lines[at], at, limit) + (_MARKED if at in known.title else 0)
            if best is None or value > best[0] + 0.01:
                best = (value, text or " ".join(line.text for line in lines[at:end]), at, end)
    return best[1:] if best and best[0] >= _MIN_TITLE + 2 else None


def _may_repeat(text: str, chars: frozenset[str]) -> bool:
    """A cheap question before a dear one: does a line begin with characters of the wanted titles?"""
    return len(text) <= _MAX_TITLE and not chars.isdisjoint(text[:3])


def _chosen(view: View, known: Marks) -> tuple[str, int, int] | None:
    lines = sorted(known.own_title)
    if not lines or len(lines) > _MAX_PIECES:
        return None
    return " ".join(view.flow.lines[at].text for at in lines), lines[0], lines[-1] + 1


def _likeness(key: str, whole: str, plain: str, text: str, *, single: bool) -> tuple[float, str]:
    """How much of an offered title a line repeats, 0 where it is no part of it; and the title's own spelling where
    the line holds more than the title."""
    if key in whole:
        if len(plain) < len(key) and plain in key:
            return len(plain) - 4, ""  # the site's name is printed with it: crumbs, not the headline
        # A part that begins the title is its headline, one that ends it is the site's name.
        return len(key) + (3 if whole.startswith(key) else 0) - (4 if whole.endswith(key) and key != whole else 0), ""
    if key.count(whole) > 1 and len(whole) >= 8:
        return len(whole) + 1, text  # a script that was to shorten it printed it twice
    if single and len(whole) >= 8 and whole in key and (len(key) <= 2 * len(whole) or key.startswith(whole)):
        return len(whole) + 1, text if _ADDED.search(key.replace(whole, "", 1)) else ""
    return 0.0, ""


def _standing(line: Line, at: int, limit: int) -> float:
    value = 0.0
    if line.kind == "heading":
        value += 3 if line.block.element.tag in ("h1", "h2") else 2
    if "title" in line.block.hint or "tit" in line.block.hint or "biaoti" in line.block.hint:
        value += 2
    if line.link_share > 0.5:
        value -= 6
    if at > limit:
        value -= 8
    elif limit - at <= 12:
        value += 1.5
    return value


def _says_nothing(title: str) -> bool:
    """True for the name of a site or of a kind of page in place of a headline; also for no title at all."""
    return (
        len(title) <= 4
        or _NO_TITLE.fullmatch(title) is not None
        or (len(title) <= 16 and bool(_SITE_END.search(title)))
    )


def _last_same(flow: Flow, text: str, start: int, end: int, limit: int) -> tuple[str, int, int]:
    """Of a headline that stands several times, the last one before the sentences: what lies between is no text."""
    key = tight(text)
    for at in range(min(limit, len(flow.lines)) - 1, end - 1, -1):
        if len(flow.lines[at].text) <= _MAX_TITLE and tight(flow.lines[at].text) == key:
            return text, at, at + 1
    return text, start, end


def _heading(view: View, limit: int) -> tuple[str, int, int] | None:
    for tag in ("h1", "h2", "h3"):
        for at, line in enumerate(view.flow.lines[: limit + 1]):
            if line.kind == "heading" and line.block.element.tag == tag and _may_be_title(view, at):
                return line.text, at, at + 1
    return None


def _near_date(view: View, limit: int) -> tuple[str, int, int] | None:
    """The line above the line of the date; the date's line may itself stand among lines of bare facts."""
    at = view.date_line(limit)
    if at is None:
        return None
    for above in range(at - 1, max(at - 4, -1), -1):
        if _may_be_title(view, above):
            return view.flow.lines[above].text, above, above + 1
    return None


def _twice(view: View, limit: int) -> tuple[str, int, int] | None:
    """A line above the sentences that stands on the page again: in the crumbs, or because the page is doubled."""
    count = Counter(view.keys)
    for at in range(min(limit, len(view.keys))):
        if count[view.keys[at]] > 1 and len(view.keys[at]) >= 8 and _may_be_title(view, at):
            return view.flow.lines[at].text, at, at + 1
    return None


def _last_above(view: View, limit: int) -> tuple[str, int, int] | None:
    for at in range(min(limit, len(view.keys)) - 1, max(limit - 6, -1), -1):
        key = view.keys[at]
        if (
            len(key) >= _MIN_UNSURE
            and _may_be_title(view, at)
            and not key.startswith(("—", "-"))
            and not _names_author(key)
        ):
            return view.flow.lines[at].text, at, at + 1
    return None


def _whole(view: View, found: tuple[str, int, int], limit: int) -> tuple[str, int, int]:
    """A centred headline set in several paragraphs of one make, of which one was found."""
    text, start, end = found
    make = _make(view.flow.lines[start])
    if not make or end - start > 1:
        return found
    while start and end - start < _MAX_PARAGRAPHS and _is_piece(view, start - 1, make):
        start -= 1
    while end < min(limit, len(view.keys)) and end - start < _MAX_PARAGRAPHS and _is_piece(view, end, make):
        end += 1
    return " ".join(line.text for line in view.flow.lines[start:end]) if end - start > 1 else text, start, end


def _make(line: Line) -> tuple[str, str, str] | None:
    """How a centred paragraph in bold is made; None for any other."""
    element = line.block.element
    style = f"{element.get('style') or ''} {element.get('align') or ''}".lower()
    inner = element[0].tag if len(element) else None
    return (element.tag, style, inner) if "center" in style and inner in _BOLD else None


def _is_piece(view: View, at: int, make: tuple[str, str, str]) -> bool:
    line, key = view.flow.lines[at], view.keys[at]
    return (
        _MIN_TITLE <= len(key) <= _MAX_PIECE
        and _make(line) == make
        and line.link_share < 0.5
        and not key.endswith(("。", "：", ":"))
        and not (view.furniture[at] or view.edges[at] or words.count_labels(key) or dates.find(key))
    )


def _names_author(key: str) -> bool:
    return words.has_label(key, "author") and any(colon in key for colon in ":：")


def _may_be_title(view: View, at: int) -> bool:
    line = view.flow.lines[at]
    return (
        6 <= len(line.text) <= _MAX_TITLE
        and line.link_share < 0.5
        and not line.text.endswith(("。", ":", "：", ",", "，"))
        and not view.furniture[at]
        and not view.edges[at]
        and not _SITE_END.search(line.text)
        and not _SECTION.match(line.text)
    )


def _unprinted(wanted: list[str]) -> Headline | None:
    for text in wanted:
        plain = without_site(" ".join(text.split()))
        if plain:
            return _headline(plain, text, 0, 0)
    return None


def _headline(text: str, raw: str, start: int, end: int) -> Headline:
    label = None
    text = _STRAY.sub("", text)
    if (match := _LABEL.match(text)) and _SOURCE_LABEL.search(match[1]):
        label, text = match[1], text[match.end() :]
    return Headline(text.strip(), label, raw, start, end)

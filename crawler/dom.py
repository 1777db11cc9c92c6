"""The one way the text of a page becomes a tree, and the few things every stage asks of a tree.

Above about 254 nested levels lxml's default parser loses the article without a word, so ``huge_tree`` is on;
a single tag of more than 64 kB keeps every parser busy for half a minute, so such tags are cut out first.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

# One class for every element: lxml's own look-up by tag runs in Python, once for each element touched.
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
_MAX_TAG = 65_536
_OPEN_TAG = re.compile(r"<[a-zA-Z!/?]")
_NO_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_NOT_XML = re.compile(f"[{_NO_XML}]")
_XML = re.compile(f"[^{_NO_XML}]*+")  # passes a good page in half the time that a search for bad ones takes
_MAX_TITLE = 5_000  # characters
_OPEN_TITLE = re.compile(r"<title\b[^<>]{0,200}>", re.IGNORECASE)
_AFTER_TITLE = re.compile(
    r"(</title)|</(?:head|html)|<(?:body|center|div|h1|link|meta|p|script|style|table)\b", re.IGNORECASE
)
_CHARACTER_DATA = re.compile(r"<!\[CDATA\[([^<>]*)\]\]>")  # a reader of HTML takes it for a comment
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
_BLOCKS = (
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section table tbody td tfoot th thead tr ul"
)
_UNSEEN = "script style noscript noframes template textarea select iframe object embed svg"
BLOCK_TAGS = frozenset(_BLOCKS.split())
UNSEEN_TAGS = frozenset(_UNSEEN.split())


def parse(html: str) -> HtmlElement:
    """Parse a page into its root element; an empty or hopeless page gives an empty ``<html>``. Never raises.

    What stands in the page as text but comes out of the parser as something else is put right here, so that every
    stage sees it: a page behind a title that nobody closed, character data of XHTML, the page within ``<noframes>``.
    """
    text = _with_closed_title(_DECLARATION.sub("", drop_giant_tags(xml_safe(html)), count=1))
    root = _tree(_CHARACTER_DATA.sub(r"\1", text))
    frames = next(root.iter("frameset"), None)
    if frames is not None:
        _show_without_frames(root, frames)
    return root


def _tree(text: str) -> HtmlElement:
    parser = etree.HTMLParser(
        huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False
    )
    parser.set_element_class_lookup(_CLASSES)
    try:
        return lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (ValueError, etree.LxmlError):
        return lxml_html.document_fromstring(b"<html><body></body></html>", parser=parser)


def _with_closed_title(html: str) -> str:
    """The page with its ``<title>`` closed before the next tag that cannot be part of it: else it swallows the rest."""
    opened = _OPEN_TITLE.search(html)
    if opened is None:
        return html
    start = opened.end()
    after = _AFTER_TITLE.search(html, start, start + _MAX_TITLE)
    if after is not None and after[1]:
        return html
    end = after.start() if after else start + _MAX_TITLE
    return f"{html[:end]}</title>{html[end:]}"


def _show_without_frames(root: HtmlElement, frames: HtmlElement) -> None:
    """A page of frames keeps what it says to readers without frames as one text of markup: that is the page."""
    noframes = next(root.iter("noframes"), None)
    above = frames.getparent()
    if above is None or noframes is None or "<" not in (noframes.text or ""):
        return
    body = _tree(noframes.text).find("body")
    if body is not None:
        above.replace(frames, body)


def xml_safe(text: str) -> str:
    """The text without the control characters and lone surrogates that a tree refuses."""
    return text if _XML.fullmatch(text) else _NOT_XML.sub("", text)


def drop_giant_tags(html: str) -> str:
    """Take out every tag longer than 64 kB, in one linear scan. A tag ends at its first ``>``."""
    if not _may_hold_giant_tag(html):
        return html
    kept, done = [], 0
    for match in _OPEN_TAG.finditer(html):
        start = match.start()
        if start < done or html.find(">", start, start + _MAX_TAG) >= 0:
            continue
        if html.startswith("<!--", start):
            continue
        end = html.find(">", start + _MAX_TAG)
        kept.append(html[done:start])
        done = len(html) if end < 0 else end + 1
    kept.append(html[done:])
    return "".join(kept)


def _may_hold_giant_tag(html: str) -> bool:
    """Whether any stretch without a ``>`` is longer than 64 kB; it takes a step for 64 kB, not for each tag."""
    start = 0
    while len(html) - start > _MAX_TAG:
        last = html.rfind(">", start, start + _MAX_TAG + 1)
        if last < 0:
            return True
        start = last + 1
    return False


def copy_tree(root: HtmlElement) -> HtmlElement:
    """A deep copy, for a stage that changes the tree."""
    return copy.deepcopy(root)


def text_of(element: HtmlElement) -> str:
    """All text that a reader sees below an element, white space folded, blocks apart by a space."""
    return " ".join("".join(_visible(element)).split())


def _visible(element: HtmlElement) -> Iterator[str]:
    """Walks with a stack of its own: hostile pages nest deeper than Python recurses."""
    stack: list[HtmlElement | str] = [element]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        if node is not element and node.tail:
            stack.append(node.tail)
        if not isinstance(node.tag, str) or node.tag in UNSEEN_TAGS:
            continue
        if node.tag in BLOCK_TAGS:
            yield " "
            stack.append(" ")
        if node.text:
            yield node.text
        stack.extend(reversed(node))


def meta(root: HtmlElement) -> dict[str, str]:
    """The first non-empty content of each ``<meta>`` name, property or itemprop, names in lower case."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("property") or element.get("itemprop") or "").strip().lower()
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def remove(element: HtmlElement) -> None:
    """Take an element out of its tree; the text behind it stays."""
    if element.getparent() is not None:
        element.drop_tree()

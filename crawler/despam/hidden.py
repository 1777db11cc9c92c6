"""What of a page no reader sees, and the traces that planters leave in its markup."""

from __future__ import annotations

import re
from collections import Counter
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

_STYLED = etree.XPath("/descendant::*[@style or @hidden]|/descendant::marquee")
_NAMED = etree.XPath("/descendant::*[@id]")
_CLASSED = etree.XPath("/descendant::*[@class]")
_WRITERS = etree.XPath("/descendant::script[contains(., 'document.write')]")
_UNSEEN_STYLE = re.compile(
    r"display:none|visibility:hidden|text-indent:-\d{3}|(?:left|top|right|bottom|margin-left|margin-top):-\d{3}"
    r"|font-size:[01](?:px|pt|em)?(?:;|!|$)|opacity:0(?:\.0\d*)?(?:;|!|$)"
    r"|(?:^|;)(?:max-)?(?:height|width):[01](?:px)?(?:;|!|$)[^{}]{0,200}overflow:hidden"
    r"|overflow:hidden[^{}]{0,200};(?:max-)?(?:height|width):[01](?:px)?(?:;|!|$)"
    r"|clip:rect\(0|transform:scale\(0\)"
)
_SPACE = re.compile(r"\s+")
_HIDE_BY_NAME = re.compile(  # it and the next begin with plain letters, which makes the search for them fast
    r"""getElementById\(\s*["']([\w-]{1,40})["']\s*\)\.style\.(?:display\s*=\s*["']none|visibility\s*=\s*["']hidden"""
    r"""|(?:left|top|textIndent)\s*=\s*["']-\d{3})"""
)
_HIDE_BY_JQUERY = re.compile(
    r"""\$\(\s*["']#([\w-]{1,40})["']\s*\)\.(?:hide\(\)|css\(\s*["']display["']\s*,\s*["']none)"""
)
_HIDE_BY_SHEET = re.compile(r"([#.])([\w-]{1,40})\s*\{([^{}]{1,300})\}")
_OPENS_HIDDEN = re.compile(r"document\.write(?:ln)?\([^<>()]{0,20}<(?:div|span|p|ul|marquee)[^<>]{0,200}")
_SHORT_ID = re.compile(r""" id=["']?([a-z0-9]{5,6})["']?[\s>]""")
_ENGINE = re.compile(r"\b(?:baidu|sogou|google|so\.com|haosou|bing|soso|yahoo|sm\.cn)", re.IGNORECASE)
_REDIRECT = re.compile(r"location(?:\.href)?\s*=|location\.(?:replace|assign)\(|window\.open\(")
_MAX_REFERRERS = 20
_MAX_SHEET = 50_000
_RANDOM_REPEATS = 5  # empty tags with one id: editors repeat an id two or three times, planters dozens of times


def hidden_elements(root: HtmlElement, html: str) -> frozenset[HtmlElement]:
    """The topmost elements that style, attribute, style sheet or script hide."""
    found = {element for element in cast("list[HtmlElement]", _STYLED(root)) if _is_hidden(element)}
    names = {*_HIDE_BY_NAME.findall(html), *_HIDE_BY_JQUERY.findall(html)}
    classes: set[str] = set()
    for sheet in root.iter("style"):
        for sign, name, style in _HIDE_BY_SHEET.findall((sheet.text or "")[:_MAX_SHEET]):
            if _UNSEEN_STYLE.search(_SPACE.sub("", style.lower())):
                (names if sign == "#" else classes).add(name)
    if names:
        found.update(one for one in cast("list[HtmlElement]", _NAMED(root)) if one.get("id") in names)
    if classes:
        found.update(
            one
            for one in cast("list[HtmlElement]", _CLASSED(root))
            if not classes.isdisjoint(one.get("class", "").split())
        )
    if "document.write" in html:
        found.update(_between_written_tags(root))
    return frozenset(found - {root, root.find("body")})


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag == "marquee":
        return any(_small(element.get(side)) for side in ("width", "height")) or _fast(element.get("scrollamount"))
    if element.get("hidden") is not None:
        return True
    return may_hide(element.get("style"))


def may_hide(style: str | None) -> bool:
    """Whether a style attribute hides its element."""
    return style is not None and _UNSEEN_STYLE.search(_SPACE.sub("", style.lower())[:500]) is not None


def _small(length: str | None) -> bool:
    digits = (length or "").strip().removesuffix("px")
    return digits.isdecimal() and int(digits[:4]) <= 10


def _fast(amount: str | None) -> bool:
    return (amount or "").isdecimal() and int((amount or "")[:5]) >= 500


def _between_written_tags(root: HtmlElement) -> list[HtmlElement]:
    """The siblings between a script that writes a hidden opening tag and the next script that writes."""
    found: list[HtmlElement] = []
    for script in cast("list[HtmlElement]", _WRITERS(root)):
        opening = _OPENS_HIDDEN.search((script.text or "")[:2000])
        if opening is None or not _UNSEEN_STYLE.search(_SPACE.sub("", opening[0].lower())):
            continue
        between: list[HtmlElement] = []
        for sibling in script.itersiblings():
            if sibling.tag == "script" and "document.write" in (sibling.text or ""):
                found += between
                break
            between.append(sibling)
            if len(between) > 200:
                break
    return found


def random_id(html: str) -> str | None:
    """The id that a planter's empty tags share (`<sup id="yyy80"></sup>`), or None."""
    names: list[str] = _SHORT_ID.findall(html)
    for name, count in Counter(names).most_common(3):
        if count >= _RANDOM_REPEATS and not name.isalpha() and not name.isdecimal():
            return name
    return None


def redirects_visitors(html: str) -> bool:
    """True where a script sends visitors from search engines elsewhere. Honest sites do so, too: nothing is cut."""
    place = html.find("document.referrer")
    for _ in range(_MAX_REFERRERS):
        if place < 0:
            return False
        if _ENGINE.search(html, max(place - 300, 0), place + 400) and _REDIRECT.search(html, place, place + 800):
            return True
        place = html.find("document.referrer", place + 1)
    return False

"""Tells the answers of a web server apart before anyone reads the page: a page, or one of the kinds that are none.

Status 200 says little on these sites: it comes with captchas, apologies and pages that only a browser can fill.
What is recorded is what was met; nothing is solved, and nobody is logged in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.resources import files
from typing import Literal
from urllib.parse import urljoin, urlsplit

from attrs import evolve, frozen
from lxml.html import HtmlElement

from crawler import dom
from crawler.items import Outcome, Page, Rejected

# The first words of each reason. `hijacked` is not among them: only a listing's content tells that (filing/hijack.py).
Kind = Literal[
    "challenge", "blocked", "login", "gone", "soft 404", "moved", "server error", "closed", "empty body", "empty shell",
    "unexpected answer",
]  # fmt: skip
_OUTCOMES: dict[Kind, Outcome] = {
    "challenge": Outcome.CHALLENGED,
    "gone": Outcome.GONE,
    "soft 404": Outcome.GONE,
    "empty body": Outcome.EMPTY,
    "empty shell": Outcome.EMPTY,
}  # FAILED: all others
_TEMPORARY: frozenset[Kind] = frozenset({"challenge", "blocked", "server error", "closed", "empty shell"})

# temporary: in an hour it may work; soft: it works, but not for us now; hard: somebody has to mend something.
Lasting = Literal["temporary", "soft", "hard"]
_LASTS: dict[str, Lasting] = {
    **dict.fromkeys(("server error", "closed", "empty body", "time-out", "network"), "temporary"),
    **dict.fromkeys(("gone", "soft 404", "moved", "no such host", "TLS"), "hard"),
}  # time-out, network, no such host and TLS: fetches without an answer (spiders/fetched.py); soft: all others

# Script challenges that Chinese sites answer with: names that stand in no article's markup.
_CHALLENGE = re.compile(rb"__jsl_clearance|__jsluid|\$_ts\s*=|window\.\$_ss|/_guard/|WAF403|acw_sc__v2", re.IGNORECASE)
_CHALLENGE_STATUS = frozenset({412, 521})
_BLOCKED_STATUS = frozenset({401, 403, 405, 422, 429, 493})
_SMALL = 20_000  # bytes: such scripts come alone
_LONGEST = 100_000  # bytes: longer pages are what they seem
_WORDY = 8000  # bytes that are not ASCII: so many stand in no apology, with all menus of the site around it
_FEW = 1500  # bytes that are not ASCII: with more of them a page that shows no sign is not looked into
_ARTICLE = re.compile(r"(?:来源|作者|编辑)\s?[:：]|(?:发布|发表)(?:时间|日期)|浏览(?:次数|量)|來源|發布")
_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{0,300})", re.IGNORECASE)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|meta|div|title)\b", re.IGNORECASE)
_HIGH = bytes(range(128, 256))
_REFRESH = re.compile(r"^\s*[\d.]{0,4}\s*[;,]\s*url\s*=\s*['\"]?([^'\"]{1,2000})", re.IGNORECASE)
_LOCATION = re.compile(
    r"(?:window|document|self|top|parent)?\.?location(?:\.href)?\s*(?:=|\.replace\s*\(|\.assign\s*\()\s*['\"]([^'\"]{1,2000})['\"]"
)
_MOVED_TEXT = 60  # characters on a page that only leads on
_SHELL_TEXT, _SHELL_SURE, _SHELL_LINKS = 200, 20, 8  # characters, characters where nothing else tells; links
_NEEDS_SCRIPT = re.compile(
    r"(?:启用|開啟|开启|打开|支持|enable|need).{0,30}(?:javascript|js脚本|脚本)|javascript.{0,30}(?:enable|启用|开启)",
    re.IGNORECASE,
)
_ROOTS = frozenset({"app", "root", "__next", "__nuxt", "q-app", "main-app", "container-app"})


@frozen(kw_only=True)
class _Sign:
    """One way in which servers say that there is no page."""

    kind: Kind
    longest: int
    title: re.Pattern[str] | None
    text: re.Pattern[str] | None
    password: bool


def judge(page: Page) -> Page | Rejected:
    """The page itself where it is one, else why not: the reason begins with one of ``Kind``. Never raises."""
    status = page.status
    if status in (404, 410):
        return _refuse(page, "gone", f"http {status}")
    if status in _CHALLENGE_STATUS or (len(page.body) < _SMALL and _CHALLENGE.search(page.body)):
        return _refuse(page, "challenge", f"http {status}")
    if status in _BLOCKED_STATUS:
        return _refuse(page, "blocked", f"http {status}")
    if status >= 500:
        return _refuse(page, "server error", f"http {status}")
    if not 200 <= status < 300:
        return _refuse(page, "unexpected answer", f"http {status}")
    if not page.body.strip():
        return _refuse(page, "empty body")
    return _look(page) or page


def kind_of(rejected: Rejected) -> str:
    """The first words of a reason."""
    return rejected.reason.partition(",")[0].partition(":")[0]


def lasts(rejected: Rejected) -> Lasting:
    """How long a refused or failed fetch is likely to fail again."""
    if rejected.outcome is Outcome.REFUSED:
        return "temporary" if rejected.temporary else "hard"
    return _LASTS.get(kind_of(rejected), "soft")


def is_shell(page: Page) -> bool:
    """True for a page that holds nothing but scripts, also after a browser ran them."""
    judged = judge(evolve(page, rendered=False))
    return isinstance(judged, Rejected) and kind_of(judged) == "empty shell"


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait as the Retry-After header says (RFC 9110 §10.2.3), or None. ``headers``: names in lower case."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now.timestamp())
    except (ValueError, OverflowError):
        return None


def _look(page: Page) -> Rejected | None:
    """Why a page of status 200 is none. Pages with much text on them are what they seem."""
    body = page.body
    words = len(body) - len(body.translate(None, _HIGH))
    if words > _WORDY or len(body) > _LONGEST or not _MARKUP.search(body[:4096]):
        return None
    html = _text(body)
    found = _TITLE.search(html)
    title = " ".join(found[1].split()) if found else ""
    if words > _FEW and not _phrases().search(html) and not any(s.title and s.title.search(title) for s in _signs()):
        return None  # parsing costs a millisecond
    root = dom.parse(html)
    shown = root.find("body")
    text = dom.text_of(root if shown is None else shown)
    for sign in _signs():
        if len(text) <= sign.longest and _fits(sign, root, title, text):
            return _refuse(page, sign.kind, title[:80] or text[:80])
    if len(text) <= _MOVED_TEXT and (target := _target(root, page)):
        return _refuse(page, "moved", target)
    if not page.rendered and _is_shell(root, text):
        return _refuse(page, "empty shell", "only scripts fill it")
    return None


def _fits(sign: _Sign, root: HtmlElement, title: str, text: str) -> bool:
    if sign.password:
        asks = any((field.get("type") or "").lower() == "password" for field in root.iter("input"))
        return asks and bool(sign.title and sign.title.search(title))
    if sign.title and sign.title.search(title):
        return True
    return bool(sign.text and sign.text.search(text)) and not _ARTICLE.search(text)


def moved_to(rejected: Rejected) -> str | None:
    """Where a page that only leads on leads to."""
    kind, _, target = rejected.reason.partition(": ")
    return target if kind == "moved" else None


def _target(root: HtmlElement, page: Page) -> str | None:
    """The address that a page without text sends its readers to, by meta refresh or a script's location."""
    found = None
    for element in root.iter("meta", "script"):
        if element.tag == "meta":
            is_refresh = (element.get("http-equiv") or "").strip().lower() == "refresh"
            found = _REFRESH.match(element.get("content") or "") if is_refresh else None
        else:
            found = _LOCATION.search((element.text or "")[:4096])
        if found:
            break
    try:
        target = urljoin(page.url, found[1].strip()) if found else ""
        return target if urlsplit(target).scheme in ("http", "https") and target != page.url else None
    except ValueError:
        return None


def _is_shell(root: HtmlElement, text: str) -> bool:
    """True for a page with scripts and hardly any text or links, which says or looks as if a script were to fill it."""
    if len(text) > _SHELL_TEXT or next(root.iter("script"), None) is None:
        return False
    if sum(1 for link in root.iter("a") if link.get("href")) > _SHELL_LINKS:
        return False
    if any(_NEEDS_SCRIPT.search("".join(element.itertext())[:500]) for element in root.iter("noscript")):
        return True
    holes = any(
        (element.get("id") or "").lower() in _ROOTS and not dom.text_of(element) for element in root.iter("div", "main")
    )
    return holes or len(text) <= _SHELL_SURE


def _text(body: bytes) -> str:
    """Good enough for a few fixed phrases; decode/ reads pages that are kept."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start >= len(body) - 3
        return body.decode("utf-8" if cut else "gb18030", "replace")


@cache
def _signs() -> tuple[_Sign, ...]:
    rows = tomllib.loads(files("crawler").joinpath("answers.toml").read_text("utf-8"))["sign"]
    return tuple(
        _Sign(
            kind=row["kind"],
            longest=row["longest"],
            title=re.compile(row["title"], re.IGNORECASE) if "title" in row else None,
            text=re.compile("|".join(map(re.escape, row["text"]))) if "text" in row else None,
            password=row.get("password", False),
        )
        for row in rows
    )


@cache
def _phrases() -> re.Pattern[str]:
    return re.compile("|".join(sign.text.pattern for sign in _signs() if sign.text))


def _refuse(page: Page, kind: Kind, seen: str = "") -> Rejected:
    reason = f"{kind}{': ' if kind == 'moved' else ', '}{seen}" if seen else kind
    outcome = _OUTCOMES.get(kind, Outcome.FAILED)
    return Rejected(outcome=outcome, reason=reason, stage="answer", last=page, temporary=kind in _TEMPORARY)

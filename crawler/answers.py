"""Tells the answers of a web server apart before anyone reads the page: a page, gone, challenged, blocked, broken."""

from __future__ import annotations

import re

from crawler.items import Outcome, Page, Rejected

# Script challenges that Chinese sites answer with (docs/fields.md, "anti-bot"): recorded, never solved.
_CHALLENGE = re.compile(rb"__jsl_clearance|__jsluid|\$_ts\s*=|window\.\$_ss|/_guard/|captcha|WAF403|acw_sc__v2", re.I)
_CHALLENGE_STATUS = frozenset({412, 521})
_BLOCKED_STATUS = frozenset({401, 403, 405, 422, 429, 493})
_SHELL_BYTES = 20_000  # a challenge page is small; a real article that speaks of captchas is not


def judge(page: Page) -> Page | Rejected:
    """The page itself where it is one, else why not. Looks at the status and, for challenges, at the first bytes."""
    status = page.status
    if status in (404, 410):
        return _refuse(page, Outcome.GONE, f"http {status}")
    if status in _CHALLENGE_STATUS or _is_challenge(page):
        return _refuse(page, Outcome.CHALLENGED, f"challenge, http {status}", temporary=True)
    if status in _BLOCKED_STATUS:
        return _refuse(page, Outcome.FAILED, f"blocked, http {status}", temporary=True)
    if status >= 500:
        return _refuse(page, Outcome.FAILED, f"server error, http {status}", temporary=True)
    if not 200 <= status < 300:
        return _refuse(page, Outcome.FAILED, f"unexpected answer, http {status}")
    if not page.body.strip():
        return _refuse(page, Outcome.EMPTY, "empty body")
    return page


def _is_challenge(page: Page) -> bool:
    return len(page.body) < _SHELL_BYTES and _CHALLENGE.search(page.body) is not None


def _refuse(page: Page, outcome: Outcome, reason: str, *, temporary: bool = False) -> Rejected:
    return Rejected(outcome=outcome, reason=reason, stage="answer", last=page, temporary=temporary)

"""Tells pages that hold no article: not found, login, shells, lists of links."""

from __future__ import annotations

import re

from crawler.extract.view import View

_GONE = re.compile(
    r"页面不存在|页面没有找到|页面未找到|您访问的页面|您要访问的页面|您要查看的|找不到(?:该|您|页|文件)|"
    r"(?:文章|信息|内容|栏目|稿件)(?:不存在|已(?:被)?删除|已下线|未找到)|404\s*(?:Not Found|错误|页面)|^404$|Not Found|"
    r"访问权限|没有权限|无权访问|禁止访问|403 Forbidden|Object not found|无法找到该页|网页不存在"
)
_LOGIN = re.compile(r"(?:用户名|账号|帐号).{0,40}(?:密码|验证码)")
_SHORT = 400  # characters of a page that only says that there is nothing
_NOTICE = 80  # characters of such a notice
_STUB = 30  # characters below which a text with no stop is no article
_LINKED = 0.5
NO_TEXT = "no article in the page"


def reason(view: View, text: str, *, title: str, titled: bool) -> str | None:
    """Why a page holds no article; None where it holds one.

    ``titled``: the page prints its headline, so that even a short text is an article.
    """
    whole = sum(len(line.text) for line in view.flow.lines)
    head = f"{view.title}\n{title}"
    notice = _GONE.search(head) if whole < 4 * _SHORT or len(text) < _STUB * 4 else None
    if whole < _SHORT or (len(text) < _STUB * 4 and not titled):
        notice = notice or (_GONE.search("\n".join(view.keys)) if len(text) < _NOTICE else None)
        if not notice and _asks_for_login(view):
            return "login page"
    if notice:
        return f"not found: {notice.group()}"
    if not whole:
        return "no text in the page"
    if _is_list(view, text, titled):
        return "list of links"
    if not text.strip():
        return NO_TEXT
    if len(text) < _STUB and not titled and not re.search(r"[。！？]", text):
        return f"too short: {len(text)} characters"
    return None


def _asks_for_login(view: View) -> bool:
    field = view.document.tree.find(".//input[@type='password']")
    return field is not None or _LOGIN.search(" ".join(view.keys[:40])) is not None


def _is_list(view: View, text: str, titled: bool) -> bool:
    """Many linked lines and hardly a sentence."""
    lines = view.flow.lines
    linked = sum(line.link_share > _LINKED for line in lines)
    sentences = len(re.findall(r"[。！？；]", text))
    return linked >= 8 and sentences == 0 and not titled and len(text) < 300

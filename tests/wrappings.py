"""Wraps a given document, which is plain text as a person copied it, into HTML of many makes, in several charsets."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path

DOCUMENTS = Path(__file__).resolve().parent.parent / "seeds" / "documents"
MENU = ("网站首页", "新闻中心", "通知公告", "政务公开", "办事服务", "互动交流", "专题专栏")
FOOT = ("主办单位：某某市人民政府办公室", "网站标识码：1234567890", "某ICP备12345678号", "地址：某某路1号 邮编：123456")
RELATED = (
    "关于开展校园安全检查工作的通知",
    "我市举行春季运动会开幕式活动",
    "市领导调研重点项目建设情况",
    "全市召开安全生产工作视频会议",
)


def document(prefix: str) -> list[str]:
    """The lines of the given document whose name begins so, blank ones left out."""
    path = next(DOCUMENTS.glob(f"{prefix}_*.txt"))
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]


def _page(title: str, body: str, head: str = "", charset: str = "utf-8") -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{html.escape(title)}</title>{head}'
        f"<style>p{{margin:0}}</style><script>var a = '<div>';</script></head><body>{body}</body></html>"
    )


def _each(lines: Sequence[str], tag: str, attributes: str = "") -> str:
    return "\n".join(f"<{tag}{attributes}>{html.escape(line)}</{tag}>" for line in lines)


def paragraphs(title: str, lines: Sequence[str]) -> str:
    """Every line a <p>."""
    return _page(title, _each(lines, "p"))


def divisions(title: str, lines: Sequence[str]) -> str:
    """Every line a <div>, and no <title> at all."""
    return f"<html><body>{_each(lines, 'div')}</body></html>"


def breaks(title: str, lines: Sequence[str]) -> str:
    """All lines in one <div>, apart by <br>, indented by spaces of full width."""
    return _page(title, "<div>" + "<br/>\n".join(f"　　{html.escape(line)}" for line in lines) + "</div>")


def preformatted(title: str, lines: Sequence[str]) -> str:
    """All lines in <pre>."""
    return _page(title, "<pre>" + html.escape("\n".join(lines)) + "</pre>")


def spans(title: str, lines: Sequence[str]) -> str:
    """Word's markup: nested spans and fonts, non-breaking spaces, empty paragraphs."""
    body = "".join(
        '<p class="MsoNormal"><span style="font-family:仿宋">'
        f'<font size="4">&nbsp;&nbsp;{html.escape(line)}</font></span>'
        "<span lang=EN-US><o:p></o:p></span></p><p>&nbsp;</p>"
        for line in lines
    )
    return _page(title + "_某某市人民政府门户网站", f'<div class="content">{body}</div>')


def table_layout(title: str, lines: Sequence[str]) -> str:
    """A page of tables from the year 2003, upper case, unclosed cells, menu at the left."""
    menu = "".join(f'<TR><TD><A HREF="/c{n}/">{name}</A>' for n, name in enumerate(MENU))
    body = "".join(f"<P>{html.escape(line)}" for line in lines)
    return (
        f"<HTML><HEAD><TITLE>{html.escape(title)}</TITLE></HEAD><BODY><TABLE><TR><TD VALIGN=top><TABLE>{menu}</TABLE>"
        f"<TD><TABLE><TR><TD>{body}</TABLE><TR><TD COLSPAN=2>{'<BR>'.join(FOOT)}</TABLE></BODY></HTML>"
    )


def portal(title: str, lines: Sequence[str]) -> str:
    """A portal with menus, a list of related news, share buttons and a footer around the text."""
    menu = "".join(f'<li><a href="/col/{n}/">{name}</a></li>' for n, name in enumerate(MENU))
    related = "".join(
        f'<li><a href="/a/{n}.html">{name}</a><span>2025-01-0{n + 1}</span></li>' for n, name in enumerate(RELATED)
    )
    return _page(
        f"{title}-某某网",
        f'<div id="header"><ul class="nav">{menu}</ul></div>'
        '<div class="crumb">您的位置：<a href="/">首页</a> &gt; 正文</div>'
        f'<div class="main"><div class="left">{_each(lines, "p")}'
        '<div class="share">分享到：<a href="#">微信</a></div></div>'
        f'<div class="right"><h3>相关新闻</h3><ul>{related}</ul></div></div><div id="footer">{_each(FOOT, "p")}</div>',
    )


def trs_page(title: str, lines: Sequence[str]) -> str:
    """TRS: the text in .TRS_Editor, each paragraph in a block of its own."""
    return _page(
        title,
        '<div class="wrap"><div class="view TRS_UEDITOR trs_paper_default trs_editor_view">'
        f"{_each(lines, 'p', ' align=justify')}"
        '</div></div><div class="foot">版权所有</div>',
    )


def list_items(title: str, lines: Sequence[str]) -> str:
    """Every line a list item inside an article element, headline in <h1> as well."""
    return _page(title, f"<main><article><h1>{html.escape(title)}</h1><ul>{_each(lines, 'li')}</ul></article></main>")


def sections(title: str, lines: Sequence[str]) -> str:
    """Every line three blocks deep, with comments and empty blocks between."""
    body = "".join(
        f"<section><div><div>{html.escape(line)}</div></div></section><!-- x --><div></div>" for line in lines
    )
    return _page(title, body)


def headed(title: str, lines: Sequence[str]) -> str:
    """The first line as <h1>, the second as a small line, the others as paragraphs; <title> holds the site only."""
    return _page(
        "某某市教育局",
        f"<h1>{html.escape(lines[0])}</h1><p class=info>{html.escape(lines[1])}</p>{_each(lines[2:], 'p')}",
    )


def cells(title: str, lines: Sequence[str]) -> str:
    """Every line a table row of one cell."""
    return _page(title, "<table>" + "".join(f"<tr><td>{html.escape(line)}</td></tr>" for line in lines) + "</table>")


def broken_title(title: str, lines: Sequence[str]) -> str:
    """The headline over several lines of an <h1>, menus as links, each sentence line in a <div><span>."""
    at = lines.index(title)
    over = "".join(f'<a href="/{n}">{html.escape(line)}</a>' for n, line in enumerate(lines[:at]))
    rest = "".join(f"<div><span>{html.escape(line)}</span></div>" for line in lines[at + 1 :])
    head = "<br/>".join(html.escape(part) for part in title.split(" "))
    return _page(f"{title} - 要闻 - 某某网", f"<div class=top>{over}</div><h1>{head}</h1>{rest}")


def plain_text(title: str, lines: Sequence[str]) -> str:
    """No markup at all."""
    return html.escape("\n\n".join(lines), quote=False)


def deep(title: str, lines: Sequence[str]) -> str:
    """Four hundred levels deep, where a default parser loses the article."""
    return _page(title, "<div>" * 400 + _each(lines, "p") + "</div>" * 400)


def quoted_site(title: str, lines: Sequence[str]) -> str:
    """The site's name stands before the headline in <title>; lines in a definition list."""
    return _page(f"某某市人民政府 > 要闻动态 > {title}", f"<dl>{_each(lines, 'dd')}</dl>")


STYLES: tuple[Callable[[str, Sequence[str]], str], ...] = (
    paragraphs,
    divisions,
    breaks,
    preformatted,
    spans,
    table_layout,
    portal,
    trs_page,
    list_items,
    sections,
    headed,
    cells,
    broken_title,
    plain_text,
    deep,
    quoted_site,
)


def filled(template: str, wanted: dict[str, object], lines: Sequence[str]) -> str:
    """A page of tests/pages with a given document put in: @title@, and its text as @p@, @br@ or @div@."""
    numbers = [int(at) for part in wanted["body"] for at in part.split("+")]  # type: ignore[attr-defined]
    last = len(lines) if wanted.get("original_title") else numbers[-1] + 1
    text = lines[numbers[0] : last]
    parts = {
        "@title@": html.escape(lines[int(wanted["headline"])]),  # type: ignore[call-overload]
        "@p@": "\n".join(f"<p style='text-indent:2em'>{html.escape(line)}</p>" for line in text),
        "@br@": "<br>\n".join(f"　　{html.escape(line)}" for line in text),
        "@div@": "".join(f"<div><span>{html.escape(line)}</span></div>" for line in text),
    }
    for mark, value in parts.items():
        template = template.replace(mark, value)
    return template


def without_notes(line: str) -> str:
    """The line without the pinyin notes of a mirror."""
    return re.sub(r"\([a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü]+\)", "", line)

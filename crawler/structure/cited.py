"""Finds the documents a report cites, the agreements signed, and what the conference passed on (传达…精神)."""

from __future__ import annotations

import re

from crawler.items import Span

MAX_FOUND = 100
_TITLE = re.compile("《[^《》\n]{2,80}(?:《[^《》\n]{1,60}》[^《》\n]{0,40})?》")
_NEWSPAPER = re.compile("(?:日报|时报|晚报|周报|教育报|新闻|杂志)》$")
_SPEECH_BEFORE = re.compile("(?:题为|以)$")  # 作题为《…》的讲话: the title of a speech
_SIGNING = re.compile("签[署订约]")
_SIGNED_BARE = re.compile("签[署订](?:了)?(?P<what>[^,，。;；、\n《》]{2,30}?(?:协议书?|备忘录))")
_AGREEMENT = re.compile("协议|协定|备忘录|责任书|责任状|意向书|合同")
_CONVEYED = re.compile(
    "传达(?:学习|贯彻|落实)*了?(?P<what>[^,，。;；\n]{2,80}?(?:精神|批示|指示|要求|讲话))(?=[,，。;；\n”]|并|及|$)"
)
_SENTENCE_END = "。!！?？;；\n"


def find_documents(text: str) -> tuple[tuple[str, ...], tuple[str, ...], list[Span]]:
    """Documents cited and agreements signed, each once, with their 《》 where the text has them."""
    found: dict[str, tuple[str, int, int]] = {}
    for match in _TITLE.finditer(text):
        if not _NEWSPAPER.search(match[0]) and not _SPEECH_BEFORE.search(
            text[max(0, match.start() - 3) : match.start()]
        ):
            field = "agreements" if _is_signed(text, match) else "documents_cited"
            found.setdefault(match[0], (field, match.start(), match.end()))
    if not any(field == "agreements" for field, _, _ in found.values()):
        for match in _SIGNED_BARE.finditer(text):
            found.setdefault(match["what"], ("agreements", match.start("what"), match.end("what")))
    documents: list[str] = []
    agreements: list[str] = []
    spans: list[Span] = []
    for name, (field, start, end) in list(found.items())[:MAX_FOUND]:
        into = agreements if field == "agreements" else documents
        spans.append(Span(field=f"{field}.{len(into)}", start=start, end=end, text=text[start:end]))
        into.append(name)
    return tuple(documents), tuple(agreements), spans


def find_conveyed(text: str) -> tuple[tuple[str, ...], list[Span]]:
    """What the conference passed on, as written: 全国、全省教育大会精神."""
    found: dict[str, Span] = {}
    for match in _CONVEYED.finditer(text):
        if len(found) < MAX_FOUND:
            field = f"conveyed.{len(found)}"
            start, end = match.span("what")
            found.setdefault(match["what"], Span(field=field, start=start, end=end, text=match["what"]))
    return tuple(found), list(found.values())


def _is_signed(text: str, match: re.Match[str]) -> bool:
    """True for the name of an agreement with 签署 shortly before or after it in its sentence."""
    if not _AGREEMENT.search(match[0]):
        return False
    before = text[max(0, match.start() - 40) : match.start()]
    after = text[match.end() : match.end() + 12]
    before = re.split(f"[{_SENTENCE_END}]", before)[-1]
    after = re.split(f"[{_SENTENCE_END}]", after)[0]
    return bool(_SIGNING.search(before) or _SIGNING.search(after))

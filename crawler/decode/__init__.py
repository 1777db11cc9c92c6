"""Turns the bytes of a page into text and says how the charset is known.

Order: byte order mark, NUL parity, UTF-8 that is valid but for a few bytes, then the charset that reads most like
Chinese among the declared ones and the usual ones. Declarations are believed last because they are often wrong.
"""

from __future__ import annotations

import re
from html import escape

from charset_normalizer import from_bytes

from crawler import attached, dom
from crawler.cms import parts
from crawler.decode.charsets import (
    BIG5,
    BOMS,
    CONTROL_BYTES,
    GB18030,
    LATIN,
    UTF_8,
    UTF_16,
    Charset,
    binary_kind,
    by_mark,
    claims,
    named,
)
from crawler.decode.plausible import score
from crawler.decode.text import mixed, pieces, plain
from crawler.items import Document, Fix, Outcome, Page, Rejected

__all__ = ["decode"]

MAX_BODY = 4 * 1024 * 1024  # bytes read of a page, pictures inside it not counted
_SAMPLE = 16_384  # bytes that candidates are scored on
_DECLARED_BONUS = 0.05
_SURE, _SURE_FROM, _UNSURE = 0.85, 30, 0.35  # score for long texts, from this many characters; score for any
_CERTAIN = 0.95  # so well does no long text read in a charset that is not its own: the others need not be tried
_INLINE_DATA = re.compile(rb"(?<=;base64,)[A-Za-z0-9+/=\s]{1024,}")
_HAN = re.compile("[\u3400-\u9fff]")
_Reading = tuple[Charset, str, str, tuple[Fix, ...]]  # charset, basis, text, fixes


def decode(page: Page, declared: str | None = None) -> Document | Rejected:
    """Decode a page; ``declared`` is a charset that the caller knows of and is weighed like the page's own claims.

    Returns Rejected(empty) for a body of white space and Rejected(undecodable) for bytes that are no text. Never
    raises. At most ``MAX_BODY`` bytes are read; a longer page is cut there, with a Fix that says so.
    ``charset_basis`` is one of: bom, nul-parity, ascii, utf-8, utf-8-tolerant, header, meta, argument, score,
    detector, file (the text of a PDF or DOCX); pieces in another charset and pieces that lost a byte are told in
    ``fixes``.
    """
    body, fixes = _bounded(page.body)
    if body.strip(b" \t\r\n\x00") in (b"", *BOMS):
        return Rejected(outcome=Outcome.EMPTY, reason="empty body", stage="decode", last=page)
    marked = by_mark(body)
    if not marked:
        kind = binary_kind(body)
        if kind in ("pdf", "zip"):
            return _of_file(page, kind)
        marked = _unmarked_utf16(body) if kind == CONTROL_BYTES else None
        if kind and not marked:
            return _undecodable(page, f"binary: {kind}")
    if marked:
        charset, basis, skip = marked
        html, changes = mixed(body[skip:], charset)
    else:
        charset, basis, html, changes = _read(page, body, declared)
    if _is_noise(html):
        return _undecodable(page, f"no charset fits: best was {charset.label}")
    html, tree = parts.joined(html.replace("\x00", ""))
    return Document(page=page, html=html, tree=tree, charset=charset.label, charset_basis=basis, fixes=fixes + changes)


def _of_file(page: Page, kind: str) -> Document | Rejected:
    """A PDF or DOCX that is the report itself, as a page with its text, under the headline of the row that led here."""
    file = attached.read(page.body)
    if not file.text:
        return _undecodable(page, f"binary: {kind}, {file.reason}")
    lines = file.text.split("\n")
    title = (page.entry.title if page.entry else "") or lines[0]
    rows = "".join(f"<p>{escape(line)}</p>" for line in lines if line != title)
    text = f"<html><head><title>{escape(title)}</title></head><body><h1>{escape(title)}</h1>{rows}</body></html>"
    return Document(page=page, html=text, tree=dom.parse(text), charset=UTF_8.label, charset_basis=f"file: {kind}")


def _undecodable(page: Page, reason: str) -> Rejected:
    return Rejected(outcome=Outcome.UNDECODABLE, reason=reason, stage="decode", last=page)


def _bounded(body: bytes) -> tuple[bytes, tuple[Fix, ...]]:
    """The bytes that are read at all: inline pictures dropped from large pages, then a fixed length."""
    if len(body) <= MAX_BODY:
        return body, ()
    lean = _INLINE_DATA.sub(b"", body[: 4 * MAX_BODY])
    if len(lean) <= MAX_BODY and len(body) <= 4 * MAX_BODY:
        return lean, ()
    cut = Fix(stage="decode", kind="cut", before=f"{len(body)} bytes", after=f"{MAX_BODY} bytes")
    return lean[:MAX_BODY], (cut,)


def _unmarked_utf16(body: bytes) -> tuple[Charset, str, int] | None:
    """UTF-16 without mark, markup or digits: found by reading it, where the bytes are no other text."""
    for charset in UTF_16:
        mark, count = score(plain(body[: _SAMPLE // 4], charset))
        if mark > _SURE and count >= 4:
            return charset, "score", 0
    return None


def _read(page: Page, body: bytes, argument: str | None) -> _Reading:
    """Charset, basis and text of a body without marks."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        bad = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
        good = len(text) - len(text.encode("ascii", "ignore")) - bad
        if bad <= max(1, good // 20) and good >= 3 * bad:
            text, changes = mixed(body, UTF_8)
            return UTF_8, "utf-8-tolerant", text, changes
        return _best(page, body, argument)
    if body.isascii():
        return _stateful(page, body, argument) or (UTF_8, "ascii", text, ())
    # Ten characters of GBK can be valid UTF-8 by chance (联通 is); no Han at all in the outcome gives that away.
    return (
        _best(page, body, argument) if not _HAN.search(text) and _reads_as_legacy(body) else (UTF_8, "utf-8", text, ())
    )


def _reads_as_legacy(body: bytes) -> bool:
    sample = _sample(body)
    legacy, count = score(plain(sample, GB18030))
    return count <= 40 and legacy > 0.8 and legacy > score(plain(sample, UTF_8))[0]


def _stateful(page: Page, body: bytes, argument: str | None) -> _Reading | None:
    """ISO-2022-JP is all ASCII bytes: it is read where it is declared and its escapes are there."""
    if b"\x1b$" not in body:
        return None
    for basis, charset in claims(page, body, argument).items():
        if charset.codec.startswith("iso2022"):
            return charset, basis, plain(body, charset), ()
    return None


def _best(page: Page, body: bytes, argument: str | None) -> _Reading:
    """The candidate that reads most like Chinese; charset-normalizer is asked where none reads well."""
    sample = _sample(body)
    stated = claims(page, body, argument)
    bases: dict[Charset, str] = {}
    for basis, charset in stated.items():
        bases.setdefault(charset, basis)
    for charset in (GB18030, BIG5, UTF_8, LATIN):
        bases.setdefault(charset, "score")
    scored: dict[Charset, tuple[float, int]] = {}
    for charset in bases:
        scored[charset] = mark, count = score(plain(sample, charset), charset)
        if mark >= _CERTAIN and count >= _SURE_FROM:
            break
    ranked = sorted(scored, key=lambda each: scored[each][0] + _DECLARED_BONUS * (bases[each] != "score"), reverse=True)
    best, (mark, count) = ranked[0], scored[ranked[0]]
    if mark < _UNSURE or (count >= _SURE_FROM and mark < _SURE):
        second = _second_opinion(sample, best, scored)
        if second:
            return second, "detector", *mixed(body, second)
    return best, bases[best], *mixed(body, best)


def _sample(body: bytes) -> bytes:
    """Up to 16 kB of the text that carries non-ASCII bytes, taken from the whole page in even steps."""
    every = [piece[:1024] for piece in pieces(body[: 16 * _SAMPLE * 8])]
    step = max(1, sum(map(len, every)) // _SAMPLE)
    return b"\n".join(every[::step])[: 4 * _SAMPLE]


def _second_opinion(sample: bytes, best: Charset, scored: dict[Charset, tuple[float, int]]) -> Charset | None:
    """What charset-normalizer says, asked so that it can answer: only lines that decode, and named candidates.

    It decides between the two Chinese charsets where they score alike, and it may name a charset of another
    language where nothing reads as Chinese. It needs a strict decode of the whole input, hence the choice of lines.
    """
    chinese = (GB18030, BIG5)
    if best in chinese and abs(scored[GB18030][0] - scored[BIG5][0]) < 0.15:
        valid = b"\n".join(line for line in sample.split(b"\n") if any(_fits(line, charset) for charset in chinese))
        answer = from_bytes(
            valid[:_SAMPLE], cp_isolation=["gb18030", "big5hkscs"], preemptive_behaviour=False, threshold=0.9
        ).best()
        return named(answer.encoding) if answer else None
    if scored[best][0] < _UNSURE:
        answer = from_bytes(sample[: _SAMPLE // 4], preemptive_behaviour=False).best()
        return named(answer.encoding) if answer else None
    return None


def _fits(line: bytes, charset: Charset) -> bool:
    try:
        line.decode(charset.codec)
    except UnicodeDecodeError:
        return False
    return True


def _is_noise(html: str) -> bool:
    """More than a third of what is not ASCII is broken: the bytes were no text, or it is lost."""
    broken = html.count("\ufffd")
    return broken > 20 and broken * 3 > len(html) - len(html.encode("ascii", "ignore"))

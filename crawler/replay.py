"""Cleans kept pages again after a rule changed, and files what reads otherwise now.

Nobody hears of old news: readers are told of what a replay finds only where the page was fetched, and the article
published, in the last week. A page whose report the rules of today refuse is logged as refused; the report stays, as it
does when a crawl finds the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from attrs import evolve, frozen
from sqlalchemy import Connection

from crawler.clean import clean
from crawler.items import Outcome, Rejected, Report
from crawler.quarantine import REFUSALS, page_of
from crawler.run import Run
from crawler.store import StoreError, outcomes, reports
from crawler.store.outcomes import LoggedPage
from crawler.subscriptions import BEIJING

NEWS = timedelta(days=7)
# What people call the columns of a report; of the others only that they are evidence.
_WORDS = {
    "title": ("title", "title_hans", "label", "original_title"),
    "date": ("date",),
    "source": ("source", "publisher", "author"),
    "text": ("text", "text_hans", "script"),
    "conference": ("record", "kind", "level", "region_code", "year", "held_on"),
    "verdict": ("verdict", "provenance"),
    "attachments": ("attachments",),
}


@frozen(kw_only=True)
class Replayed:
    """What became of one kept page."""

    url: str
    site_id: str | None
    before: Outcome  # as the page log had it
    after: Outcome  # of a known report: unchanged, since its page is what it was
    changed: tuple[str, ...] = ()  # of a known report: title, date, source, text, conference, verdict …
    reason: str | None = None  # of a refusal
    title: str = ""
    is_mirror: bool = False  # its address is not to be shown
    is_filed: bool = False  # True: it reads otherwise now
    is_lost: bool = False  # True: its bytes cannot be read any more


def replay(run: Run, numbers: Iterable[int], *, dry: bool = False) -> Iterator[Replayed]:
    """Clean these pages of the page log again, one at a time, and file what changed.

    ``dry``: all of it is undone again, page by page. A second replay by the same rules files nothing.
    """
    for number in numbers:
        with run.store.read() as conn:
            logged = outcomes.get(conn, number)
        if logged is not None:
            yield _again(run, logged, dry=dry)


def is_news(value: Report | Rejected, now: datetime) -> bool:
    """True for what was fetched and, as far as it says, published in the last week."""
    page = value.page if isinstance(value, Rejected) else value.article.document.page
    if page.fetched_at is None or page.fetched_at < now - NEWS:
        return False
    said = value.article.date if isinstance(value, Report) else None
    try:
        return said is None or date.fromisoformat(said[:10]) >= (now - NEWS).astimezone(BEIJING).date()
    except ValueError:
        return True


def _again(run: Run, logged: LoggedPage, *, dry: bool) -> Replayed:
    as_it_was = Replayed(url=logged.url, site_id=logged.site_id, before=logged.outcome, after=logged.outcome)
    with run.store.read() as conn:
        logged = _kept(conn, logged)
    try:
        value = clean(page_of(run.config.snapshots, logged), catalog=run.catalog, topics=run.topics)
    except StoreError as error:
        return evolve(as_it_was, reason=str(error), is_lost=True)
    with run.store.read() as conn:
        if not _differs(conn, logged, run.judge_again(conn, value)[0])[0]:
            return as_it_was
    with run.store.begin() as conn, conn.begin_nested() as savepoint:
        if _kept(conn, logged) != logged:
            return as_it_was  # a crawl filed the page meanwhile
        judged, choice = run.judge_again(conn, value)
        differs, changed = _differs(conn, logged, judged)
        outcome = run.file_again(conn, judged, choice, tell=not dry and is_news(judged, run.now()))
        if dry:
            savepoint.rollback()
    return evolve(_told(as_it_was, judged), after=outcome, changed=changed, is_filed=differs)


def _kept(conn: Connection, logged: LoggedPage) -> LoggedPage:
    """With the bytes that the page's report was read from; those of a page without one were logged last."""
    known = reports.by_url(conn, logged.url)
    if known is None or known.snapshot is None:
        return logged
    return evolve(logged, snapshot=known.snapshot, site_id=known.site_id)


def _differs(conn: Connection, logged: LoggedPage, value: Report | Rejected) -> tuple[bool, tuple[str, ...]]:
    """Whether a page is to be filed again, and what of its report changed."""
    if isinstance(value, Rejected):
        return value.outcome is not logged.outcome, ()
    known = reports.by_url(conn, value.article.document.page.url)
    if known is None:
        return True, ()
    columns = reports.differing(conn, known.id, value)
    words = tuple(word for word, named in _WORDS.items() if not columns.isdisjoint(named))
    was_refused = logged.outcome in REFUSALS and logged.outcome is not Outcome.MIRROR
    return bool(columns) or was_refused, words or (("evidence",) if columns else ())


def _told(found: Replayed, value: Report | Rejected) -> Replayed:
    if isinstance(value, Rejected):
        return evolve(found, reason=value.reason)
    return evolve(found, title=value.article.title, is_mirror=value.provenance.verdict == "mirror")

"""What a person does with a refused page: lets it through, or confirms the refusal; the choice is kept for its like."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve, frozen

from crawler.clean import clean
from crawler.filing.likeness import is_refused, marks_of
from crawler.items import Outcome, Page, Rejected, Report
from crawler.run import Run
from crawler.store import choices, outcomes, reports
from crawler.store.choices import Marks
from crawler.store.outcomes import LoggedPage
from crawler.store.snapshots import read_snapshot

REFUSALS = frozenset(Outcome) - {Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED, Outcome.REPRINT}


class NotReleased(Exception):
    """The page cannot be let through; the message says why."""


@frozen(kw_only=True)
class Released:
    """What became of a page that was let through."""

    outcome: Outcome
    report_id: int
    conference_id: int | None
    choice_id: int


def page_of(snapshots: Path, logged: LoggedPage) -> Page:
    """The bytes that were refused. Raises StoreError, and NotReleased where none were kept."""
    if logged.snapshot is None:
        raise NotReleased("no bytes of it were kept: it was never fetched whole")
    return evolve(read_snapshot(snapshots, logged.snapshot), site_id=logged.site_id)


def release(run: Run, logged: LoggedPage) -> Released:
    """Clean a page again without the refusal, file what it holds, and remember the choice.

    A judgement of spam, off_topic or mirror is lifted; a page that failed otherwise is tried with the rules of today.
    Raises StoreError where its bytes cannot be read, NotReleased where no record can be made of it; then nothing is
    remembered.
    """
    page = page_of(run.config.snapshots, logged)
    refused = clean(page, catalog=run.catalog, topics=run.topics)
    value = clean(page, catalog=run.catalog, topics=run.topics, lifted=logged.outcome)
    if isinstance(value, Rejected):
        raise NotReleased(f"{value.outcome}: {value.reason}")
    outcome = run.file(value, overruled=True)
    with run.store.begin() as conn:
        filed = reports.by_url(conn, page.url)
        if filed is None:
            raise NotReleased(f"{outcome}: its address cannot be filed")
        choice_id = choices.add(conn, "release", _marks(run, refused, logged), now=run.now())
        outcomes.decide(conn, logged.id, choice_id)
        return Released(outcome=outcome, report_id=filed.id, conference_id=filed.conference_id, choice_id=choice_id)


def confirm(run: Run, logged: LoggedPage) -> int:
    """Remember that a refusal was right. Gives the number of the choice. Raises StoreError, NotReleased."""
    refused = clean(page_of(run.config.snapshots, logged), catalog=run.catalog, topics=run.topics)
    with run.store.begin() as conn:
        choice_id = choices.add(conn, "confirm", _marks(run, refused, logged), now=run.now())
        outcomes.decide(conn, logged.id, choice_id)
        return choice_id


def _marks(run: Run, value: Report | Rejected, logged: LoggedPage) -> Marks:
    """The marks of the page as it was logged, also where the rules of today would say something else of it."""
    if is_refused(value) and (isinstance(value, Report) or value.outcome is logged.outcome):
        return marks_of(value, run.catalog)
    last = value.last if isinstance(value, Rejected) else value
    stood = Rejected(outcome=logged.outcome, reason=logged.reason or "", stage=logged.stage or "", last=last)
    return marks_of(stood, run.catalog)

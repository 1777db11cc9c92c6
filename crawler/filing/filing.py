"""Files one page in the caller's transaction: what it is, which conference it tells of, and who should hear.

One transaction at a time gets past the lock, so two processes that file two reprints at once make one conference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from crawler.alerts.rules import EventKind
from crawler.config import Subscription
from crawler.dedup import put_in
from crawler.filing.baseline import addresses, is_baseline, is_watched
from crawler.filing.case import Case, Filed, close, draw, insert, refill, tell, tells_else
from crawler.filing.difference import difference
from crawler.filing.events import Sighting, choose, rank, together
from crawler.filing.same_text import Match, SameText, look_up
from crawler.items import Outcome, Rejected, Report, Verdict
from crawler.store import conferences, entries, fingerprints, lock, outcomes, relations, reports
from crawler.store.reports import StoredReport


def file_report(
    conn: Connection,
    report: Report,
    *,
    now: datetime,
    subscriptions: Sequence[Subscription],
    run_id: str | None = None,
    baseline: bool | None = None,
    fetched: bool = True,
) -> Filed:
    """File a report, its page's outcome and the messages about it; the caller's transaction makes it all or nothing.

    Filing the same page again gives ``unchanged`` and no message. ``baseline`` says whether it was there before the
    first look at its site; None: found out from the store. ``fetched``: False for kept bytes, which do not say whether
    the page is still there. ``now`` is aware.
    """
    lock(conn, "filing")
    case = Case(
        conn=conn,
        report=report,
        now=now,
        run_id=run_id,
        subscriptions=subscriptions,
        baseline=is_baseline(conn, report) if baseline is None else baseline,
        told=baseline,
    )
    if not entries.storable_url(case.page.url):
        reason = f"its address is longer than {entries.MAX_URL} bytes"
        filed = Filed(outcome=Outcome.REFUSED, report_id=None, conference_id=None, reason=reason)
    elif (known := reports.by_url(conn, case.page.url)) is not None:
        filed = _file_known(case, known)
    else:
        filed = _file_newcomer(case)
    if fetched and not case.is_mirror:
        reports.came_back(conn, addresses(case.page))
    close(case, filed)
    return filed


def file_rejected(conn: Connection, rejected: Rejected, *, now: datetime, run_id: str | None = None) -> Outcome:
    """Log a page that a stage refused, with reason and evidence; it is fetched no more, or later if that may help."""
    page = rejected.page
    outcomes.record(
        conn,
        run_id=run_id,
        url=page.url,
        site_id=page.site_id,
        outcome=rejected.outcome,
        reason=rejected.reason,
        stage=rejected.stage,
        evidence=rejected.evidence,
        snapshot=page.snapshot,
        now=now,
    )
    if rejected.outcome is Outcome.GONE:
        reports.missed(conn, addresses(page), now=now)
    for url in addresses(page):
        if not (rejected.temporary and entries.retry_later(conn, url=url, now=now, reason=rejected.reason)):
            entries.settle(conn, url=url, outcome=rejected.outcome, now=now)
    return rejected.outcome


def _file_newcomer(case: Case) -> Filed:
    """A page that held no report yet: a copy, a reprint, or news."""
    found = look_up(case.conn, case.report)
    known = found.original
    if case.is_mirror:
        return _file_copy(case, found, known)
    if known is not None:
        return _file_reprint(case, found, known)
    conference_id, event = _conference_of(case, found)
    report_id = insert(case, Outcome.NEW, conference_id)
    fingerprints.add(case.conn, report_id=report_id, keys=found.rare)
    _relate(case, report_id, found)
    adopted = _adopt(case, report_id, conference_id, found.copies)
    record = refill(case, conference_id, others=adopted)
    alerts = tell(case, event, report_id, conference_id, record, baseline=case.baseline)
    return Filed(outcome=Outcome.NEW, report_id=report_id, conference_id=conference_id, alerts=alerts)


def _file_copy(case: Case, found: SameText, known: Match | None) -> Filed:
    """A mirror's page is kept, but makes no conference and no message."""
    conference_id = known.report.conference_id if known else None
    report_id = insert(case, Outcome.MIRROR, conference_id)
    if known is None:
        fingerprints.add(case.conn, report_id=report_id, keys=found.rare)
        reason = "its original is not known"
    else:
        first = relations.original(case.conn, known.report.id)
        draw(case, report_id, first, _newcomer_is(case, known), known.relation.score)
        reason = f"a copy of report {first}"
    _relate(case, report_id, found)
    if conference_id is not None:
        refill(case, conference_id)
    return Filed(outcome=Outcome.MIRROR, report_id=report_id, conference_id=conference_id, reason=reason)


def _file_reprint(case: Case, found: SameText, known: Match) -> Filed:
    """A text known from elsewhere joins its conference and is news of that; who carried whom is decided by rank."""
    conference_id = known.report.conference_id
    report_id = insert(case, Outcome.REPRINT, conference_id)
    if rank(case.report.provenance.verdict) < rank(known.report.verdict):
        for match in found.matches:
            if match.relation.hides:
                draw(case, match.report.id, report_id, _newcomer_has_in(case, match), match.relation.score)
    else:
        first = relations.original(case.conn, known.report.id)
        draw(case, report_id, first, _newcomer_is(case, known), known.relation.score)
    _relate(case, report_id, found)
    alerts = 0
    if conference_id is not None:
        record = refill(case, conference_id)
        alerts = tell(case, "report", report_id, conference_id, record, baseline=case.baseline, reprint=True)
    reason = f"the text of report {known.report.id}"
    return Filed(
        outcome=Outcome.REPRINT, report_id=report_id, conference_id=conference_id, alerts=alerts, reason=reason
    )


def _file_known(case: Case, old: StoredReport) -> Filed:
    """A page whose report is known: has its text changed?"""
    changed = _has_changed(case, old)
    if changed and case.is_mirror and old.verdict != "mirror":
        reason = f"its host is not trusted any more; report {old.id} keeps its text"
        kept = old.conference_id
        return Filed(outcome=Outcome.MIRROR, report_id=old.id, conference_id=kept, reason=reason)
    if changed:
        article = case.report.article
        changes = difference(f"{old.title}\n{old.text}", f"{article.title}\n{article.text}")
        reports.revise(case.conn, old, case.report, difference=changes, now=case.now)
    else:
        reports.refresh(case.conn, old.id, case.report)
    _index_anew(case, old)
    outcome = Outcome.REVISED if changed else Outcome.UNCHANGED
    conference_id = old.conference_id
    event: EventKind | None = "revision" if changed else None
    if conference_id is None and not case.is_mirror:  # it was taken for a mirror
        conference_id, event = _conference_of(case, SameText())
        reports.put_into(case.conn, [old.id], conference_id)
    alerts = 0
    if conference_id is not None and (event or tells_else(case, old)):
        record = refill(case, conference_id, others=True)
        unasked = not is_watched(case.conn, case.page) if case.told is None else case.told
        alerts = tell(case, event, old.id, conference_id, record, baseline=unasked) if event else 0
    return Filed(outcome=outcome, report_id=old.id, conference_id=conference_id, alerts=alerts)


def _index_anew(case: Case, old: StoredReport) -> None:
    """Other fingerprints for a text that reads otherwise now; a reprint's never had rows of their own."""
    keys = case.report.fingerprints
    if keys != old.fingerprints and fingerprints.remove(case.conn, report_id=old.id, keys=old.fingerprints):
        fingerprints.add(case.conn, report_id=old.id, keys=fingerprints.ask(case.conn, keys).rare)


def _has_changed(case: Case, old: StoredReport) -> bool:
    """False, too, where the same bytes read otherwise: then the rules have changed and not the page."""
    if (old.body_sha256, old.title_hans) == (case.report.body_sha256, case.report.article.title_hans):
        return False
    snapshot = case.page.snapshot
    return old.snapshot is None or snapshot is None or old.snapshot.sha256 != snapshot.sha256


def _conference_of(case: Case, found: SameText) -> tuple[int, EventKind]:
    """The conference a report tells of, made where it is not known yet, and what that is news of."""
    for match in found.matches:
        if match.relation.kind == "revision_of" and match.report.conference_id is not None:
            return match.report.conference_id, "report"
    record, published = case.report.conference, (case.report.article.date or "")[:10] or None
    if record.region_code is not None:
        alike = conferences.alike(case.conn, region_code=record.region_code, kind=record.kind)
        if same := choose(Sighting(record=record, published_on=published), alike):
            return same.id, "report"
    told = together([(case.report.provenance.verdict, record)])
    return conferences.create(case.conn, told, published_on=published, now=case.now), "conference"


def _relate(case: Case, report_id: int, found: SameText) -> None:
    """Excerpts, corrected versions and later repeats; reprints and copies are related where they are filed."""
    for match in found.matches:
        if not match.relation.hides:
            ends = (match.report.id, report_id) if match.relation.inverse else (report_id, match.report.id)
            draw(case, *ends, match.relation.kind, match.relation.score)


def _newcomer_is(case: Case, known: Match) -> str:
    article = case.report.article
    return _copy_kind(case.report.provenance.verdict, article.text_hans, known.report.text_hans)


def _newcomer_has_in(case: Case, copy: Match) -> str:
    """What a report that was there first is to the newcomer, its original."""
    return _copy_kind(copy.report.verdict, copy.report.text_hans, case.report.article.text_hans)


def _copy_kind(verdict: Verdict, copy_hans: str, original_hans: str) -> str:
    """An outlet may add to what it carries; what a stranger adds is the mark of a forged clone."""
    if verdict in ("mirror", "unknown") and put_in(copy_hans, original_hans):
        return "altered_copy_of"
    return "same_page_as" if verdict == "mirror" else "reprint_of"


def _adopt(case: Case, report_id: int, conference_id: int, mirrors: Sequence[Match]) -> bool:
    """The copies that came before their original. Gives whether any of them now counts towards its conference."""
    for match in mirrors:
        draw(case, match.report.id, report_id, _newcomer_has_in(case, match), match.relation.score)
    orphans = [match.report.id for match in mirrors if match.report.conference_id is None]
    reports.put_into(case.conn, orphans, conference_id)
    return bool(orphans)

"""Decides in what state a source is, from how its listings answered, and says which sources turned; pure.

A fault has to be seen at two looks in a row before the state turns, so that one bad minute of a web server tells nobody
anything; one good look ends it. `quiet` is no fault: the list is read and holds nothing new for much longer than usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from attrs import asdict, evolve, frozen

from crawler.items import Outcome

State = Literal["new", "ok", "quiet", "changed", "empty", "challenged", "unreachable", "hijacked", "retired"]
FaultKind = Literal["unreachable", "challenged", "changed", "empty"]  # the one that stands first is told first

STATES: tuple[State, ...] = get_args(State)
FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)
TROUBLED = frozenset({*FAULTS, "hijacked"})  # a person should look

LOOKS_TO_TURN = 2  # in a row
QUIET_LEAST = timedelta(days=30)  # the long holidays and a slow fortnight
QUIET_GAPS = 5  # times the usual time between two entries
_MAX_REASON = 300


@frozen(kw_only=True)
class Answer:
    """How one listing answered at one look."""

    url: str
    fault: FaultKind | None = None
    reason: str = ""  # of the fault
    entries: int | None = None  # None: not read, since the page had not changed or could not be had
    newest: str | None = None  # the latest date in the list
    next_url: str | None = None  # the page after it
    via: str = ""  # the rules that read it: a family, selectors of the site, or the generic ones
    lasts: Literal["temporary", "soft", "hard"] = "soft"  # the fault, as answers.py tells
    retry_after: float | None = None  # seconds for which the site asked to be left alone


@frozen(kw_only=True)
class Fault:
    """What is wrong with one listing."""

    kind: FaultKind
    since: datetime
    reason: str
    looks: int = 1  # in a row, whatever was wrong
    same: int = 1  # in a row, with this kind


@frozen(kw_only=True)
class Health:
    """The state of one source."""

    state: State = "new"
    since: datetime | None = None  # when it came into this state; None: never looked at
    reason: str = ""
    faults: Mapping[str, Fault] = {}  # by address of the listing, one look is enough to be here

    def dump_faults(self) -> dict[str, Any]:
        """The faults as JSON has them."""
        return {url: asdict(fault) | {"since": fault.since.isoformat()} for url, fault in self.faults.items()}


@frozen(kw_only=True)
class Turn:
    """A source that came into another state."""

    site_id: str
    at: datetime
    before: State
    after: State
    reason: str


def state_of(text: str) -> State:
    """A state by its name; one that is not known counts as new."""
    return text if text in STATES else "new"


def load(state: str, since: datetime | None, reason: str | None, faults: Mapping[str, Any] | None) -> Health:
    """From the store's columns."""
    return Health(
        state=state_of(state),
        since=since,
        reason=reason or "",
        faults={
            url: Fault(**(fault | {"since": datetime.fromisoformat(fault["since"])}))
            for url, fault in (faults or {}).items()
        },
    )


def fault_of(outcome: Outcome, status: int, *, gave_entries: bool) -> FaultKind:
    """What a refused answer means for its listing. ``status``: of HTTP, 0 where there was no answer at all."""
    if outcome is Outcome.CHALLENGED or (outcome is Outcome.FAILED and 200 <= status < 500):
        return "challenged"  # it answers, but not to us
    if outcome in (Outcome.FAILED, Outcome.REFUSED):
        return "unreachable"
    return no_entries(gave_entries=gave_entries)


def no_entries(*, gave_entries: bool) -> FaultKind:
    """What a page without entries, or one that is gone, means: it was changed, or it never was a listing."""
    return "changed" if gave_entries else "empty"


def after_look(
    before: Health,
    answers: Sequence[Answer],
    *,
    listings: Sequence[str],
    now: datetime,
    last_new_at: datetime | None = None,
    usual_gap: timedelta | None = None,
) -> Health:
    """The state after a look. ``listings``: all addresses of the source; those that did not answer keep their fault.

    ``last_new_at``: when something new was seen last; ``usual_gap``: the time between two entries as a rule.
    """
    faults = {url: fault for url, fault in before.faults.items() if url in listings}
    for answer in answers:
        known = faults.pop(answer.url, None)
        if answer.fault is not None:
            faults[answer.url] = _another(known, answer.fault, answer.reason, now)
    after = evolve(before, faults=faults)
    if before.state in ("hijacked", "retired"):  # decided elsewhere
        return after
    told = _to_tell(before, faults)
    if told is not None:
        url, fault = told
        how_many = f" ({len(faults)} of {len(listings)} listings)" if len(listings) > 1 else ""
        return _into(after, fault.kind, fault.since, f"{url}: {fault.reason}{how_many}")
    if faults or not answers:
        return after
    longest = max(QUIET_LEAST, QUIET_GAPS * (usual_gap or timedelta()))
    if last_new_at is not None and now - last_new_at > longest:
        return _into(after, "quiet", last_new_at, f"nothing new for {(now - last_new_at).days} days")
    return _into(after, "ok", now, "")


def turns(before: Mapping[str, Health], after: Mapping[str, Health], *, now: datetime) -> tuple[Turn, ...]:
    """The sources whose state is another one now. A first look that went well is no news."""
    return tuple(
        Turn(site_id=site_id, at=now, before=old.state, after=new.state, reason=new.reason)
        for site_id, new in after.items()
        if (old := before.get(site_id, Health())).state != new.state and (old.state, new.state) != ("new", "ok")
    )


def _another(known: Fault | None, kind: FaultKind, reason: str, now: datetime) -> Fault:
    if known is None:
        return Fault(kind=kind, since=now, reason=reason[:_MAX_REASON])
    if known.kind != kind:
        return Fault(kind=kind, since=now, reason=reason[:_MAX_REASON], looks=known.looks + 1)
    return evolve(known, reason=reason[:_MAX_REASON], looks=known.looks + 1, same=known.same + 1)


def _to_tell(before: Health, faults: Mapping[str, Fault]) -> tuple[str, Fault] | None:
    """The worst listing with a fault that is sure. A site that answers now so, now so does not turn each time."""
    least = LOOKS_TO_TURN if before.state in FAULTS else 1
    sure = [
        (url, fault)
        for url, fault in faults.items()
        if fault.looks >= LOOKS_TO_TURN and (fault.same >= least or fault.kind == before.state)
    ]
    return min(sure, key=lambda pair: (FAULTS.index(pair[1].kind), pair[1].since, pair[0]), default=None)


def _into(health: Health, state: State, since: datetime, reason: str) -> Health:
    """Into a state, or on in the one that it has."""
    kept = health.since if health.state == state and health.since else since
    return evolve(health, state=state, since=kept, reason=reason)

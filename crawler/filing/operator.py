"""What the operator hears of the sources' own troubles: at once where a host was lost, the rest in one note a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from crawler.alerts.facts import PAYLOAD_VERSION
from crawler.alerts.rules import label
from crawler.alerts.when import due, quiet_until
from crawler.config import Subscription
from crawler.health import TROUBLED
from crawler.store import lock, notes, outbox, sources, turns
from crawler.store.turns import SourceTurn

LISTED = 40  # turns that a note names; how many there are it says of all
_LONGEST = timedelta(days=7)  # that a note looks back: older turns are no news
_MOST = 10_000


def tell_turn(
    conn: Connection, operator: Subscription, *, site_id: str, name: str, state: str, reason: str, now: datetime
) -> None:
    """Put the news of one source into the outbox, for every recipient, in the caller's transaction."""
    facts = {"source": {"id": site_id, "name": name, "state": state, "reason": reason}}
    _put(conn, operator, f"{state}:{site_id}:{now.isoformat()}", "source", facts, now=now, at=due(operator, now))


def file_note(
    conn: Connection, operator: Subscription, *, names: Callable[[], Mapping[str, str]], now: datetime
) -> int:
    """Put the note of the day into the outbox, once `at` has passed by the operator's clock; gives how many it tells.

    It tells of the turns since the note before, a week at most, but for lost hosts, which were told at once; where
    there are none it is not sent. ``names`` gives those of the sites, by id. A second call on a day does nothing.
    """
    local = now.astimezone(operator.zone)
    day = local.date().isoformat()
    if local.time() < operator.at or notes.had(conn, day):
        return 0
    lock(conn, "note")
    known = notes.told_up_to(conn)
    if notes.had(conn, day):
        return 0
    since = turns.last_before(conn, now - (timedelta(days=1) if known is None else _LONGEST))
    found = turns.after(conn, max(since, known or 0), limit=_MOST)
    told = sorted((turn for turn in found if turn.to_state != sources.HIJACKED), key=_worst_first)
    last = max((turn.id for turn in found), default=max(since, known or 0))
    notes.add(conn, day=day, last_turn_id=last, told=len(told), now=now)
    if told:
        known_names = names()
        rows = [_row(turn, known_names) for turn in told[:LISTED]]
        facts = {"note": {"day": day, "count": len(told), "turns": rows}}
        _put(conn, operator, f"note:{day}", "note", facts, now=now, at=quiet_until(operator, now) or now)
    return len(told)


def _worst_first(turn: SourceTurn) -> tuple[bool, int]:
    return turn.to_state not in TROUBLED, turn.id


def _row(turn: SourceTurn, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": turn.site_id,
        "name": names.get(turn.site_id, turn.site_id),
        "at": turn.at.isoformat(),
        "before": turn.from_state,
        "state": turn.to_state,
        "recovered": turn.from_state in TROUBLED and turn.to_state not in TROUBLED,
        "reason": turn.reason,
    }


def _put(
    conn: Connection,
    operator: Subscription,
    what: str,
    event: str,
    facts: dict[str, Any],
    *,
    now: datetime,
    at: datetime,
) -> None:
    payload = {"version": PAYLOAD_VERSION, "event": event, "first_seen": now.isoformat(), **facts}
    for recipient in dict.fromkeys(operator.to):
        key = "operator_" + hashlib.sha256(f"{what}|{recipient}".encode()).hexdigest()
        outbox.put(
            conn,
            key=key,
            subscription=operator.name,
            recipient=label(recipient),
            payload=payload,
            now=now,
            due=at,
        )

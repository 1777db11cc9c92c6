"""Says when a site is looked at next; pure, the time is passed in."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST = timedelta(days=1)


def next_look(*, now: datetime, every: float, failures: int) -> datetime:
    """The next look: after `every` seconds, twice as long for each failure in a row, a day at most."""
    wait: timedelta = timedelta(seconds=every) * 2 ** min(failures, 16)
    return now + min(wait, max(LONGEST, timedelta(seconds=every)))

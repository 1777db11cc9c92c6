"""Floors under `python -m bench.rhythm`: learned rhythms against a fixed interval with as many requests."""

from __future__ import annotations

from bench.rhythm import measure


def test_the_median_delay_is_at_most_half_of_a_fixed_intervals() -> None:
    lines = {line.kind: line for line in measure((21,), per_hundred=0.1)}
    assert lines["all"].gain >= 4
    for kind in ("mornings", "office", "evenings", "bursts", "weekly"):
        assert lines[kind].gain >= 2, kind
    assert lines["monthly"].gain >= 0.8, "too few to learn from; it is to do no harm"
    assert lines["dead"].looks_a_day < 3, "nobody waits for it"
    learned = sorted(lines["all"].learned)
    fixed = sorted(lines["all"].fixed)
    assert learned[int(0.95 * len(learned))] < fixed[int(0.95 * len(fixed))], "nor do the slow ones pay for it"

"""Floors under the verdicts on the same text, on a small composed stream that no limit was tuned on."""

from __future__ import annotations

import random

import pytest

from bench import lookalikes
from bench.dedup_peers import ExactHash, Jaccard, Product
from bench.dedup_quality import Text, judge, linked, pairs, stream


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return stream(random.Random(41), 40, dated=False)


def test_reprints_are_found_and_look_alikes_kept(texts: list[Text]) -> None:
    tally = judge(texts, Product())
    assert tally.found >= 0.993
    assert tally.lost("next_meeting") == tally.lost("other_city") == tally.lost("story") == 0
    assert tally.lost("notice") <= 0.05


def test_the_peers_do_worse_on_the_same_stream(texts: list[Text]) -> None:
    """Else the stream has become too easy to prove anything."""
    assert judge(texts, ExactHash()).found < 0.5
    assert judge(texts, Jaccard(0.7)).lost("next_meeting") > 0.2


@pytest.mark.parametrize("make", lookalikes.LOOKALIKES)
@pytest.mark.parametrize("numbers", [0.0, 1.0])
def test_four_in_five_sentences_the_same_are_another_meeting(make: type, numbers: float) -> None:
    assert pairs(random.Random(42), 25, make, changed=0.2, numbers=numbers)["reprint_of"] == 0


def test_excerpts_and_round_ups_are_linked() -> None:
    excerpts, round_ups = linked(random.Random(43), 15)
    assert excerpts == 1
    assert round_ups == 1

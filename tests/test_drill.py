"""The fault drill: a small one is played to its end, and the score finds whatever is not as it should be."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve

from bench.drill.play import EVERY, OPERATOR, READERS, REGION, Played, Player, moments_of
from bench.drill.receivers import Received
from bench.drill.score import Score, score
from bench.drill.world import Composer, Drill
from crawler.store.runs import RunRecord
from crawler.store.turns import SourceTurn

HOURS = ("03:00", "09:50", "14:40", "18:30")
MOMENT = timedelta(minutes=5)


def test_a_small_drill_reaches_every_goal(tmp_path: Path) -> None:
    drill = Composer(sites=11, days=2, seed=5).drill()
    played = Player(drill, tmp_path, seed=5, hours=HOURS).play()
    result = score(drill, played)
    assert {fault.do for fault in drill.faults} == {"empty", "challenge", "drop", "hijack", "burst"}
    assert result.published == result.seen > 5
    assert [*result.missed, *result.lost, *result.false, *result.twice, *result.wrong, *result.untold] == []
    assert len(played.kills) > 0


@cache
def small() -> Drill:
    return Composer(sites=11, days=3, seed=5).drill()


def test_a_drill_is_composed_from_its_seed_alone() -> None:
    again = Composer(sites=11, days=3, seed=5).drill()
    assert (again.news, again.faults, again.catalog) == (small().news, small().faults, small().catalog)
    assert Composer(sites=11, days=3, seed=6).drill().news != small().news


def test_all_faults_strike_in_a_whole_drill() -> None:
    drill = Composer(sites=60, days=30, seed=1).drill()
    assert len({fault.host for fault in drill.faults}) == len(drill.faults) >= 30
    assert len(drill.news) > 60
    assert all(drill.start < news.published < drill.end for news in drill.news)


def sound() -> Played:
    """What a service without fault leaves behind."""
    drill = small()
    moments = moments_of(drill, random.Random(1))
    drill.world.asked.clear()
    received: list[Received] = []
    for news in drill.news:
        for to in (*READERS, "hook", EVERY, *([REGION[0]] if news.region.startswith(REGION[1]) else [])):
            received.append(message(to, min(news.urls), news.published + MOMENT, key=f"{to} {news.key}"))
    turns, end = [], moments[-1]
    for fault in drill.faults:
        for moment in moments:
            with suppress(ConnectionError):
                drill.world.answer(fault.host, "/robots.txt", {}, moment)
        site_id, state = f"c{fault.host[4:10]}", next(iter(fault.expect), "")
        for at, before, after in ((fault.at, "ok", state), (fault.until, state, "ok")):
            if state and at:
                look = next(moment for moment in moments if moment >= at) + MOMENT
                turns.append(turn(site_id, look, before, after))
                received.append(message(OPERATOR, site_id, min(look + MOMENT, end), key=f"{site_id} {after}"))
    return Played(
        received=tuple(received),
        turns=tuple(turns),
        crawls=tuple(crawl(moment, *(f"c{fault.host[4:10]}" for fault in drill.faults)) for moment in moments),
        kills=(),
        stuck=(),
        moments=moments,
        seconds=1,
        cpu=1,
        own_cpu=1,
    )


def message(to: str, url: str, at: datetime, *, key: str) -> Received:
    return Received(at=at, channel="email", key=key, to=to, event="", urls=frozenset({url}), text=url, is_taken=True)


def crawl(at: datetime, *sites: str) -> RunRecord:
    return RunRecord(id="", kind="sites", sites=sites, started_at=at, finished_at=at, reason="finished", counts={})


def turn(site_id: str, at: datetime, before: str, after: str) -> SourceTurn:
    return SourceTurn(id=1, site_id=site_id, at=at, from_state=before, to_state=after, reason="")


def without_first_news(played: Played) -> Played:
    urls = small().news[0].urls
    return evolve(played, received=tuple(one for one in played.received if not one.urls & urls))


def one_letter_less(played: Played) -> Played:
    return evolve(played, received=played.received[1:])


def one_again(played: Played, key: str) -> Played:
    return evolve(played, received=(*played.received, evolve(played.received[0], key=key)))


def old_news(played: Played) -> Played:
    host = next(iter(small().world.sites))
    letter = message(READERS[0], f"http://{host}/old.html", played.moments[3], key="old")
    return evolve(played, received=(*played.received, letter))


def a_sound_site_called_ill(played: Played) -> Played:
    ill = next(line for line in small().catalog.splitlines() if line.startswith('id = "m'))[6:-1]
    return evolve(played, turns=(*played.turns, turn(ill, played.moments[4], "ok", "unreachable")))


def late_turns(played: Played) -> Played:
    late = tuple(evolve(one, at=one.at + timedelta(hours=30)) for one in played.turns)
    return evolve(played, turns=late)


def without_notes(played: Played) -> Played:
    return evolve(played, received=tuple(one for one in played.received if one.to != OPERATOR))


def failing(result: Score) -> set[str]:
    names = ("missed", "lost", "false", "twice", "wrong", "untold")
    return {name for name in names if getattr(result, name)}


def test_the_score_of_a_sound_service_is_clean() -> None:
    result = score(small(), sound())
    assert failing(result) == set()
    assert (result.seen, result.repeats, set(result.delays)) == (result.published, 0, {MOMENT})


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (without_first_news, "missed"),
        (one_letter_less, "lost"),
        (lambda played: one_again(played, "another key"), "twice"),
        (old_news, "false"),
        (a_sound_site_called_ill, "wrong"),
        (late_turns, "wrong"),
        (without_notes, "untold"),
    ],
)
def test_the_score_finds_what_is_wrong(spoil: Callable[[Played], Played], found: str) -> None:
    assert found in failing(score(small(), spoil(sound())))


def test_a_repeat_of_one_key_is_allowed_and_counted() -> None:
    played = sound()
    result = score(small(), one_again(played, played.received[0].key))
    assert (failing(result), result.repeats) == (set(), 1)


def test_a_look_whose_crawl_was_killed_does_not_count() -> None:
    played = sound()
    first = min(played.turns, key=lambda one: one.at)
    looks = [moment for moment in played.moments if moment > first.at - 2 * MOMENT]
    late = tuple(evolve(one, at=looks[2] + MOMENT) if one is first else one for one in played.turns)
    assert "wrong" in failing(score(small(), evolve(played, turns=late)))
    whole = tuple(one for one in played.crawls if one.started_at != looks[0])
    assert "wrong" not in failing(score(small(), evolve(played, turns=late, crawls=whole)))

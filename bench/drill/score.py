"""Sets what was received, and what the service said of its sources, against the truth of who composed the world."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from attrs import frozen

from bench.drill.faults import Fault
from bench.drill.play import EVERY, OPERATOR, READERS, REGION, Played
from bench.drill.world import Drill, News
from crawler.store.turns import SourceTurn

WELL = frozenset({"new", "ok", "quiet"})
LOOKS = 2  # within which a fault is seen
_SLACK = timedelta(minutes=30)  # what a moment may last in simulated time


@frozen(kw_only=True)
class Score:
    """The drill's result. Each list holds a sentence for every case."""

    published: int
    seen: int
    delays: tuple[timedelta, ...]  # the longest last
    slowest: tuple[str, ...]
    missed: tuple[str, ...]
    lost: tuple[str, ...]
    false: tuple[str, ...]
    repeats: int  # of one key, which is allowed
    twice: tuple[str, ...]
    wrong: tuple[str, ...]
    untold: tuple[str, ...]
    requests: int
    requests_a_site_day: float

    @property
    def failures(self) -> int:
        """How many goals were missed, each case counted."""
        return sum(map(len, (self.missed, self.lost, self.false, self.twice, self.wrong, self.untold)))


def score(drill: Drill, played: Played) -> Score:
    """The result of a played drill."""
    told = {news.key: [one for one in played.received if one.urls & news.urls] for news in drill.news}
    seen = [news for news in drill.news if told[news.key]]
    delays = {_name(news): max(timedelta(0), min(one.at for one in told[news.key]) - news.published) for news in seen}
    keys = Counter((one.channel, one.to, one.key) for one in played.received)
    sites = sum(1 for line in drill.catalog.splitlines() if line == "[[site]]")
    days = (played.moments[-1] - played.moments[0]) / timedelta(days=1)
    return Score(
        published=len(drill.news),
        seen=len(seen),
        delays=tuple(sorted(delays.values())),
        slowest=tuple(sorted(delays, key=delays.__getitem__, reverse=True)[:5]),
        missed=tuple(f"{_name(news)}" for news in drill.news if not told[news.key]),
        lost=tuple(_lost(drill, played)),
        false=tuple(_false(drill, played)),
        repeats=sum(count - 1 for count in keys.values()),
        twice=tuple(_twice(drill, played)),
        wrong=tuple(_wrong(drill, played)),
        untold=tuple(_untold(drill, played)),
        requests=len(drill.world.asked),
        requests_a_site_day=len(drill.world.asked) / sites / days,
    )


def _name(news: News) -> str:
    return f"{news.kind} of {news.site_id}, published {news.published:%m-%d %H:%M}, {min(news.urls)}"


def _recipients(news: News) -> list[str]:
    return [*READERS, "hook", EVERY, *([REGION[0]] if news.region.startswith(REGION[1]) else [])]


def _lost(drill: Drill, played: Played) -> Iterator[str]:
    for news in drill.news:
        got = {one.to for one in played.received if one.is_taken and one.urls & news.urls}
        for to in _recipients(news) if got else ():
            if to not in got:
                yield f"{to} did not get {_name(news)}"


def _twice(drill: Drill, played: Played) -> Iterator[str]:
    for news in drill.news:
        keys: defaultdict[str, set[str]] = defaultdict(set)
        for one in played.received:
            if one.urls & news.urls and one.to in (*READERS, REGION[0], "hook"):
                keys[one.to].add(one.key)
        for to, different in keys.items():
            if len(different) > 1:
                yield f"{to} got {len(different)} of {_name(news)}"


def _false(drill: Drill, played: Played) -> Iterator[str]:
    news = frozenset().union(*(one.urls for one in drill.news))
    regional = {url for one in drill.news if not one.region.startswith(REGION[1]) for url in one.urls}
    for one in played.received:
        if one.to == OPERATOR:
            continue
        pages = {url for url in one.urls if urlsplit(url).hostname in drill.world.sites}
        strange = pages - news if pages else {"no page at all"}
        if one.to == REGION[0]:
            strange |= pages & regional
        for url in strange:
            yield f"{one.to} was told at {one.at:%m-%d %H:%M} of {url}: {one.text[:80]!r}"


def _looks(drill: Drill, played: Played) -> dict[str, list[datetime]]:
    """The moments at which each faulty host was asked for anything, by crawls that came to their end."""

    def moment(at: datetime) -> datetime:
        return played.moments[max(0, bisect_right(played.moments, at) - 1)]

    asked: defaultdict[str, set[datetime]] = defaultdict(set)
    for one in drill.world.asked:
        asked[one.host].add(moment(one.at))
    whole: defaultdict[str, set[datetime]] = defaultdict(set)
    for crawl in played.crawls:
        for site_id in crawl.sites:
            whole[site_id].add(moment(crawl.started_at))
    return {fault.host: sorted(asked[fault.host] & whole[_site_id(fault)]) for fault in drill.faults}


def _state(turns: Sequence[SourceTurn], at: datetime) -> str:
    """The state of one source at a time, by its turns."""
    return next((turn.to_state for turn in reversed(turns) if turn.at <= at), "ok")


def _wrong(drill: Drill, played: Played) -> Iterator[str]:
    looks = _looks(drill, played)
    mine: defaultdict[str, list[SourceTurn]] = defaultdict(list)
    for turn in played.turns:
        mine[turn.site_id].append(turn)
    faulty = {_site_id(fault): fault for fault in drill.faults if fault.expect}
    for site_id, fault in faulty.items():
        yield from _wrong_fault(fault, mine[site_id], looks.get(fault.host, []), played.moments[-1])
    for site_id, turns in mine.items():
        for turn in turns:
            if site_id not in faulty and turn.to_state not in WELL:
                yield f"{site_id} has no fault to be told, and was called {turn.to_state}: {turn.reason}"
    yield from played.stuck


def _wrong_fault(fault: Fault, turns: Sequence[SourceTurn], looks: Sequence[datetime], end: datetime) -> Iterator[str]:
    name = f"{_site_id(fault)} ({fault.do} {fault.status})"
    begins = fault.at + timedelta(hours=fault.believed)
    during = [at for at in looks if begins <= at and (fault.until is None or at < fault.until)]
    if len(during) < LOOKS:
        yield f"{name}: only {len(during)} looks while it held"
        return
    begin, finish = during[LOOKS - 1] + _SLACK, (fault.until or end)
    states = {_state(turns, at) for at in (begin, *(turn.at for turn in turns if begin < turn.at < finish))}
    if wrong := states - fault.expect:
        yield f"{name}: was {', '.join(sorted(wrong))}, expected {' or '.join(sorted(fault.expect))}"
    healed = end
    if fault.until is not None:
        after = [at for at in looks if at >= fault.until]
        if not after:
            yield f"{name}: never looked at again"
            return
        healed = after[min(LOOKS, len(after)) - 1] + _SLACK
        if (state := _state(turns, healed)) not in WELL:
            yield f"{name}: was over {fault.until:%m-%d %H:%M}, and two looks later it is still {state}"
    for turn in turns:
        if turn.to_state not in WELL and not fault.at <= turn.at <= healed:
            yield f"{name}: was called {turn.to_state} at {turn.at:%m-%d %H:%M}, when nothing was wrong"


def _untold(drill: Drill, played: Played) -> Iterator[str]:
    """Every turn into and out of trouble is in a message to the operator, after it happened."""
    notes = [one for one in played.received if one.to == OPERATOR and one.is_taken]
    for turn in played.turns:
        if turn.from_state in WELL and turn.to_state in WELL:
            continue
        if not any(turn.at <= note.at and turn.site_id in note.text for note in notes):
            yield f"the operator was not told that {turn.site_id} turned {turn.to_state} at {turn.at:%m-%d %H:%M}"


def _site_id(fault: Fault) -> str:
    return f"c{fault.host.removeprefix('jyj-').removesuffix('.gov.cn')}"

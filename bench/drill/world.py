"""Composes the drill's websites: who publishes what and when, which fault strikes whom, and what is news."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from attrs import evolve, frozen

from bench.drill import texts
from bench.drill.faults import Fault, Struck, events_of, moved_host, read_faults
from bench.drill.places import TEMPLATES, Place, Row, address, as_host, catalog_row, families, shown
from bench.rhythm import KINDS
from crawler import regions
from crawler.replica.texts import Text
from crawler.replica.values import CHINA, Event
from crawler.replica.world import Site, World

START = datetime(2024, 4, 8, tzinfo=CHINA)  # a Monday; bench/rhythm.py plays this year, 1 May is a holiday
BURST = 35  # entries at once, more than two pages of a list
PAST = 40  # entries that a list holds at the first look
OTHERS = 4  # sites that publish no conferences of their own: three media, one directory
_ADDED = ("会议还研究了其他事项。",)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@frozen(kw_only=True)
class News:
    """A conference that is news, and the pages that may tell of it."""

    key: str
    kind: str
    region: str
    site_id: str
    urls: frozenset[str]
    published: datetime  # when the first of its pages could be read


@frozen(kw_only=True)
class Drill:
    """The composed world and the truth about it."""

    start: datetime
    end: datetime
    world: Struck
    catalog: str  # TOML
    news: tuple[News, ...]
    faults: tuple[Fault, ...]
    entries: int  # published between start and end, news or not


class Composer:
    """Composes one drill from its seed."""

    def __init__(self, *, sites: int, days: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.start, self.end = START, START + days * _DAY
        self.families, self._print = families()
        self.sites: dict[str, Site] = {}
        self.places: list[Place] = []
        self.news: list[News] = []
        self.faults: list[Fault] = []
        self.entries = 0
        self._numbers = count()
        self._rows: dict[str, list[Row]] = {}
        self._events: dict[str, list[Event]] = {}
        self._compose(sites)

    def drill(self) -> Drill:
        """What was composed."""
        return Drill(
            start=self.start,
            end=self.end,
            world=Struck(World(self.sites), self.faults),
            catalog="\n".join(catalog_row(place) for place in self.places),
            news=tuple(sorted(self.news, key=lambda one: one.published)),
            faults=tuple(self.faults),
            entries=self.entries,
        )

    def _compose(self, size: int) -> None:
        cities = [one for one in regions.present() if one.level == "city" and one.name.endswith("市")]
        chosen = self.rng.sample(cities, size - OTHERS)
        faults = read_faults()
        for number, region in enumerate(chosen):
            family = self.families[number % len(self.families)]
            host = f"jyj-{region.code}.gov.cn"
            place = Place(
                host=host, site_id=f"c{region.code}", name=f"{region.name}教育局", region=region.code, family=family
            )
            # Every third site stays sound, so that a fault is seen to touch nobody else.
            fault = faults.pop(0) if faults and number % 3 != 2 else None
            self._city(place, region.name.removesuffix("市"), self._placed(fault, place) if fault else None)
        self._others()
        for place in self.places:
            self._write(place)

    def _placed(self, fault: Fault, place: Place) -> Fault:
        """The fault at its site and time; in short drills all of them are shorter."""
        whole = self.end - self.start
        at = self.start + whole * self.rng.uniform(0.2, 0.4)
        until = at + min(fault.days * _DAY, whole * 0.35) if fault.days else None
        if fault.do == "never":
            at = self.start - _DAY
        fault = evolve(fault, host=place.host, column=place.family["column"], at=at, until=until)
        self.faults.append(fault)
        return fault

    # --- one city's site ---------------------------------------------------------------------------------------------

    def _city(self, place: Place, city: str, fault: Fault | None) -> None:
        self.places.append(place)
        rows = self._rows[place.host] = []
        events = self._events[place.host] = events_of(fault) if fault else []
        everyday = texts.Everyday(self.rng, city)
        publish, _ = self.rng.choices(list(KINDS.values()), weights=[weight for _, weight in KINDS.values()])[0]
        own_rhythm = [at for at in sorted(publish(self.rng)) if self.start < at < self.end]
        for at in [*texts.past_moments(self.rng, self.start, PAST), *own_rhythm]:
            is_close = self.rng.random() < 0.12
            text = texts.lookalike(self.rng, city, at) if is_close else everyday.at(at)
            rows.append(self._row(place, text, at))
        old = self._old_report(place, city)
        rows.append(old)
        for kind, at in zip(self._kinds(), self._moments(fault, own_rhythm), strict=False):
            rows.append(self._report(place, city, kind, at, fault))
        if fault is not None:
            self._stage(fault, place, city, old, rows, events)

    def _row(self, place: Place, text: Text, at: datetime) -> Row:
        number = next(self._numbers)
        path = address(place.family, at, number)
        return Row(key=f"r{number}", text=text, printed=at, path=path)

    def _old_report(self, place: Place, city: str) -> Row:
        """A conference of long ago, in the list at the first look."""
        at = texts.past_moments(self.rng, self.start - timedelta(days=150), 1)[0]
        text = texts.report(self.rng, self.rng.choice(list(texts.KINDS)), texts.facts(self.rng, city, at))
        return self._row(place, text, at)

    def _kinds(self) -> list[str]:
        return self.rng.sample(list(texts.KINDS), len(texts.KINDS))

    def _moments(self, fault: Fault | None, own_rhythm: Sequence[datetime]) -> list[datetime]:
        """When the site reports conferences: at hours of its own rhythm; where there is a fault, in it and after it."""
        spans = [(self.start + 8 * _HOUR, self.end - _DAY)]
        if fault is not None and fault.lost:
            spans = [(self.start + 8 * _HOUR, fault.at - 6 * _HOUR)] if fault.do != "never" else []
        elif fault is not None:
            after = fault.until or fault.at + 12 * _HOUR
            spans = [(fault.at + _HOUR, fault.until or self.end - _DAY), (after, self.end - 12 * _HOUR)]
        elif self.rng.random() < 0.4:
            spans *= 2
        found = []
        for first, last in spans:
            fitting = [at for at in own_rhythm if first < at < last]
            found.append(self.rng.choice(fitting) if fitting else first + (last - first) * self.rng.random())
        return [at.replace(second=0, microsecond=0) for at in found]

    def _report(self, place: Place, city: str, kind: str, at: datetime, fault: Fault | None) -> Row:
        held = at - timedelta(days=self.rng.choice((0, 0, 1)))
        row = self._row(place, texts.report(self.rng, kind, texts.facts(self.rng, city, held)), at)
        visible = fault.until if fault and fault.hides and fault.until and fault.holds(at) else at
        hosts = [place.host, moved_host(place.host)] if fault and fault.do == "moved" else [place.host]
        self.news.append(
            News(
                key=row.key,
                kind=kind,
                region=place.region,
                site_id=place.site_id,
                urls=frozenset(f"http://{host}{row.path}" for host in hosts),
                published=visible,
            )
        )
        return row

    # --- faults that are more than an answer -------------------------------------------------------------------------

    def _stage(self, fault: Fault, place: Place, city: str, old: Row, rows: list[Row], events: list[Event]) -> None:
        if fault.do == "burst":
            self._burst(fault, place, city, rows)
        elif fault.do == "again":
            rows.append(self._row(place, old.text, fault.at))
            rows.append(self._row(place, self._of_last_year(city), fault.at + 30 * _HOUR))
        elif fault.do == "paths":
            self._move_paths(fault, rows)
        elif fault.do == "edit":
            events += [
                Event(
                    at=one.printed + 20 * _HOUR,
                    host=place.host,
                    do="edit",
                    article=one.key,
                    append=_ADDED,
                )
                for one in rows
                if one.key in {news.key for news in self.news}
            ]

    def _burst(self, fault: Fault, place: Place, city: str, rows: list[Row]) -> None:
        everyday = texts.Everyday(self.rng, city)
        taken = {one.kind for one in self.news if one.site_id == place.site_id}
        kind = next(kind for kind in texts.KINDS if kind not in taken)
        rows.append(self._report(place, city, kind, fault.at, None))
        for number in range(1, BURST):
            at = fault.at + timedelta(seconds=10 * number)
            rows.append(self._row(place, everyday.at(at), at))

    def _of_last_year(self, city: str) -> Text:
        """A report of a conference of the year before, as if it were new; it says itself when it was held."""
        held = self.start - timedelta(days=400)
        text = texts.report(self.rng, "education_work", texts.facts(self.rng, city, held))
        return evolve(text, body=(f"{held.year}年{text.body[0]}", *text.body[1:]))

    def _move_paths(self, fault: Fault, rows: list[Row]) -> None:
        """The publishing system changes: every page has another address, title and date stay."""
        for number, row in enumerate(list(rows)):
            if row.printed >= fault.at:
                continue
            rows[number] = evolve(row, gone=fault.at)
            stem, _, end = row.path.rpartition(".")
            moved = f"{stem}_n.{end}" if stem else f"{row.path}_n"
            rows.append(evolve(row, key=f"{row.key}n", path=moved, shown=fault.at))

    # --- media, directory, mirrors -----------------------------------------------------------------------------------

    def _others(self) -> None:
        own = {news.key: news for news in self.news}
        by_key = {row.key: row for rows in self._rows.values() for row in rows}
        for number, family in enumerate(self.families[:OTHERS]):
            code = f"{11 + number}0000"
            is_directory = number == OTHERS - 1
            host = f"www.jydh{number}.com" if is_directory else f"www.jyxw{number}.com"
            place = Place(
                host=host,
                site_id=f"m{number}",
                name="教育网址导航" if is_directory else f"教育新闻{'甲乙丙'[number]}报",
                region=code,
                family=family,
                kind="media",
                level="media",
            )
            self.places.append(place)
            everyday = texts.Everyday(self.rng, "北京")
            moments = texts.past_moments(self.rng, self.start, PAST)
            moments += [self.start + (self.end - self.start) * self.rng.random() for _ in range(40)]
            self._rows[host] = [self._row(place, everyday.at(at), at) for at in moments]
            self._events[host] = []
            for news in own.values():
                if is_directory:
                    self._mirrored(place, news, by_key[news.key])
                elif self.rng.random() < 0.15:
                    self._reprint(place, news, by_key[news.key])

    def _reprint(self, place: Place, news: News, row: Row) -> None:
        """The same text on another site: some hours later, or earlier now and then."""
        at = max(row.printed + self.rng.choice((-2, 1, 3, 8, 26)) * _HOUR, self.start + _HOUR)
        if at > self.end - 12 * _HOUR:
            return
        copy = self._row(place, evolve(row.text, source=f"{news.site_id}教育局"), at)
        self._rows[place.host].append(copy)
        known = next(number for number, one in enumerate(self.news) if one.key == news.key)
        earlier = self.news[known]
        self.news[known] = evolve(
            earlier,
            urls=earlier.urls | {f"http://{place.host}{copy.path}"},
            published=min(earlier.published, at),
        )

    def _mirrored(self, directory: Place, news: News, row: Row) -> None:
        """A stranger's copy with planted text, and the directory's row that leads to it."""
        if not any(fault.do == "mirror" and fault.host.endswith(f"{news.region}.gov.cn") for fault in self.faults):
            return
        at = max(row.printed + self.rng.choice((-3, 5)) * _HOUR, self.start + _HOUR)
        dede = next(family for family in self.families if family["name"] == "dede")
        host = f"www.jiancai{news.key}.com"
        shop = Place(host=host, site_id=f"x{news.key}", name="建材商城", region="000000", family=dede)
        copy = self._row(shop, texts.mirrored(self.rng, row.text), at)
        self._rows[host], self._events[host] = [copy], []
        self._write(shop)
        link = self._row(directory, row.text, at)
        self._rows[directory.host].append(evolve(link, link=f"http://{host}{copy.path}", path=""))

    # --- as the replica has it ---------------------------------------------------------------------------------------

    def _write(self, place: Place) -> None:
        rows = self._rows[place.host]
        self.entries += sum(self.start < row.printed < self.end for row in rows)
        host = as_host(place, rows, self._print)
        events = [*self._events[place.host], *shown(place.host, rows)]
        documents = {row.key: row.text for row in rows}
        self.sites[place.host] = Site(TEMPLATES, host, (), documents, events)
        if any(fault.do == "moved" and fault.host == place.host for fault in self.faults):
            new = moved_host(place.host)
            self.sites[new] = Site(TEMPLATES, host.model_copy(update={"host": new}), (), documents, [])

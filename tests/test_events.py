"""Which reports tell of the same conference, and what they say together."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from crawler.filing.events import Sighting, choose, together
from crawler.items import Person
from crawler.store.conferences import StoredConference
from tests.factories import NOW, conference

CASES = tomllib.loads((Path(__file__).parent / "cases" / "events.toml").read_text("utf-8"))["case"]


def sighting(facts: dict[str, Any]) -> Sighting:
    record = conference(
        held_on=facts.get("held"),
        year=facts.get("year"),
        kind=facts.get("kind", "education_work"),
        level=facts.get("level", "city"),
        name=facts.get("name", "全市教育工作会议"),
        host_organ=facts.get("host"),
    )
    return Sighting(record=record, published_on=facts.get("published"))


def stored(one: Sighting, number: int = 1) -> StoredConference:
    return StoredConference(
        id=number, record=one.record, first_published_on=one.published_on, first_seen_at=NOW, updated_at=NOW
    )


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_which_sightings_are_of_one_event(case: dict[str, Any]) -> None:
    a, b = sighting(case["a"]), sighting(case["b"])
    assert (choose(a, [stored(b)]) is not None) is case["same"]
    assert (choose(b, [stored(a)]) is not None) is case["same"]


def test_a_report_without_a_year_joins_none_where_two_years_fit() -> None:
    years = [stored(sighting({"held": f"{year}-12-25", "year": year}), year) for year in (2023, 2024)]
    assert choose(sighting({"held": "--12-25"}), years) is None
    chosen = choose(sighting({"held": "--12-25", "year": 2024}), years)
    assert chosen is not None
    assert chosen.id == 2024


def test_the_nearest_of_several_is_chosen() -> None:
    days = [stored(sighting({"held": f"2024-03-0{day}"}), day) for day in (1, 3, 5)]
    chosen = choose(sighting({"held": "2024-03-04"}), days)
    assert chosen is not None
    assert chosen.id == 3


def test_the_best_report_that_says_something_fills_each_field() -> None:
    chair = (Person(name="陆知行", roles=("chair",)),)
    record = together(
        [
            ("mirror", conference(venue="别处", host_organ="谁", form="video", held_on="2024-10-30")),
            ("media", conference(venue="市民中心", form="unknown", people=chair, year=None, held_on="2024-10-31")),
            ("official", conference(name="云溪市教育大会", held_on="--10-31", held_on_basis="inferred", year=None)),
        ]
    )
    assert record.name == "云溪市教育大会"
    assert (record.venue, record.people, record.form, record.host_organ) == ("市民中心", chair, "video", "谁")
    assert (record.held_on, record.held_on_basis, record.year) == ("2024-10-31", "explicit", 2024)

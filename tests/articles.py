"""Articles as the extract stage hands them over, and records as case files write them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from crawler import dom, topics
from crawler.catalog import Catalog, Site
from crawler.hans import to_hans
from crawler.items import Article, Conference, Document, Page, Provenance, Rejected, Report
from crawler.structure import structure

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
TOPICS = topics.load(SEEDS / "topics.toml")


def cases(name: str) -> list[dict[str, Any]]:
    return tomllib.loads((HERE / "cases" / f"{name}.toml").read_text("utf-8"))["case"]


def article(title: str, text: str, **given_facts: Any) -> Article:
    """An article as extract would hand it over; facts not given are unknown."""
    owner, verdict = given_facts.pop("owner", None), given_facts.pop("verdict", None)
    url = given_facts.pop("url", "http://news.example.com/a/1.html")
    provenance = Provenance(verdict=verdict or "unknown", owner_region=owner) if owner or verdict else None
    document = Document(
        page=Page(url=url, body=b""),
        html="",
        tree=dom.parse("<p></p>"),
        charset="utf-8",
        charset_basis="utf-8",
        provenance=provenance,
    )
    return Article(
        document=document,
        title=title,
        title_hans=to_hans(title),
        text=text,
        text_hans=to_hans(text),
        **given_facts,
    )


def run(case: dict[str, Any]) -> Report | Rejected:
    facts = {key: case[key] for key in ("date", "source", "label", "owner", "url", "verdict") if key in case}
    sites = [Site(name="一个网站", **case["site"])] if "site" in case else []
    return structure(article(case["title"], case["text"], **facts), Catalog(sites), TOPICS)


def seen(report: Report) -> dict[str, Any]:
    """The record in the words of the case files."""
    conference = report.conference
    plain = (
        "name kind year level region_code region_name held_on held_on_basis venue host_organ form documents_cited "
        "conveyed agreements"
    )
    record = {key: getattr(conference, key) for key in plain.split()}
    record = {key: list(value) if isinstance(value, tuple) else value or "" for key, value in record.items()}
    return record | {
        "verdict": report.provenance.verdict,
        "people": {person.name: list(person.roles) for person in conference.people},
        "titles": {person.name: list(person.titles) for person in conference.people},
        "units": [unit.name for unit in conference.exchange_units if unit.mode == "onsite"],
        "written": [unit.name for unit in conference.exchange_units if unit.mode == "written"],
    }


def compared(record: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Of the record only what the case expects; titles only of the people it names."""
    record = {key: record[key] for key in expected}
    if "titles" in expected:
        record["titles"] = {name: record["titles"].get(name) for name in expected["titles"]}
    return record


def conference_of(text: str) -> Conference:
    """The record of a report that begins with a city's congress and goes on with this text."""
    report = structure(article("全市教育大会召开", f"3月1日,全市教育大会召开。{text}"), Catalog(), TOPICS)
    assert isinstance(report, Report)
    return report.conference

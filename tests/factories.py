"""Makes reports for tests, as the pure stages would hand them on; every sentence in them was written for the tests."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from lxml import html

from crawler.dedup import fingerprint
from crawler.items import Article, Conference, Document, Entry, Page, Provenance, Report, SnapshotRef, Verdict
from crawler.store.sources import Learned

NOW = datetime(2024, 11, 4, 2, 0, tzinfo=UTC)  # ten in the morning in Beijing

# fmt: off
_THEMES = [
    "乡镇寄宿学校的宿舍改造", "县域高中的师资补充", "幼儿园收费的规范", "校车线路的增设",
    "职业院校的实训基地", "图书馆的周末开放", "课后服务的经费来源", "特殊教育学校的康复设备",
    "体育场馆的共享", "青年教师的周转住房", "校园午餐的供应商名单", "农村小规模学校的去留",
    "科学课的实验条件", "心理辅导室的配备", "家长委员会的章程", "随迁子女的入学手续",
    "中考体育的评分办法", "教研员的下校次数", "课程表的审查", "数字教材的试用",
    "教师轮岗的津贴", "学区的重新划分", "旧校舍的抗震加固", "学生近视的筛查",
]
# fmt: on
_VERBS = ["由财政部门按季拨付", "在年底前办结", "先行试点再推开", "列入督导清单", "逐校登记造册", "交由专班负责"]
_ENDS = [
    "不得以任何理由推迟",
    "每月公布一次进展",
    "接受群众监督",
    "结果与考核挂钩",
    "遇到困难当面上报",
    "所需用地优先保障",
]


def body(city: str = "云溪市", day: str = "10月31日", *, seed: int = 1, paragraphs: int = 5) -> str:
    """A made-up report's text of about 600 characters; another seed says other things in other words."""
    choice = random.Random(seed)
    themes = choice.sample(_THEMES, min(len(_THEMES), paragraphs * 4))
    lines = [f"{day},{city}教育大会召开。市委书记方远山出席并讲话,市长陆知行主持会议。"]
    for number in range(paragraphs):
        said = [
            f"{theme}{choice.choice(_VERBS)},涉及{choice.randint(11, 990)}所学校,{choice.choice(_ENDS)}"
            for theme in themes[number * 4 : number * 4 + 4]
        ]
        lines.append(f"方远山在谈到第{number + 1}项工作时要求," + ";".join(said) + "。")
    return "\n".join(lines)


def conference(**facts: Any) -> Conference:
    """A conference of 云溪市; ``facts`` replace its fields."""
    usual: dict[str, Any] = {
        "name": "全市教育大会",
        "kind": "education_congress",
        "year": 2024,
        "level": "city",
        "region_code": "459900",
        "region_name": "云溪市",
        "held_on": "2024-10-31",
        "held_on_basis": "explicit",
    }
    return Conference(**(usual | facts))


def page(url: str = "http://jyj.yunxi.gov.cn/1.html", **facts: Any) -> Page:
    """A fetched page; ``facts`` replace its fields."""
    usual: dict[str, Any] = {
        "url": url,
        "body": f"<html><body>{url}</body></html>".encode(),
        "headers": {"content-type": "text/html; charset=utf-8"},
        "fetched_at": NOW,
        "site_id": "yunxi-jyj",
    }
    return Page(**(usual | facts))


def entry(number: int, *, title: str = "全市教育大会召开", listed_on: str | None = "2024-11-02") -> Entry:
    """A row of the site's listing."""
    return Entry(url=f"http://jyj.yunxi.gov.cn/{number}.html", title=title, listed_on=listed_on)


def report(
    url: str = "http://jyj.yunxi.gov.cn/1.html",
    *,
    text: str | None = None,
    title: str = "方远山在全市教育大会上强调 办好家门口的学校",
    date: str | None = "2024-11-02T10:10",
    verdict: Verdict = "official",
    source: str = "云溪日报",
    site_id: str | None = "yunxi-jyj",
    record: Conference | None = None,
    snapshot: SnapshotRef | None = None,
    page_facts: dict[str, Any] | None = None,
) -> Report:
    """A report with its fingerprints, from the page at ``url``."""
    text = body() if text is None else text
    fetched = page(url, site_id=site_id, snapshot=snapshot, **(page_facts or {}))
    provenance = Provenance(verdict=verdict, marks=("own_host",) if verdict == "official" else ())
    document = Document(
        page=fetched, html=text, tree=html.fromstring("<p>-</p>"), charset="utf-8", charset_basis="utf-8"
    )
    article = Article(
        document=document,
        title=title,
        title_hans=title,
        date=date,
        source=source,
        text=text,
        text_hans=text,
    )
    return fingerprint(Report(article=article, conference=record or conference(), provenance=provenance))


def learned(state: str, why: str = "") -> Learned:
    """What a look taught of a source in this state."""
    facts: dict[str, Any] = {"faults": {}, "rhythm": None, "requests_per_day": 24.0}
    return Learned(state=state, state_since=NOW, state_why=why, **facts)

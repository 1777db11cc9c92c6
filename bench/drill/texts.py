"""Composes what the drill's sites publish: reports of conferences that were held, look-alikes, and everyday items."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

from opencc import OpenCC
from pypinyin import pinyin

from bench import copies, stories
from bench.copies import Copy
from bench.stories import Story
from crawler.replica.texts import Text, read_items, text_of
from crawler.replica.values import Item

ITEMS = Path(__file__).resolve().parent.parent.parent / "seeds" / "demo" / "items"

# One conference of a kind a city: two of one kind within weeks would rightly be taken for one.
KINDS = {
    "education_work": (
        "{city}市召开{year}年教育工作会议",
        "{month}月{day}日，{city}市召开{year}年教育工作会议。市委书记{boss}出席会议并讲话，市长{mayor}主持会议。",
    ),
    "education_congress": (
        "{boss}在{city}市教育大会上强调 办好人民满意的教育",
        "{month}月{day}日上午，{city}市教育大会召开。市委书记{boss}出席并讲话，市委副书记、市长{mayor}主持大会。",
    ),
    "strong_education": (
        "{city}市召开教育强市建设推进会",
        "本报讯（记者{writer}）{month}月{day}日，{city}市召开教育强市建设推进会，市委书记{boss}出席会议并讲话。",
    ),
}
# Titles and texts that speak of conferences and report none.
LOOKALIKES = (
    ("{city}市教育局传达学习全国教育大会精神", "{month}月{day}日，市教育局召开党组会，传达学习全国教育大会精神。"),
    ("关于召开{city}市教育大会的筹备情况", "为开好全市教育大会，市教育局成立筹备组，会议拟于下半年召开。"),
    ("{city}市召开校园安全教育大会", "{month}月{day}日，{city}市召开校园安全教育大会，部署防溺水和交通安全工作。"),
    ("{city}市教育工会召开代表大会", "{month}月{day}日，{city}市教育工会第三次代表大会召开，选举产生新一届委员会。"),
    ("{city}市组织收听收看全省教育大会", "{month}月{day}日，{city}市组织各县区在分会场收听收看全省教育大会。"),
    ("{boss}在教师节慰问座谈会上讲话", "{month}月{day}日，市委书记{boss}看望慰问教师代表，并主持召开座谈会。"),
    ("热议全市教育大会：老师们这样说", "全市教育大会召开以来，一线教师谈体会、谈打算，记者采访了其中几位。"),
    ("一图读懂{city}市教育大会", "图解：办学条件、教师队伍、教育评价，三张图带你看懂。"),
)


def facts(rng: random.Random, city: str, held: datetime) -> dict[str, str]:
    """Who was there and when, for one conference; ``city`` without 市."""
    when = {"year": str(held.year), "month": str(held.month), "day": str(held.day)}
    return stories.new_facts(rng, city, held.year) | when


def report(rng: random.Random, kind: str, of: dict[str, str]) -> Text:
    """A report of a conference of this kind."""
    title, opening = KINDS[kind]
    return _told(rng, title, opening, of, sentences=rng.randint(8, 20))


def lookalike(rng: random.Random, city: str, at: datetime) -> Text:
    """A page that may be taken for a report and is none."""
    title, opening = rng.choice(LOOKALIKES)
    return _told(rng, title, opening, facts(rng, city, at), sentences=2, own=False)


def _told(
    rng: random.Random, title: str, opening: str, of: dict[str, str], *, sentences: int, own: bool = True
) -> Text:
    said = [stories.own_sentence(rng) if own else rng.choice(stories.FIGURES) for _ in range(sentences)]
    story = Story(
        title=title,
        paragraphs=((opening,), *((one,) for one in dict.fromkeys(said))),
        facts=of,
        published=f"{of['year']}-{int(of['month']):02}-{int(of['day']):02}",
        numbers=rng.getrandbits(32),
    )
    return Text(title=story.headline, body=tuple(story.text.split("\n")))


def mirrored(rng: random.Random, text: Text) -> Text:
    """A mirror's copy: Traditional letters, the reading behind some of them, and planted text at the end."""
    turn = OpenCC("s2t").convert
    body = "\n".join(text.body)
    noted = [  # mirrors note the letters that they turned
        letter + (f"({pinyin(letter)[0][0]})" if letter != simple and rng.random() < 0.2 else "")
        for simple, letter in zip(body, turn(body), strict=True)
    ]
    planted = copies.spam_tail(rng, Copy(title=turn(text.title), text="".join(noted)))
    return Text(title=planted.title, body=tuple(planted.text.split("\n")))


class Everyday:
    """Items of no interest, each with the day's values in it; they come again after all others have come."""

    def __init__(self, rng: random.Random, city: str) -> None:
        kinds = ("edu", "gov", "near")
        self._waiting: list[Item] = [item for item in read_items(ITEMS) if item.kind in kinds and not item.key]
        rng.shuffle(self._waiting)
        self._city = city

    def at(self, moment: datetime) -> Text:
        """The next item that fits the month."""
        fits = (one for one in self._waiting if not one.months or moment.month in one.months)
        item = next(fits, self._waiting[0])
        self._waiting.remove(item)
        self._waiting.append(item)
        values = {"place": f"{self._city}市", "unit": f"{self._city}市教育局", "scope": "全市"}
        day = {"year": str(moment.year), "month": str(moment.month), "day": str(moment.day)}
        return text_of(item, values | day)


def past_moments(rng: random.Random, before: datetime, count: int, days: int = 500) -> list[datetime]:
    """Moments of office hours in the days before, the latest first."""
    found = []
    for _ in range(count):
        day = before - timedelta(days=1 + days * rng.random() ** 2)
        found.append(day.replace(hour=rng.randint(8, 17), minute=rng.randrange(60), second=0, microsecond=0))
    return sorted(found, reverse=True)

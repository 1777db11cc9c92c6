"""Fills a host's columns: the articles somebody wrote down, and everyday items on dates spread over years.

Nothing here is random: which item falls on which day, and the number in its address, follow from their names.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from attrs import field, frozen

from crawler.replica.texts import Text, text_of
from crawler.replica.values import CHINA, Column, Filler, Host, Item, Written


@frozen(kw_only=True)
class Article:
    """A page of a host, and its row in a column."""

    key: str
    path: str
    column: str  # the path of its column
    printed: datetime  # what the page says of its publication
    text: Text = field(repr=False)
    row_title: str
    link: str = ""  # the row leads to another host, and there is no page
    template: str = "article"
    id: str = ""

    @property
    def href(self) -> str:
        """Where the row leads."""
        return self.link or self.path


def digits(name: str, length: int) -> str:
    """A number that belongs to a name, always the same one."""
    value = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10**length
    return str(value).zfill(length)


def hexes(name: str, length: int = 32) -> str:
    """Hexadecimal digits that belong to a name, always the same ones."""
    return hashlib.sha256(name.encode()).hexdigest()[:length]


def fill(host: Host, items: tuple[Item, ...], documents: dict[str, Text]) -> tuple[Article, ...]:
    """All articles of a host, newest first. Raises ValueError for two with one address or a text that is not there."""
    columns = {column.path: column for column in host.column}
    reports = {item.key: item for item in items if item.key}
    articles = [_written(host, columns, row, reports, documents) for row in host.article]
    for column in host.column:
        if column.filler:
            articles += _everyday(host, column, column.filler, items)
    counts = Counter(article.path for article in articles if not article.link)
    for path, count in counts.items():
        if count > 1:
            raise ValueError(f"{host.host}: {count} articles have the address {path}")
    return tuple(sorted(articles, key=lambda article: (article.printed, article.path), reverse=True))


def _written(
    host: Host, columns: dict[str, Column], row: Written, reports: dict[str, Item], documents: dict[str, Text]
) -> Article:
    if row.column not in columns:
        raise ValueError(f"{host.host}: article {row.key}: there is no column {row.column}")
    text = Text(title=row.title, body=())
    if row.document is not None:
        if row.document not in documents:
            raise ValueError(f"{host.host}: article {row.key}: there is no document {row.document}")
        text = documents[row.document]
    elif row.report is not None:
        if row.report not in reports:
            raise ValueError(f"{host.host}: article {row.key}: there is no report {row.report}")
        text = text_of(reports[row.report], _values(host, row.printed))
    return Article(
        key=row.key,
        path=row.path or address(host, columns[row.column], row.printed, row.key),
        column=row.column,
        printed=row.printed,
        text=text,
        row_title=row.title or (f"【{text.label}】{text.title}" if text.label else text.title),
        link=row.link,
        template=row.template,
        id=digits(f"{host.host} {row.key}", 7),
    )


def _everyday(host: Host, column: Column, filler: Filler, items: tuple[Item, ...]) -> Iterable[Article]:
    pool = [item for item in items if item.kind in filler.kinds]
    if not pool:
        raise ValueError(f"{host.host}: column {column.path}: there are no items of the kinds {filler.kinds}")
    waiting = sorted(pool, key=lambda item: hexes(f"{host.host} {column.path} {item.title}"))
    span = (filler.until - filler.since).days
    for number in range(filler.count):
        name = f"{host.host} {column.path} {number}"
        printed = _moment(filler.since + timedelta(days=span * number // filler.count), name)
        item = next((one for one in waiting if not one.months or printed.month in one.months), waiting[0])
        waiting.remove(item)
        waiting.append(item)  # an item comes again only after all that may have come
        text = text_of(item, _values(host, printed))
        yield Article(
            key=name,
            path=address(host, column, printed, name),
            column=column.path,
            printed=printed,
            text=text,
            row_title=text.title,
            id=digits(name, 7),
        )


def _moment(day: date, name: str) -> datetime:
    """A minute of office hours; what would fall on a weekend comes out on the Friday before."""
    day -= timedelta(days=max(0, day.weekday() - 4))
    minute = int(digits(name, 6)) % (9 * 60)
    return datetime.combine(day, time(8, 30), CHINA) + timedelta(minutes=minute)


def _values(host: Host, printed: datetime) -> dict[str, str]:
    names = {name: value for name, value in host.print.items() if isinstance(value, str)}
    return names | {"year": str(printed.year), "month": str(printed.month), "day": str(printed.day)}


def address(host: Host, column: Column, printed: datetime, name: str) -> str:
    """The path that the host's publishing system gives an article."""
    number = (printed.date() - date(2000, 1, 1)).days * 1000 + int(digits(name, 3))
    return (column.article_path or host.article_path).format(
        id=number,
        hex=hexes(f"{host.host} {name}"),
        short=hexes(f"{host.host} {name}", 11),
        code=column.code,
        Y=f"{printed:%Y}",
        m=f"{printed:%m}",
        d=f"{printed:%d}",
    )

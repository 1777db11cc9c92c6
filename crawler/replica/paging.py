"""The addresses of a column's pages, as its publishing system counts them."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from crawler.replica.filling import Article
from crawler.replica.values import Column


@frozen(kw_only=True)
class Paging:
    """One page of a column among its pages; `number` counts from 1, the newest rows are on page 1."""

    number: int
    addresses: tuple[str, ...]
    count: int  # of all rows

    @property
    def total(self) -> int:
        """How many pages there are."""
        return len(self.addresses)

    @property
    def next(self) -> str | None:
        """The address of the page with older rows."""
        return self.addresses[self.number] if self.number < self.total else None

    @property
    def previous(self) -> str | None:
        """The address of the page with newer rows."""
        return self.addresses[self.number - 2] if self.number > 1 else None


def addresses(column: Column, count: int) -> tuple[str, ...]:
    """The addresses of all pages, newest first; a column that does not page has one."""
    if column.paging == "none":
        return (column.path,)
    total = max(1, -(-count // column.per_page))
    numbers = {"from_0": range(1, total), "from_1": range(2, total + 1), "down": range(total - 1, 0, -1)}
    further = (column.page_path.format(n=number) for number in numbers[column.paging])
    return (column.path, *further)


def rows(column: Column, articles: Sequence[Article], number: int, pages: int = 1) -> tuple[Article, ...]:
    """The rows that stand on a page, and on the `pages - 1` after it."""
    if column.paging == "none":
        return tuple(articles[: column.per_page])
    start = (number - 1) * column.per_page
    return tuple(articles[start : start + pages * column.per_page])

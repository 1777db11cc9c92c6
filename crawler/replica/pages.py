"""Writes the pages of one host from the templates of its publishing system."""

from __future__ import annotations

import posixpath
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from attrs import field, frozen
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, select_autoescape

from crawler.replica import paging
from crawler.replica.filling import Article, digits, hexes
from crawler.replica.state import State
from crawler.replica.values import CHINA, Column, Host

_TYPES = {
    ".html": "",  # the host's own
    ".xml": "text/xml; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".js": "application/javascript; charset=utf-8",
}


@frozen(kw_only=True)
class Written:
    """A page as it goes out."""

    body: bytes = field(repr=False)
    content_type: str
    changed: datetime
    status: int = 200


@lru_cache(maxsize=16)
def environment(folder: Path) -> Environment:
    """The templates below a folder; a name that a template uses and nobody gives is an error."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["rel"] = _relative
    made.filters["on"] = lambda moment, form: moment.astimezone(CHINA).strftime(form)
    made.globals.update(digits=digits, hexes=hexes)
    return made


def _relative(path: str, page: str) -> str:
    """The path as a link on a page writes it: ./202402/t….html or ../../x.htm."""
    if "://" in path:
        return path
    way = posixpath.relpath(path, posixpath.dirname(page.partition("?")[0]) or "/")
    return way if way.startswith(".") else f"./{way}"


class Pages:
    """All pages of a host in one state, by address."""

    def __init__(self, templates: Path, host: Host, state: State, begun: datetime) -> None:
        self._host, self._state, self._begun = host, state, begun
        self._templates = environment(templates)
        self._static = templates / state.family / "static"
        self._columns = {column.path: [a for a in state.articles if a.column == column.path] for column in host.column}
        self._routes: dict[str, tuple[Column, Article | int, str]] = {}
        for column in host.column:
            self._add_column(column)
        for article in state.articles:
            self._add_article(article)

    def _add_column(self, column: Column) -> None:
        addresses = paging.addresses(column, len(self._columns[column.path]))
        for number, address in enumerate(addresses, 1):
            self._routes[address] = (column, number, f"{column.template}.html")
            if column.data_path:
                self._routes[column.data_path.format(n=number)] = (column, number, column.data_template)
        if column.path.endswith("/"):
            for name in ("index.html", "index.shtml", "index.htm"):
                self._routes.setdefault(column.path + name, self._routes[column.path])

    def _add_article(self, article: Article) -> None:
        if article.link:
            return
        column = next(column for column in self._host.column if column.path == article.column)
        self._routes[article.path] = (column, article, f"{article.template}.html")
        if self._host.data_path:
            self._routes[self._host.data_path.format(id=article.id)] = (column, article, "article.json")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that has a page now."""
        return tuple(self._routes)

    def at(self, address: str) -> Written | None:
        """The page at a path with its query; where no page has that query, the one at the path alone. None: no page."""
        path = address.partition("?")[0]
        where = address if address in self._routes else path
        if where in self._routes:
            column, subject, template = self._routes[where]
            if isinstance(subject, int):
                return self._list(column, subject, template, where)
            return self._article(column, subject, template, where)
        return self._file(path)

    def plain(self, template: str, status: int, **values: Any) -> Written:
        """A page that belongs to no column: an error, a challenge, a login, a hijacker's page."""
        changed = self._state.built or self._begun
        return self._write(f"common/{template}", changed, status=status, **values)

    def _list(self, column: Column, number: int, template: str, address: str) -> Written:
        articles = self._columns[column.path]
        chosen = paging.rows(column, articles, number)
        shown = () if column.shell and template.endswith(".html") else chosen
        changed = [self._state.changed[row.path] for row in shown]
        place = paging.Paging(number=number, addresses=paging.addresses(column, len(articles)), count=len(articles))
        return self._write(
            template if "/" in template else f"{self._state.family}/{template}",
            max([*changed, self._state.built or self._begun]),
            address=address,
            column=column,
            rows=chosen,
            ahead=paging.rows(column, articles, number, 3),
            page=place,
        )

    def _article(self, column: Column, article: Article, template: str, address: str) -> Written:
        siblings = self._columns[column.path]
        older = siblings[siblings.index(article) + 1 :][:6]
        changed = max([self._state.changed[article.path], *([self._state.built] if self._state.built else [])])
        return self._write(
            f"{self._state.family}/{template}",
            changed,
            address=address,
            column=column,
            article=article,
            text=article.text,
            parts=article.text.parts,
            older=older,
            built=changed,
        )

    def _file(self, path: str) -> Written | None:
        folder, name = posixpath.split(path)
        if folder != "/static" or name not in {file.name for file in self._static.glob("*")}:
            return None
        kind = _TYPES.get(posixpath.splitext(name)[1], "application/octet-stream")
        body = (self._static / name).read_bytes()
        return Written(body=body, content_type=kind, changed=self._state.built or self._begun)

    def _write(self, template: str, changed: datetime, *, status: int = 200, **values: Any) -> Written:
        try:
            made = self._templates.get_template(template)
        except TemplateNotFound:
            raise ValueError(f"{self._host.host}: there is no template {template}") from None
        columns = self._host.column
        text = made.render(host=self._host, print=self._host.print, columns=columns, **values)
        kind = _TYPES[posixpath.splitext(template)[1]]
        charset = "utf-8" if kind else self._host.charset
        body = text.encode(charset, "xmlcharrefreplace")
        return Written(body=body, content_type=kind or self._host.content_type, changed=changed, status=status)

"""All hosts of a replica folder, and what each answers to a request at a time: the folder and the time decide alone."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote

from attrs import field, frozen
from pydantic import ValidationError

from crawler.replica.filling import fill
from crawler.replica.pages import Pages, Written
from crawler.replica.state import State, instants, state_at
from crawler.replica.texts import Text, read_documents, read_items, read_toml
from crawler.replica.values import Event, Host, Item, Look, Script

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_SAFE = "%/:?#[]@!$&'()*+,;="  # what RFC 3986 lets stand in an address
_Model = TypeVar("_Model", Script, Host)


@frozen(kw_only=True)
class Answer:
    """What goes back to the client."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    wait: float = 0  # seconds before the first byte


class Site:
    """One host through all its times."""

    def __init__(
        self, templates: Path, host: Host, items: tuple[Item, ...], documents: dict[str, Text], events: list[Event]
    ) -> None:
        self.host = host
        self._templates = templates
        self._articles = fill(host, items, documents)
        self._events = sorted(events, key=lambda event: event.at)
        known = {article.key for article in self._articles}
        for event in self._events:
            if event.article and event.article not in known:
                raise ValueError(f"{host.host}: event {event.do}: there is no article {event.article}")
        for family in (host.family, *(event.family for event in self._events if event.do == "redesign")):
            if not (templates / family).is_dir():
                raise ValueError(f"{host.host}: there are no templates of the family {family}")
        self._instants = instants(self._articles, self._events)
        self._made = lru_cache(maxsize=4)(self._make)
        self._page = lru_cache(maxsize=256)(self._write)

    def _make(self, epoch: int) -> tuple[State, Pages]:
        now = self._instants[epoch - 1] if epoch else _BEGINNING
        state = state_at(now, self.host, self._articles, self._events)
        begun = self._instants[0] if self._instants else _BEGINNING
        return state, Pages(self._templates, self.host, state, begun)

    def _write(self, epoch: int, address: str) -> Written | None:
        return self._made(epoch)[1].at(address)

    def _epoch(self, now: datetime) -> int:
        return bisect_right(self._instants, now)

    def at(self, now: datetime) -> tuple[State, Pages]:
        """The host's state at a time, and its pages by address."""
        return self._made(self._epoch(now))

    def answer(self, address: str, headers: Mapping[str, str], now: datetime) -> Answer:
        """What the host says to a GET. `headers` have lower-case names; escapes in the address are undone."""
        address = unquote(address)
        epoch = self._epoch(now)
        state, pages = self._made(epoch)
        path = address.partition("?")[0]
        slow = state.of("slow", path)
        wait = slow.seconds if slow else 0
        if event := state.of("answer", path):
            return _refusal(event, pages.plain(_refusal_page(event), event.status, address=address), wait)
        if path == "/robots.txt":
            return _robots(state.robots, wait)
        if moved := state.of("redirect", path):
            target = moved.to.format(rest=address.removeprefix(moved.under))
            return Answer(status=moved.status, headers=(("Location", quote(target, _SAFE)),), wait=wait)
        if state.of("hijack", path):
            return _page(pages.plain("hijacked.html", 200, address=address), "none", headers, wait)
        if page := self._page(epoch, address):
            return _page(page, state.validators, headers, wait)
        if path == "/" and self.host.column:
            return Answer(status=302, headers=(("Location", self.host.column[0].path),), wait=wait)
        status = 404 if self.host.missing == "hard" else 200
        return _page(pages.plain("missing.html", status, address=address), "none", headers, wait)


class World:
    """The hosts by name, and the moments of the script."""

    def __init__(self, sites: Mapping[str, Site], moments: tuple[Look, ...] = ()) -> None:
        self.sites = dict(sites)
        self.moments = moments

    def answer(self, host: str, address: str, headers: Mapping[str, str], now: datetime) -> Answer:
        """What the network says: an unknown host is one that cannot be reached."""
        site = self.sites.get(host.lower())
        if site is None:
            return plain(502, f"The replica knows no host {host}.\n")
        return site.answer(address, headers, now)


def load(folder: Path) -> World:
    """Read a replica folder: script.toml, hosts/, items/, documents.toml, templates/.

    Raises ValueError with the file and the key of what is wrong in it.
    """
    script = _checked(Script, folder / "script.toml")
    hosts = [_checked(Host, path) for path in sorted((folder / "hosts").glob("*.toml"))]
    names = [host.host for host in hosts]
    for event in script.event:
        if event.host not in names:
            raise ValueError(f"{folder / 'script.toml'}: event {event.do}: there is no host {event.host}")
    items = read_items(folder / "items")
    documents = read_documents(folder / "documents.toml", folder / script.documents)
    sites = {
        host.host: Site(
            (folder / script.templates).resolve(),
            host,
            items,
            documents,
            [event for event in script.event if event.host == host.host],
        )
        for host in hosts
    }
    return World(sites, script.moment)


def _checked(model: type[_Model], path: Path) -> _Model:
    try:
        return model.model_validate(read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{path}: {where}: {first['msg']}") from None


def plain(status: int, text: str, headers: tuple[tuple[str, str], ...] = (), wait: float = 0) -> Answer:
    """An answer in plain text."""
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return Answer(status=status, headers=(kind, *headers), body=text.encode(), wait=wait)


def _robots(robots: str | None, wait: float) -> Answer:
    return plain(404, "404 Not Found\n", wait=wait) if robots is None else plain(200, robots, wait=wait)


def _refusal_page(event: Event) -> str:
    if event.page:
        return f"instead/{event.page}.html"
    return "challenge.html" if event.status in (412, 521) else "refused.html"


def _refusal(event: Event, page: Written, wait: float) -> Answer:
    headers = [("Content-Type", page.content_type), ("Cache-Control", "no-store")]
    if event.retry_after is not None:
        headers.append(("Retry-After", str(event.retry_after)))
    if event.status in (412, 521):
        headers.append(("Set-Cookie", "sugon_session=replica; path=/; HttpOnly"))
    return Answer(status=event.status, headers=tuple(headers), body=page.body, wait=wait)


def _page(page: Written, validators: str, asked: Mapping[str, str], wait: float) -> Answer:
    """The page with the validators the site has, or 304 where the client has it already."""
    etag = f'"{hashlib.sha256(page.body).hexdigest()[:20]}"'
    changed = page.changed.astimezone(UTC).replace(microsecond=0)
    headers: list[tuple[str, str]] = []
    if validators in ("both", "etag"):
        headers.append(("ETag", etag))
    if validators in ("both", "last-modified"):
        headers.append(("Last-Modified", format_datetime(changed, usegmt=True)))
    if headers and page.status == 200 and _has_it(asked, etag, changed, validators):
        return Answer(status=304, headers=tuple(headers), wait=wait)
    kind = ("Content-Type", page.content_type)
    return Answer(status=page.status, headers=(kind, *headers), body=page.body, wait=wait)


def _has_it(asked: Mapping[str, str], etag: str, changed: datetime, validators: str) -> bool:
    """If-None-Match decides where the site has entity tags, If-Modified-Since where it has not (RFC 9110, 13.2.2)."""
    if validators in ("both", "etag") and "if-none-match" in asked:
        return etag in asked["if-none-match"]
    if validators in ("both", "last-modified") and "if-modified-since" in asked:
        try:
            return changed <= parsedate_to_datetime(asked["if-modified-since"])
        except (TypeError, ValueError):
            return False
    return False

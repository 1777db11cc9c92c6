"""Opens a website and gets pages of it as they are asked for, each once and a bounded number in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

from crawler.answers import judge
from crawler.catalog import Catalog, Site
from crawler.decode import decode
from crawler.discover import article_of, own_host
from crawler.items import Document, Outcome, Page, Rejected
from crawler.topics import Topics

MAX_PAGES = 20  # of one website, all together
_PUBLIC = (".gov.cn", ".edu.cn", ".mil.cn")
_NO_CONNECTION = ("network", "time-out", "TLS")  # see spiders/fetched.py

# Addresses and whether to use a browser → for each a page, or the reason why there is none.
Fetch = Callable[[Sequence[str], bool], Mapping[str, Page | str]]


class DiscoverError(Exception):
    """Nothing can be proposed; the message says why, and what a person can do, in one sentence."""


class KnownSite(DiscoverError):
    """The host is watched already."""

    def __init__(self, host: str, site: Site) -> None:
        super().__init__(f"{host} is watched already: {site.id}, {site.name}")
        self.site = site


class Explorer:
    """The pages of one website that were seen so far."""

    def __init__(self, fetch: Fetch, catalog: Catalog, topics: Topics, *, rendered: bool = False) -> None:
        self.catalog = catalog
        self.topics = topics
        self._fetch = fetch
        self._left = MAX_PAGES
        self._documents: dict[str, Document] = {}
        self.rendered = rendered  # by a browser
        self.reasons: dict[str, str] = {}  # why addresses gave nothing to read

    def get(self, urls: Iterable[str]) -> dict[str, Document]:
        """The pages of these addresses that can be read, in this order; `reasons` says why the others cannot."""
        wanted = list(dict.fromkeys(urls))
        missing = [url for url in wanted if url not in self._documents and url not in self.reasons][: self._left]
        self._left -= len(missing)
        answers = self._fetch(missing, self.rendered) if missing else {}
        for url in missing:
            answer = answers.get(url, "the crawl gave no answer")
            page = judge(answer) if isinstance(answer, Page) else answer
            document = decode(page) if isinstance(page, Page) else page
            if isinstance(document, Document):
                self._documents[url] = document
            else:
                self.reasons[url] = document.reason if isinstance(document, Rejected) else document
        return {url: self._documents[url] for url in wanted if url in self._documents}

    def with_browser(self) -> None:
        """Forget what the plain pages gave, and go on with a browser."""
        self.rendered = True
        self._documents.clear()
        self.reasons.clear()


def open_first(url: str, explorer: Explorer) -> tuple[Document, bool]:
    """The page that a person named, and whether only plain http reaches it. Raises DiscoverError.

    A page that only leads on is followed once; a shell that scripts fill is asked for again with a browser.
    """
    tries = _spellings(url)
    said = ""
    for address in tries:
        _refuse_known(address, explorer.catalog)
        document = _opened(address, explorer)
        if document is not None:
            _refuse_stranger(address, document, explorer.catalog)
            judged = article_of(document.page, explorer.catalog, explorer.topics)
            if isinstance(judged, Rejected) and judged.outcome is Outcome.SPAM:
                raise DiscoverError(f"{address} is a page of planted text: {judged.reason}")
            explorer.reasons.clear()
            return document, address.startswith("http:") and tries[0].startswith("https:")
        said = said or explorer.reasons[address]
        if not explorer.reasons[address].startswith(_NO_CONNECTION):
            break
    raise DiscoverError(f"{url} cannot be read: {said}")


def _opened(address: str, explorer: Explorer) -> Document | None:
    found = explorer.get([address])
    kind, _, target = explorer.reasons.get(address, "").partition(": ")
    if kind == "moved":
        return next(iter(explorer.get([target]).values()), None)
    if kind.startswith("empty shell"):
        explorer.with_browser()
        found = explorer.get([address])
    return found.get(address)


def _spellings(url: str) -> list[str]:
    """The addresses to try: as given, then by the other scheme; https first where none is said."""
    bare = url.strip()
    if "://" not in bare:
        bare = f"https://{bare}"
    bare = str(safe_url_string(bare))
    parts = urlsplit(bare)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DiscoverError(f"{url} is no http or https address")
    other = "http" if parts.scheme == "https" else "https"
    path = parts.path or "/"
    return [
        parts._replace(path=path, fragment="").geturl(),
        parts._replace(scheme=other, path=path, fragment="").geturl(),
    ]


def _refuse_known(url: str, catalog: Catalog) -> None:
    host = own_host(url)
    for site in catalog.sites:
        if host in site.own_hosts:
            raise KnownSite(host, site)


def _refuse_stranger(asked: str, document: Document, catalog: Catalog) -> None:
    """A public host that leads to one that is not, is lost; whatever else it leads to may be known already."""
    before, after = own_host(asked), own_host(document.page.url)
    if before == after:
        return
    if before.endswith(_PUBLIC) and not after.endswith(_PUBLIC):
        raise DiscoverError(f"{asked} leads to {after}, a stranger's host")
    _refuse_known(document.page.url, catalog)

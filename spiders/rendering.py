"""Says which pages are asked for through the browser, and remembers what was found out about each place.

A browser costs a hundred times a plain request. It is used where the catalogue says so, and where the plain page proved
empty and the browser's did not; there the plain page is tried again after some days.
"""

from __future__ import annotations

from crawler.catalog import Site
from crawler.run import Run
from crawler.store import rendering


class Renders:
    """What is known of the places that were empty. A place is the address of a listing, or the host of articles."""

    def __init__(self, run: Run, *, has_browser: bool) -> None:
        self._run = run
        self._has_browser = has_browser
        with run.store.read() as conn:
            self._known = {one.place: one for one in rendering.every(conn)}

    def wanted(self, site: Site | None, place: str) -> bool:
        """True where the catalogue or what was found out says that a browser is needed."""
        if site and site.needs_js:
            return True
        known = self._known.get(place)
        return self._has_browser and known is not None and known.needed and known.is_fresh(self._run.now())

    def may_try(self, place: str) -> bool:
        """True where the plain page was empty and a browser may make more of it."""
        known = self._known.get(place)
        return self._has_browser and (known is None or known.needed or not known.is_fresh(self._run.now()))

    def is_open(self, place: str) -> bool:
        """True where something was found out that the next plain answer may refute."""
        return place in self._known

    def tried(self, place: str, *, helped: bool) -> None:
        """Remember what the browser made of a place whose plain page was empty."""
        with self._run.store.begin() as conn:
            self._known[place] = rendering.note(conn, place, needed=helped, now=self._run.now())

    def plain_does(self, place: str) -> None:
        """Forget a place whose plain page holds what is wanted."""
        if self._known.pop(place, None):
            with self._run.store.begin() as conn:
                rendering.forget(conn, place)

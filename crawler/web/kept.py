"""What every answer is made from: the store, the settings, and the catalogue, which is read again after a minute."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from crawler import catalog as catalogs
from crawler import config as configs
from crawler.catalog import Catalog, Problem
from crawler.config import Config
from crawler.store import Store

logger = logging.getLogger("huixun.web")

_FRESH = 60.0  # seconds; a catalogue of some thousand sites takes a second to read


class Kept:
    """What the application holds for as long as it runs."""

    def __init__(self, store: Store, config: Config) -> None:
        self.store = store
        self._config = config
        self._catalog = Catalog()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """The time to believe (aware)."""
        return configs.now(self._config)

    @property
    def silent_after(self) -> float:
        """Seconds without a beat of any watcher, after which it counts as down."""
        return self._config.watch.silent_after

    def catalog(self) -> Catalog:
        """The catalogue of the last minute; one that cannot be read is empty, with the reason as its problem."""
        if time.monotonic() - self._read_at > _FRESH:
            self._catalog = self._load()
            self._read_at = time.monotonic()
        return self._catalog

    def _load(self) -> Catalog:
        try:
            return catalogs.load(self._config.sites)
        except OSError as error:
            logger.error("catalogue cannot be read: %s", error)
            return Catalog(problems=[Problem(file="catalogue", key="folder", reason="cannot be read")])


async def _kept(request: Request) -> Kept:
    return cast(Kept, request.app.state.kept)


Here = Annotated[Kept, Depends(_kept)]

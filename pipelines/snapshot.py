"""Keeps the bytes of every answered page before anyone touches them, so that every later rule can be run again."""

from __future__ import annotations

from crawler.answers import judge
from crawler.items import Page, Rejected
from pipelines.stage import Stage


class SnapshotPipeline(Stage):
    """Page → Page with its snapshot; what could not be fetched, or is no page, ends here."""

    def process_item(self, item: Page | Rejected) -> Page:
        if isinstance(item, Rejected):
            self.drop(item)
        return self.passed("answer", judge, self.run.keep(item))

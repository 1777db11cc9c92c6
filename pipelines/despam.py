"""Planted text is cut out and kept as evidence; the page gets its verdict."""

from __future__ import annotations

from crawler.despam import despam
from crawler.items import Document
from pipelines.stage import Stage


class DespamPipeline(Stage):
    """Document → Document with its provenance."""

    def process_item(self, item: Document) -> Document:
        return self.passed("despam", lambda document: despam(document, self.run.catalog), item)

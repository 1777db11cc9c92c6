"""Bytes become text, and how the charset is known."""

from __future__ import annotations

from crawler.clean import declared_encoding
from crawler.decode import decode
from crawler.items import Document, Page
from pipelines.stage import Stage


class DecodePipeline(Stage):
    """Page → Document."""

    def process_item(self, item: Page) -> Document:
        declared = declared_encoding(item, self.run.catalog)
        return self.passed("decode", lambda page: decode(page, declared), item)

"""Title, dates, source, author, body and attachments are taken out of the page."""

from __future__ import annotations

from crawler.extract import extract
from crawler.items import Article, Document
from pipelines.stage import Stage


class ExtractPipeline(Stage):
    """Document → Article."""

    def process_item(self, item: Document) -> Article:
        return self.passed("extract", lambda document: extract(document, self.run.catalog), item)

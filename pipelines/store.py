"""Files the report: new, revised, unchanged, a reprint or a mirror; and who should hear, in one transaction."""

from __future__ import annotations

from crawler.items import Report
from pipelines.stage import Stage


class StorePipeline(Stage):
    """Report → Report, filed."""

    def process_item(self, item: Report) -> Report:
        outcome = self.run.file(item)
        self.count(outcome, item.article.document.page.url)
        return item

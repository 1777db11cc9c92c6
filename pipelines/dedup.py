"""The report gets the fingerprints by which the same text is known again."""

from __future__ import annotations

from crawler.dedup import fingerprint
from crawler.items import Report
from pipelines.stage import Stage


class DedupPipeline(Stage):
    """Report → Report with fingerprints."""

    def process_item(self, item: Report) -> Report:
        return self.passed("dedup", fingerprint, item)

"""Characters that broken sites and mirrors damaged are put right."""

from __future__ import annotations

from crawler.items import Document
from crawler.repair import repair
from pipelines.stage import Stage


class RepairPipeline(Stage):
    """Document → Document."""

    def process_item(self, item: Document) -> Document:
        return self.passed("repair", repair, item)

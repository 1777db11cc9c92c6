"""Is it a conference report, and of which conference?"""

from __future__ import annotations

from crawler.items import Article, Report
from crawler.structure import structure
from pipelines.stage import Stage


class StructurePipeline(Stage):
    """Article → Report."""

    def process_item(self, item: Article) -> Report:
        run = self.run
        return self.passed("structure", lambda article: structure(article, run.catalog, run.topics), item)

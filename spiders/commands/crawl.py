"""Scrapy's `crawl`, which checks settings and arguments first and says what is wrong in one sentence."""

from __future__ import annotations

import argparse

from scrapy.commands import crawl

from spiders.base import HuixunSpider


class Command(crawl.Command):
    """Found by Scrapy through COMMANDS_MODULE."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Raises UsageError, which Scrapy prints without a traceback."""
        assert self.crawler_process
        loader = self.crawler_process.spider_loader
        if len(args) == 1 and args[0] in loader.list():
            spider = loader.load(args[0])
            if issubclass(spider, HuixunSpider):
                run = spider.open_run()
                spider.choose(run.catalog, **opts.spargs)
                opts.spargs["run"] = run
        super().run(args, opts)

"""Scrapy's `crawl`, which checks settings and arguments first and says what is wrong in one sentence."""

from __future__ import annotations

import argparse

from scrapy.commands import crawl
from scrapy.exceptions import UsageError

from crawler.garbage import settle
from spiders.base import HuixunSpider


class Command(crawl.Command):
    """Found by Scrapy through COMMANDS_MODULE."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Raises UsageError, which Scrapy prints without a traceback."""
        assert self.crawler_process
        loader = self.crawler_process.spider_loader
        if len(args) == 1:
            if args[0] not in loader.list():
                message = f"there is no spider and no site {args[0]}; `scrapy list` names them all"
                raise UsageError(message, print_help=False)
            spider = loader.load(args[0])
            if issubclass(spider, HuixunSpider):
                opts.spargs["run"] = spider.open_run(**opts.spargs)
        settle()
        super().run(args, opts)

"""Everything that speaks to websites: Scrapy spiders, their middlewares and extensions."""

# First of all imports: it looks through every module that is loaded by then, and costs each crawl 0.1 s later on.
import scrapy.core.downloader.contextfactory  # noqa: F401

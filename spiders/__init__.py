"""Everything that speaks to websites: Scrapy spiders, their middlewares and extensions."""

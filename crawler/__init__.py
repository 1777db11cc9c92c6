"""Everything of Huixun that thinks or keeps; it works without Scrapy."""

"""One Scrapy item pipeline per stage, in the order of ITEM_PIPELINES; the thinking is in crawler/."""

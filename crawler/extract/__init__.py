"""Reads the article out of a page: title, dates, source, author, body, attachments. Pure: no network, no clock."""

from crawler.extract.attachments import report_itself
from crawler.extract.stage import extract

__all__ = ["extract", "report_itself"]

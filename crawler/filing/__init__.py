"""Files what became of a page: one transaction decides new, revised, unchanged or reprint, and who should hear."""

from crawler.filing.case import Filed
from crawler.filing.filing import file_rejected, file_report

__all__ = ["Filed", "file_rejected", "file_report"]

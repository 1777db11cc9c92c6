"""Takes planted text out of a document, keeps it as evidence, and says whose page it is."""

from crawler.despam.stage import despam

__all__ = ["despam"]

"""Turns an article into a conference record, or says that it reports no conference."""

from crawler.structure.stage import as_report, structure

__all__ = ["as_report", "structure"]

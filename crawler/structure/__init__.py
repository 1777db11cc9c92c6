"""Turns an article into a conference record, or says that it reports no conference."""

from crawler.structure.stage import structure

__all__ = ["structure"]

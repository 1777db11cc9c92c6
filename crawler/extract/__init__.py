from crawler.extract.stage import extract

__all__ = ["extract"]

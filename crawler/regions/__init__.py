"""The administrative divisions of China (GB/T 2260), past ones included, and where a text names them.

The table is made from the npm package china-division 2.7.0 (MIT) and the PyPI package GB2260 0.4.1 (BSD).
"""

from crawler.regions.mentions import Mention, mentions
from crawler.regions.table import Region, chain, current, find, get, named, prefix, present, short, within

__all__ = [
    "Mention",
    "Region",
    "chain",
    "current",
    "find",
    "get",
    "mentions",
    "named",
    "prefix",
    "present",
    "short",
    "within",
]

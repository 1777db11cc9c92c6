"""Says on which days Chinese offices work: weekends, public holidays and the working weekends that pay for them.

The days of a year are set by a notice of the State Council in the autumn before; the package `chinesecalendar` carries
them. A year that it does not know has its weekends and the holidays that stand on the same dates in every year.
"""

from __future__ import annotations

from datetime import date, timedelta, timezone
from functools import lru_cache

import chinese_calendar

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")  # one time in all of China, no summer time since 1991

# 《全国年节及纪念日放假办法》 (2024): its days that do not follow the moon, and the rest of the October week.
_EVERY_YEAR = frozenset({(1, 1), (5, 1), (5, 2), *((10, day) for day in range(1, 8))})
_SATURDAY = 5


@lru_cache(maxsize=4096)
def is_workday(day: date) -> bool:
    """True where offices work."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # a year whose notice the installed package does not have
        return day.weekday() < _SATURDAY and (day.month, day.day) not in _EVERY_YEAR

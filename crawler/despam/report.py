"""Tells lines that report on crime, law or prevention: they use the words of planted text, and are honest."""

from __future__ import annotations

import re

REPORT = 3.0  # points taken off an item in such a line
_REPORT = re.compile(
    r"警方|公安|民警|派出所|法院|检察|被告|嫌疑|犯罪|罪犯|打击|严禁|禁止|查处|整治|举报|涉案|诈骗|防范|警惕|拒绝|抵制|预防|防治"
    r"|处罚|罚款|拘役|有期徒刑|条例|本法|扫黄|打非|曝光|远离|危害|骗局|上当|违法|违规|违者|依法|宣判|落网|抓获|破获|查获|缴获"
    r"|捣毁|维权|投诉|辟谣|谨防|当心|陋习|歪风|不良风气|嫖娼|不得|刑法|治安"
)


def speaks_of_crime(folded: str, start: int, end: int) -> bool:
    """Whether the text between two places of a folded text speaks of crime, law or prevention."""
    return _REPORT.search(folded, start, end) is not None

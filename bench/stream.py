"""Reads many composed pages as `huixun read` does and prints the memory of all its processes on the way."""

from __future__ import annotations

import argparse
import base64
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from crawler import catalog, read, topics
from crawler.config import CHECKOUT

_PAGE = (
    "<html><head><title>{name}教育大会召开</title></head><body><h1>{name}教育大会召开</h1>"
    "<p>来源：{name}日报　发布时间：2024-11-0{day} 10:10</p><p>11月{day}日，{name}教育大会召开。"
    "会议强调，要办好第{number}件实事，着力解决群众关心的问题。</p>"
    "<p>大会由市长主持，{number}所学校的负责同志参加会议。</p></body></html>"
)
_NAMES = ("柳州市", "永州市", "桂林市", "深圳市", "本溪市")


def lines(count: int) -> Iterator[str]:
    """So many lines of input, each page with a number of its own."""
    for number in range(count):
        html = _PAGE.format(name=_NAMES[number % len(_NAMES)], day=number % 9 + 1, number=number)
        body = base64.b64encode(html.encode()).decode("ascii")
        yield json.dumps({"url": f"http://www.lz.gov.cn/{number}.html", "html_b64": body})


def memory() -> float:
    """Megabytes of this process and its children (proportional set size, so that shared pages count once)."""
    mine = [os.getpid(), *(int(pid) for pid in _children(os.getpid()))]
    return sum(_pss(pid) for pid in mine) / 1024


def _children(pid: int) -> Iterator[str]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from task.read_text().split()


def _pss(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    known = catalog.load(CHECKOUT / "seeds" / "sites")
    about = topics.load(CHECKOUT / "seeds" / "topics.toml")
    began, step = time.monotonic(), max(1, asked.count // 10)
    done = read.read_all(lines(asked.count), catalog=known, topics=about, workers=asked.workers)
    for number, _ in enumerate(done, 1):
        if number % step == 0 or number == 1000:
            rate = number / (time.monotonic() - began)
            print(f"{number:>8} pages  {memory():7.1f} MB  {rate:6.0f} pages/s", flush=True)


if __name__ == "__main__":
    main()

"""A look at many lists of which none has changed since the look before."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from bench.watch.place import NOON, crawl, place, run
from bench.watch.world import compose
from crawler.demo.play import set_clock


def no_change(listings: int) -> None:
    """A second look at lists that have not changed since the first."""
    world, catalog = compose(hosts=listings, entries=20)
    with place(world, catalog, NOON, crawl_delay="0") as there:
        run(there, crawl())
        set_clock(there.home / "clock", NOON + timedelta(hours=2))
        before = len(there.replica.requests)
        used = run(there, crawl())
        asked = there.replica.requests[before:]
        bare = run(there, ["-m", "scrapy", "version"])
    lists = Counter(one.host for one in asked if one.path != "/robots.txt")
    robots = sum(one.path == "/robots.txt" for one in asked)
    same = sum(one.status == 304 for one in asked)
    print(
        f"a look at {listings} lists without a change: {sum(lists.values())} requests, at most "
        f"{max(lists.values())} a list ({same} of them answered 304), and {robots} for robots.txt"
    )
    print(
        f"  {used.cpu:.1f} s of processor, {used.megabytes:.0f} MB at most, {used.seconds:.1f} s in all "
        f"(`scrapy version` alone: {bare.cpu:.1f} s, {bare.megabytes:.0f} MB)"
    )

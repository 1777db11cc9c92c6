"""The speed of crawls with everything on, beside the pure chain and beside Scrapy that keeps nothing."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from bench.watch.place import NOON, Place, Used, crawl, place, run
from bench.watch.world import compose
from crawler import catalog as catalogs
from crawler.clean import clean
from crawler.items import Page
from crawler.replica.world import Answer, World
from crawler.topics import load as load_topics

HOSTS = 30
_BARE = Path(__file__).with_name("bare.py")


def speed(pages: int) -> None:
    """Pages a second of crawls with everything on, beside the pure chain and beside Scrapy that keeps nothing."""
    world, catalog = compose(hosts=HOSTS, entries=pages // HOSTS, reports=True)
    urls = _pages_of(world)
    bodies = [(url, world.answer(*_parts(url), {}, NOON)) for url in urls]  # written once, served from memory
    size = statistics.mean(len(answer.body) for _, answer in bodies) / 1000
    with place(world, catalog, NOON, crawl_delay="0") as there:
        start = run(there, crawl("site=w0", f"report={there.home / 'report'}"))
        (there.home / "urls").write_text("\n".join(random.Random(1).sample(urls, len(urls))), "utf-8")
        bare = run(there, [str(_BARE), there.replica.url, str(there.home / "urls")])
        one = run(there, crawl())
        pure = _pure(there, bodies)
    with place(world, catalog, NOON, crawl_delay="0") as there:
        halves = [",".join(f"w{number}" for number in range(half, HOSTS, 2)) for half in (0, 1)]
        two = run(there, *(crawl(f"site={half}") for half in halves))
    print(
        f"{len(urls)} pages of {size:.0f} kB, half of them reports, from {HOSTS} hosts; {start.cpu:.1f} s of processor"
    )
    print("for the start of a crawl are left out")
    print(f"  {'':32}{'pages/s of wall':>16}{'of processor':>14}{'MB':>6}")
    rows = {
        "the pure chain, one process": pure,
        "bare Scrapy": bare,
        "a crawl, everything on": _less(one, start, 1),
        "two side by side, as in a watch": _less(two, start, 2),
    }
    for name, used in rows.items():
        megabytes = f"{used.megabytes:6.0f}" if used.megabytes else ""
        print(f"  {name:32}{len(urls) / used.seconds:16.0f}{len(urls) / used.cpu:14.0f}{megabytes}")
    for name in ("a crawl, everything on", "two side by side, as in a watch"):
        used = rows[name]
        print(
            f"  {name}: {pure.seconds / used.seconds:.2f} of the chain's speed, {pure.cpu / used.cpu:.2f} by processor"
        )


def _less(used: Used, start: Used, times: int) -> Used:
    """Without what starting took."""
    return evolve(used, seconds=used.seconds - start.seconds, cpu=used.cpu - times * start.cpu)


def _pure(there: Place, bodies: Sequence[tuple[str, Answer]]) -> Used:
    known, topics = catalogs.load(there.config.sites), load_topics(there.config.topics)
    pages = [_page(url, answer.body, dict(answer.headers)) for url, answer in bodies]
    clean(pages[0], catalog=known, topics=topics)  # loads its tables
    began, cpu = time.monotonic(), time.process_time()
    for page in pages:
        clean(page, catalog=known, topics=topics)
    return Used(seconds=time.monotonic() - began, cpu=time.process_time() - cpu, megabytes=0)


def _pages_of(world: World) -> list[str]:
    found = []
    for host, site in world.sites.items():
        addresses = site.at(NOON)[1].addresses
        found += [f"http://{host}{path}" for path in addresses if path.startswith("/art/")]
    return found


def _parts(url: str) -> tuple[str, str]:
    host, _, path = url.removeprefix("http://").partition("/")
    return host, f"/{path}"


def _page(url: str, body: bytes, headers: dict[str, str]) -> Page:
    named = {name.lower(): value for name, value in headers.items()}
    return Page(url=url, body=body, headers=named, status=200, fetched_at=NOON)

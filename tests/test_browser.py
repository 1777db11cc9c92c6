"""The browser shows what scripts write and reaches nothing private: by no redirect, no script, no frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.store import outcomes, rendering, reports
from tests.webs import web
from tests.worlds import World, world

pytestmark = pytest.mark.browser
TEXT = "10月31日，全市教育大会召开。市委书记方远山出席并讲话，市长陆知行主持会议。会议强调，要办好人民满意的教育。" * 4


@contextmanager
def server(pages: dict[str, tuple[int, str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Answers by address: status, body, Location. Gives its own address and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body, location = pages.get(self.path, (404, "", ""))
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body.encode())))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}", asked
    finally:
        listening.shutdown()
        listening.server_close()


def crawl(there: World, proxy: str, url: str) -> None:
    there.env.update(HUIXUN_PROXY=proxy, HUIXUN_CRAWL_TIMEOUT="5")
    done = there.scrapy("crawl", "page", "-a", f"url={url}", "-a", "render=1")
    assert done.returncode == 0, done.stderr


def test_what_a_script_writes_is_read(tmp_path: Path) -> None:
    written = f"<h1>全市教育大会召开</h1><p>{TEXT}</p>"
    page = f"<title>全市教育大会召开</title><body><script>document.body.innerHTML = '{written}'</script></body>"
    url = "http://www.yunxi.gov.cn/a.html"
    with world(tmp_path, "2024-11-01T09:00") as there, server({url: (200, page, "")}) as (proxy, _):
        crawl(there, proxy, url)
        with there.store() as store, store.read() as conn:
            report = reports.by_url(conn, url)
            assert report is not None
            assert report.record.name == "全市教育大会"


@pytest.mark.parametrize(
    "page",
    [
        (302, "", "{secret}"),
        (200, "<script>location = '{secret}'</script>", ""),
        (200, "<script>fetch('{secret}', {{mode: 'no-cors'}})</script>", ""),
        (200, "<iframe src='{secret}'></iframe>", ""),
        (200, "<script>fetch('http://localhost:{port}/secret', {{mode: 'no-cors'}})</script>", ""),
        (200, "<meta http-equiv=refresh content='0;url={secret}'>", ""),
    ],
    ids=["redirect", "location", "fetch", "frame", "localhost", "refresh"],
)
def test_nothing_private_is_reached(tmp_path: Path, page: tuple[int, str, str]) -> None:
    url = "http://www.yunxi.gov.cn/a.html"
    with server({"/secret": (200, TEXT, "")}) as (inside, reached):
        names = {"secret": f"{inside}/secret", "port": inside.rpartition(":")[2]}
        status, body, location = page
        shown = (status, body.format(**names) + "<p>x</p>", location.format(**names))
        with world(tmp_path, "2024-11-01T09:00") as there, server({url: shown}) as (proxy, asked):
            crawl(there, proxy, url)
            assert url in asked
            assert reached == []
            with there.store() as store, store.read() as conn:
                assert sum(outcomes.counts(conn).values()) == 1


def test_a_browser_is_tried_where_the_plain_page_is_empty_and_that_is_remembered(tmp_path: Path) -> None:
    items = "".join(f"<li><a href=/{n}.html>全市教育大会召开第{n}次</a>2024-11-0{n}</li>" for n in range(1, 6))
    script = (
        "<script>setTimeout(() => document.getElementById('app').innerHTML = document.scripts[0].text, 50)</script>"
    )
    shell = "<html><body><script type=text/x>{}</script><div id=app></div>" + script + "</body></html>"
    site = '[[site]]\nid = "yunxi"\nname = "云溪市教育局"\nregion = "450200"\nlevel = "city"\nkind = "education"\n'
    site += 'homepage = "http://jyj.yunxi.gov.cn/"\nlistings = ["http://jyj.yunxi.gov.cn/list/"]\n'
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "all.toml").write_text(site)
    with world(tmp_path, "2024-11-06T09:00", crawl_timeout="10") as there, web() as own:
        there.env.update(HUIXUN_SITES=str(tmp_path / "sites"), HUIXUN_PROXY=own.proxy)
        own.pages["http://jyj.yunxi.gov.cn/list/"] = shell.format(f"<ul>{items}</ul>")
        for number in range(1, 6):
            title = f"全市教育大会召开第{number}次"
            written = f"<h1>{title}</h1><p>{TEXT}</p>"
            own.pages[f"http://jyj.yunxi.gov.cn/{number}.html"] = f"<title>{title}</title>" + shell.format(written)

        def look(moment: str) -> list[str]:
            own.asked.clear()
            there.set_time(moment)
            assert there.scrapy("crawl", "yunxi").returncode == 0
            return own.asked

        asked = look("2024-11-06T09:00")
        assert asked.count("http://jyj.yunxi.gov.cn/list/") == 2, "plain, then by the browser"
        assert len(asked) <= 2 + 5 + 5
        with there.store() as store, store.read() as conn:
            assert reports.by_url(conn, "http://jyj.yunxi.gov.cn/1.html") is not None
            places = {one.place: one.needed for one in rendering.every(conn)}
        assert places == {"http://jyj.yunxi.gov.cn/list/": True, "jyj.yunxi.gov.cn": True}
        assert look("2024-11-06T10:00") == ["http://jyj.yunxi.gov.cn/list/"], "by the browser at once"
        own.pages["http://jyj.yunxi.gov.cn/list/"] = f"<ul>{items}</ul>"
        asked = look("2024-11-15T10:00")
        assert asked.count("http://jyj.yunxi.gov.cn/list/") == 1
        with there.store() as store, store.read() as conn:
            assert [one.place for one in rendering.every(conn)] == ["jyj.yunxi.gov.cn"], "the plain list does again"

"""A web of a few pages behind a proxy on loopback, changed by the test between two looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from attrs import field, frozen


@frozen
class Reply:
    """What one address answers."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)


class Web:
    """Pages by address; any other address is a 404. `asked` holds every request but those for robots.txt, which
    `robots` holds; `at` the seconds at which any came."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Reply] = {}
        self.asked: list[str] = []
        self.robots: list[str] = []
        self.at: list[float] = []
        self.proxy = ""

    def reply(self, url: str) -> Reply:
        (self.robots if url.endswith("/robots.txt") else self.asked).append(url)
        self.at.append(time.monotonic())
        found = self.pages.get(url, Reply("<h1>404 Not Found</h1>", 404))
        return found if isinstance(found, Reply) else Reply(found)


@contextmanager
def web() -> Iterator[Web]:
    """Serves until left."""
    own = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = own.reply(self.path)
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True).start()
    own.proxy = f"http://127.0.0.1:{listening.server_address[1]}"
    try:
        yield own
    finally:
        listening.shutdown()
        listening.server_close()

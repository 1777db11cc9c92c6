"""The proxy itself: a threaded HTTP server on loopback that takes absolute addresses and keeps a log of them."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from attrs import frozen

from crawler.replica.world import Answer, World, load, plain

_LOG_LENGTH = 200_000


@frozen(kw_only=True)
class LoggedRequest:
    """One request as the replica saw it."""

    host: str
    path: str  # with its query
    method: str
    status: int
    at: datetime  # simulated
    conditional: bool  # asked with If-None-Match or If-Modified-Since
    agent: str

    @property
    def url(self) -> str:
        """The address that was asked for."""
        return f"http://{self.host}{self.path}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], world: World, now: Callable[[], datetime]) -> None:
        super().__init__(address, _Handler)
        self.world = world
        self.now = now
        self.stopping = threading.Event()
        self.requests: deque[LoggedRequest] = deque(maxlen=_LOG_LENGTH)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as socketserver gave them


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # head and body leave together: apart they wait 40 ms for each other (Nagle, delayed ACK)
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self.close_connection = True
        self._send(plain(405, "The replica answers GET and HEAD only.\n", (("Allow", "GET, HEAD"),)), self.server.now())

    def do_CONNECT(self) -> None:
        self.close_connection = True
        text = f"The replica knows no TLS; ask for http://{self.path.rpartition(':')[0]}/ instead.\n"
        self._send(plain(501, text), self.server.now())

    def _serve(self) -> None:
        now = self.server.now()
        host, path, answer = self._answer(now)
        if answer.wait:
            self.server.stopping.wait(answer.wait)
        conditional = "if-none-match" in self.headers or "if-modified-since" in self.headers
        self.server.requests.append(
            LoggedRequest(
                host=host,
                path=path,
                method=self.command,
                status=answer.status,
                at=now,
                conditional=conditional,
                agent=self.headers.get("User-Agent", ""),
            )
        )
        self._send(answer, now)

    def _answer(self, now: datetime) -> tuple[str, str, Answer]:
        """Absolute addresses come through the proxy; a plain path is taken with the Host header."""
        target = self.path if "://" in self.path else f"http://{self.headers.get('Host', '')}{self.path}"
        try:
            parts = urlsplit(target)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "", self.path, plain(400, "This is no address.\n")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme != "http" or port not in (None, 80):
            return host, path, plain(502, f"The replica serves http on port 80 only, not {target}.\n")
        asked = {name.lower(): value for name, value in self.headers.items()}
        return host, path, self.server.world.answer(host, path, asked, now)

    def _send(self, answer: Answer, now: datetime) -> None:
        self.send_response_only(answer.status)
        self.send_header("Server", "nginx")
        self.send_header("Date", format_datetime(now.astimezone(UTC), usegmt=True))
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # the client went away
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the log is `Replica.requests`."""


class Replica:
    """The running server, of a folder or of a world composed elsewhere. `now` gives the simulated time (aware).

    Raises ValueError where the folder cannot be used, and OSError where the port cannot be had.
    """

    def __init__(
        self, source: Path | World, now: Callable[[], datetime], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.world = load(source) if isinstance(source, Path) else source
        self._server = _Server((host, port), self.world, now)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address to use as an HTTP proxy."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """What was asked so far, oldest first; bounded."""
        return tuple(self._server.requests)

    def start(self) -> Self:
        """Serve in a thread of its own; returns at once, ready."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="replica", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and free the port; slow answers are cut short. A second call does nothing."""
        self._server.stopping.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join(timeout=5)
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

"""Runs the web page by uvicorn: as a command of its own, or in a thread beside the watch."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from crawler.config import Config, ConfigError
from crawler.store import Store, open_store
from crawler.web.app import create_app

HOST, PORT = "127.0.0.1", 8000
_PATIENCE = 10  # seconds that a start may take, and the answers that are under way at a stop
_MOST_AT_ONCE = 64  # connections; one more is told to come back (503)


class Serving:
    """A web page that is up, in a thread of its own."""

    def __init__(self, store: Store, listening: socket.socket, app: FastAPI) -> None:
        self.url = _url(listening)
        self._store = store
        self._listening = listening
        self._server = _server(app)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name="huixun-web", daemon=True)
        self._thread.start()

    def wait_until_up(self) -> None:
        """Raises ConfigError where it does not start."""
        until = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                self.stop()
                raise ConfigError("the web page did not start; the log says why")
            time.sleep(0.01)

    def ask_to_stop(self) -> None:
        """Take no more requests and finish those under way; comes back at once."""
        self._server.should_exit = True

    def wait(self) -> None:
        """Wait until it is down."""
        self._thread.join()
        self._listening.close()
        self._store.close()

    def stop(self) -> None:
        """Take it down. A second call does nothing."""
        self.ask_to_stop()
        self.wait()


def serve_in_thread(config: Config, *, host: str = HOST, port: int = PORT) -> Serving:
    """Serve beside other work; port 0 takes any that is free. Raises ConfigError or StoreError."""
    listening = _listening(host, port)
    try:
        store = open_store(config.store_url)
    except BaseException:
        listening.close()
        raise
    serving = Serving(store, listening, create_app(store, config))
    serving.wait_until_up()
    return serving


def serve(config: Config, *, host: str = HOST, port: int = PORT, ready: Callable[[str], None] = print) -> None:
    """Serve until SIGTERM or Ctrl-C; ``ready`` is told the address. Raises ConfigError or StoreError."""
    serving = serve_in_thread(config, host=host, port=port)

    def on_signal(number: int, frame: FrameType | None) -> None:
        serving.ask_to_stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    ready(serving.url)
    serving.wait()


def _server(app: FastAPI) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            log_config=None,  # logs go where the caller's go
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=_MOST_AT_ONCE,
            timeout_graceful_shutdown=_PATIENCE,
        )
    )


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens, bound here so that a port that is taken is one plain sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{host} port {port} cannot be listened on ({reason}); name others: --host, --port") from None


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

"""Runs the web page by uvicorn: as a command of its own, or in a thread beside the watch."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from attrs import frozen
from fastapi import FastAPI

from crawler.config import Config, ConfigError
from crawler.store import open_store
from crawler.web.app import create_app

HOST, PORT = "127.0.0.1", 8000
_PATIENCE = 10  # seconds that a start may take, and the answers that are under way at a stop
_MOST_AT_ONCE = 64  # connections; one more is told to come back (503)


@frozen(kw_only=True)
class Serving:
    """A web page that is up."""

    url: str
    stop: Callable[[], None]  # takes it down and waits until it is; a second call does nothing


def serve(config: Config, *, host: str = HOST, port: int = PORT, ready: Callable[[str], None] = print) -> None:
    """Serve until SIGTERM or Ctrl-C; ``ready`` is told the address. Raises ConfigError or StoreError."""
    with _listening(host, port) as listening:
        store = open_store(config.store_url)
        try:
            ready(_url(listening))
            with suppress(KeyboardInterrupt):  # uvicorn raises the signal again after a stop in good order
                _server(create_app(store, config)).run([listening])
        finally:
            store.close()


def serve_in_thread(config: Config, *, host: str = HOST, port: int = PORT) -> Serving:
    """Serve beside other work. Port 0 takes any that is free. Raises ConfigError or StoreError."""
    listening = _listening(host, port)
    try:
        store = open_store(config.store_url)
    except BaseException:
        listening.close()
        raise
    url, server = _url(listening), _server(create_app(store, config))
    thread = threading.Thread(target=server.run, args=([listening],), name="huixun-web", daemon=True)

    def stop() -> None:
        server.should_exit = True
        thread.join()
        listening.close()
        store.close()

    thread.start()
    until = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            stop()
            raise ConfigError("the web page did not start; the log says why")
        time.sleep(0.01)
    return Serving(url=url, stop=stop)


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

"""Gives the browser a proxy of our own on loopback, so that its requests are filtered like all others.

Redirects inside a browser and requests that scripts make pass by Scrapy's middlewares; a proxy sees every one of them.
Each connection is resolved here, checked, and made to the very address that was checked.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from playwright.async_api import Browser
from scrapy_playwright.handler import Config as PlaywrightConfig
from scrapy_playwright.provider import PlaywrightBrowserProvider

from crawler import config
from crawler.addresses import AddressRefused, check_ip, check_url

_MAX_HEAD = 64 * 1024
_TIMEOUT = 30.0  # seconds, for a head and for a connection
_IDLE = 120.0  # seconds without a byte either way


class GuardedBrowser(PlaywrightBrowserProvider):
    """The browser of scrapy-playwright behind the filtering proxy."""

    def __init__(self, settings: PlaywrightConfig) -> None:
        super().__init__(settings)
        own = config.load()
        self._proxy = FilterProxy(upstream=own.proxy, allowed=own.crawl.allow_private)

    async def launch_browser(self) -> Browser:
        port = await self._proxy.start()
        # <-loopback> takes back Chromium's habit of going to loopback without the proxy.
        server = {"server": f"http://127.0.0.1:{port}", "bypass": "<-loopback>"}
        self.config.launch_options = {**self.config.launch_options, "proxy": server}
        return await super().launch_browser()

    async def close(self) -> None:
        await super().close()
        await self._proxy.stop()


class FilterProxy:
    """An HTTP proxy (absolute-form requests and CONNECT) that speaks to public addresses only."""

    def __init__(self, *, upstream: str | None, allowed: tuple[str, ...]) -> None:
        parts = urlsplit(upstream) if upstream else None
        self._upstream = (parts.hostname or "", parts.port or 80) if parts else None
        self._allowed = allowed
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Start listening on loopback, once; gives the port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_MAX_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _TIMEOUT)
            await self._forward(head, reader, writer)
        except AddressRefused as error:
            writer.write(_answer("403 Forbidden", f"refused: {error}"))
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            writer.write(_answer("502 Bad Gateway", type(error).__name__))
        finally:
            with suppress(OSError):
                await writer.drain()
            writer.close()

    async def _forward(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request_line, _, rest = head.partition(b"\r\n")
        method, target, version = request_line.decode("latin-1").split(" ", 2)
        is_tunnel = method == "CONNECT"
        url = f"https://{target}" if is_tunnel else target
        check_url(url, allowed=self._allowed)
        far_reader, far_writer = await self._connect(url)
        try:
            if is_tunnel and self._upstream is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                line = request_line if self._upstream else f"{method} {_path(url)} {version}".encode("latin-1")
                # One request a connection: the next one may name another host, which must be checked as well.
                far_writer.write(b"\r\n".join([line, rest if is_tunnel else _closing(rest)]))
            await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))
        finally:
            far_writer.close()

    async def _connect(self, url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._upstream:
            return await asyncio.wait_for(asyncio.open_connection(*self._upstream), _TIMEOUT)
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_STREAM)
        address = str(found[0][4][0])
        if host not in self._allowed:
            check_ip(address)
        return await asyncio.wait_for(asyncio.open_connection(address, port), _TIMEOUT)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _closing(headers: bytes) -> bytes:
    kept = [
        line
        for line in headers.split(b"\r\n")
        if not line.lower().startswith((b"connection:", b"proxy-connection:", b"keep-alive:"))
    ]
    return b"\r\n".join([b"Connection: close", *kept])


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError, TimeoutError):
        while data := await asyncio.wait_for(source.read(65_536), _IDLE):
            sink.write(data)
            await sink.drain()
    with suppress(OSError):
        if sink.can_write_eof():
            sink.write_eof()


def _answer(status: str, text: str) -> bytes:
    body = text.encode("utf-8")
    headers = ("Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close", "", "")
    return "\r\n".join([f"HTTP/1.1 {status}", *headers]).encode("ascii") + body

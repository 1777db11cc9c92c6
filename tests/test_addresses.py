"""No crawl speaks to a private address, in whatever way it is spelt."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from crawler.addresses import AddressRefused, check_ip, check_url
from spiders.browser_proxy import FilterProxy

PRIVATE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://017700000001/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1]/",
    "http://10.0.0.8/",
    "http://172.16.0.1:8080/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://224.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://printer.local/",
    "http://db.internal/",
    "http://user:secret@jyj.liuzhou.gov.cn/",
    "file:///etc/passwd",
    "ftp://jyj.liuzhou.gov.cn/",
    "data:text/html,x",
    "javascript:alert(1)",
    "//jyj.liuzhou.gov.cn/",
    "http:///path",
    "http://jyj.liuzhou.gov.cn:99999/",
    "http://[::1/",
    "",
]
PUBLIC = [
    "http://jyj.liuzhou.gov.cn/xwzx/mtjj/",
    "https://www.moe.gov.cn:443/",
    "http://39.156.66.10/",
    "http://[2400:3200::1]/",
    "http://1234.com/",
    "http://政务.中国/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_private_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize("url", PUBLIC)
def test_public_is_let_through(url: str) -> None:
    check_url(url)


def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    with pytest.raises(AddressRefused):
        check_ip("192.168.0.7")
    check_ip("192.168.0.7", allowed=["192.168.0.7"])


def test_a_named_host_is_allowed_and_no_other() -> None:
    check_url("http://127.0.0.1:8000/", allowed=["127.0.0.1"])
    with pytest.raises(AddressRefused):
        check_url("http://127.0.0.2/", allowed=["127.0.0.1"])


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://localtest.invalid/ HTTP/1.1\r\n\r\n",
        b"GET /relative HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_the_browsers_proxy_reaches_nothing_private(head: bytes) -> None:
    async def ask() -> tuple[bytes, int]:
        reached = 0

        async def inner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal reached
            reached += 1
            writer.close()

        server = await asyncio.start_server(inner, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        proxy = FilterProxy(upstream=None, allowed=())
        reader, writer = await asyncio.open_connection("127.0.0.1", await proxy.start())
        writer.write(head.replace(b"{port}", str(port).encode()))
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        await proxy.stop()
        server.close()
        return answer, reached

    answer, reached = asyncio.run(ask())
    assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 502"))
    assert reached == 0


def test_the_browsers_proxy_passes_an_allowed_host_one_request_a_connection() -> None:
    async def ask() -> tuple[bytes, list[bytes]]:
        heads: list[bytes] = []

        async def inner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(inner, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        proxy = FilterProxy(upstream=None, allowed=("127.0.0.1",))
        reader, writer = await asyncio.open_connection("127.0.0.1", await proxy.start())
        writer.write(f"GET http://127.0.0.1:{port}/a?b=1 HTTP/1.1\r\nConnection: keep-alive\r\nX: y\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        await proxy.stop()
        server.close()
        return answer, heads

    answer, heads = asyncio.run(ask())
    assert answer.endswith(b"ok")
    assert heads[0].startswith(b"GET /a?b=1 HTTP/1.1\r\n")
    assert b"Connection: close" in heads[0]
    assert b"keep-alive" not in heads[0]

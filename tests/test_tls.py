"""TLS as old servers speak it: certificates are checked, and what a site needs besides is named in the catalogue."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import trustme

from crawler.store import sources
from tests.worlds import world

# RFC 2409 §6.2, the Second Oakley Group: 1,024 bits.
_OAKLEY_2 = bytes.fromhex(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)
LIST = "".join(f"<li><a href=/{n}.html>全市教育工作会议召开了{n}</a>2025-01-0{n}</li>" for n in range(1, 6))
ANSWER = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n<ul>{LIST}</ul>"
# A ServerHello of TLS 1.2 without renegotiation_info (RFC 5746), as servers of before 2010 send it.
_OLD_HELLO = b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00"


@contextmanager
def listening(host: str, serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback, a thread for each connection."""
    with socket.create_server((host, 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=attempt, args=(connection,), daemon=True).start()

        def attempt(connection: socket.socket) -> None:
            connection.settimeout(5)
            with connection:
                try:
                    serve(connection)
                except OSError:  # the client went away, as it may
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def https(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(65_536)
            wrapped.sendall(ANSWER.encode())

    return serve


def old_hello(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(_OLD_HELLO)


def small_dh(context: ssl.SSLContext, folder: Path) -> None:
    der = bytes.fromhex("308187 028181 00") + _OAKLEY_2 + bytes.fromhex("020102")  # prime and generator 2, PKCS #3
    pem = f"-----BEGIN DH PARAMETERS-----\n{b64encode(der).decode()}\n-----END DH PARAMETERS-----\n"
    (folder / "dh.pem").write_text(pem)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
    context.load_dh_params(folder / "dh.pem")


def tls_1_0(context: ssl.SSLContext, folder: Path) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")


def other_curve(context: ssl.SSLContext, folder: Path) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE")
    context.set_ecdh_curve("secp384r1")


def only_p256(context: ssl.SSLContext, folder: Path) -> None:
    other_curve(context, folder)
    context.set_ecdh_curve("prime256v1")


# Server, profile, what the look says ("" where it goes well), what it must not say. Each has a host of its own.
CASES: dict[str, tuple[str, str | None, str, str]] = {
    "usual": ("usual", None, "", ""),
    "a small key": ("small_dh", None, "dh key too small", ""),
    "a small key is taken": ("small_dh", "old-dh", "", ""),
    "an old version": ("tls_1_0", None, "protocol version", ""),
    "an old version is taken": ("tls_1_0", "old-tls", "", ""),
    "a small key does not let an old version in": ("tls_1_0", "old-dh", "protocol version", ""),
    "one curve": ("only_p256", "p256", "", ""),
    "one curve is all that is offered": ("other_curve", "p256", "handshake failure", ""),
    "the same server with all curves": ("other_curve", None, "", ""),
    "old renegotiation": ("old_hello", None, "unsafe legacy renegotiation disabled", ""),
    "old renegotiation is taken, though the server says no more": ("old_hello", "legacy", ":", "renegotiation"),
    "a stranger's certificate": ("stranger", None, "certificate verify failed", ""),
    "a certificate of another name": ("other_name", None, "the certificate is another host's", ""),
    "a stranger's certificate is taken": ("stranger", "unchecked", "", ""),
    "a certificate of another name is taken": ("other_name", "unchecked", "", ""),
}
HOSTS = {name: f"127.0.0.{number}" for number, name in enumerate(CASES, 2)}
CHANGES: dict[str, Callable[[ssl.SSLContext, Path], None]] = {
    "small_dh": small_dh,
    "tls_1_0": tls_1_0,
    "other_curve": other_curve,
    "only_p256": only_p256,
}


def server_of(kind: str, host: str, authority: trustme.CA, folder: Path) -> Callable[[socket.socket], None]:
    if kind == "old_hello":
        return old_hello
    issuer = trustme.CA() if kind == "stranger" else authority
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    name = "127.0.0.1" if kind == "other_name" else host
    issuer.issue_cert(name, key_type=trustme.KeyType.RSA).configure_cert(context)
    if change := CHANGES.get(kind):
        change(context, folder)
    return https(context)


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    """One look at all the servers: why each failed, "" where it did not; and the log."""
    home = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "ca.pem")
    (home / "sites").mkdir()
    allowed = ",".join(HOSTS.values())
    with (
        ExitStack() as servers,
        world(home, "2025-02-01T09:00", crawl_allow_private=allowed, crawl_timeout="5") as there,
    ):
        rows = ""
        for number, (name, (kind, profile, _, _)) in enumerate(CASES.items()):
            serve = server_of(kind, HOSTS[name], authority, home)
            address = f"https://{HOSTS[name]}:{servers.enter_context(listening(HOSTS[name], serve))}/"
            rows += f'[[site]]\nid = "site-{number}"\nname = "某局"\nregion = "450500"\nlevel = "city"\n'
            rows += f'kind = "education"\nhomepage = "{address}"\nlistings = ["{address}"]\n'
            rows += f'tls = "{profile}"\n' if profile else ""
        (home / "sites" / "all.toml").write_text(rows)
        there.env.update(HUIXUN_SITES=str(home / "sites"), HUIXUN_PROXY="", SSL_CERT_FILE=str(home / "ca.pem"))
        done = there.scrapy("crawl", "sites")
        with there.store() as store, store.read() as conn:
            failures = {state.site_id: state.failure or "" for state in sources.all_states(conn)}
    return {name: failures[f"site-{number}"] for number, name in enumerate(CASES)}, done.stderr


@pytest.mark.parametrize("name", CASES)
def test_a_profile_does_what_its_name_says(looked: tuple[dict[str, str], str], name: str) -> None:
    failures, log = looked
    _, profile, wanted, unwanted = CASES[name]
    failure = failures[name].replace("-", " ")
    assert bool(failure) == bool(wanted), failure
    assert wanted in failure
    assert not unwanted or unwanted not in failure
    assert ("TLS: " in failure) == (len(wanted) > 1), failure
    used = f"tls profile={profile} host={HOSTS[name]}"
    assert log.count(used) == (profile is not None), "each profile that is used is logged, once"

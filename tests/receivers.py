"""Real receivers on loopback for the tests of sending: mail servers, web receivers, and a server that says nothing.

Each is a context manager that listens on a free port of 127.0.0.1 and keeps what it was given in `received`.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as MODERN
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from attrs import frozen

HOST = "127.0.0.1"
logging.getLogger("mail.log").setLevel(logging.WARNING)  # the mail server's own, which names every recipient


class Authority:
    """A certificate authority made for one test, and server certificates for the loopback address."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def write(self, path: Any) -> Any:
        """Write the authority's own certificate as PEM; gives the path."""
        self._ca.cert_pem.write_to_path(str(path))
        return path

    def server_context(self, *names: str) -> ssl.SSLContext:
        """The TLS side of a server that bears these names, the loopback address by default."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*(names or (HOST, "localhost"))).configure_cert(context)
        return context


class _LoopServer:
    """An asyncio server in a thread of its own."""

    port: int

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        raise NotImplementedError

    async def _stop(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@frozen(kw_only=True)
class Mail:
    """One message that a mail server took."""

    sender: str
    recipients: tuple[str, ...]  # of the envelope
    message: EmailMessage
    raw: bytes


class MailServer(_LoopServer):
    """A mail server. It refuses some recipients, stalls on others, and may ask for TLS and a password."""

    def __init__(
        self,
        *,
        security: Literal["none", "starttls", "tls"] = "none",
        context: ssl.SSLContext | None = None,
        user: tuple[str, str] | None = None,
        refuse: Mapping[str, str] | None = None,  # recipient → the answer to RCPT
        stall: Collection[str] = (),  # recipients that are never answered
        refuse_data: str | None = None,  # the answer to every message
        delay: float = 0,  # seconds before the answers to RCPT and to the message
        on_mail: Callable[[Mail], object] = lambda mail: None,  # before the answer; may take its time
    ) -> None:
        self.received: list[Mail] = []
        self.tries: list[str] = []  # every RCPT
        self.logins: list[str] = []
        self._security, self._context, self._user = security, context, user
        self._refuse, self._stall, self._refuse_data = refuse or {}, stall, refuse_data
        self._delay, self._on_mail = delay, on_mail

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            self._protocol, HOST, 0, ssl=self._context if self._security == "tls" else None
        )

    def _protocol(self) -> SMTP:
        starttls = self._security == "starttls"
        return SMTP(
            self,
            hostname="localhost",
            tls_context=self._context if starttls else None,
            require_starttls=starttls,
            auth_require_tls=starttls,
            authenticator=self._authenticate,
            loop=self._loop,
        )

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        self.logins.append(mechanism)
        return AuthResult(success=(given.login.decode(), given.password.decode()) == self._user, handled=False)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]) -> str:
        if self._user is not None and not session.authenticated:
            return "530 5.7.0 authentication required"
        self.tries.append(to)
        await asyncio.sleep(3600 if to in self._stall else self._delay)
        if to in self._refuse:
            return self._refuse[to]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self._delay)
        if self._refuse_data:
            return self._refuse_data
        raw = envelope.original_content or b""
        mail = Mail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            message=message_from_bytes(raw, policy=MODERN),  # type: ignore[arg-type]
            raw=raw,
        )
        self.received.append(mail)
        await asyncio.to_thread(self._on_mail, mail)
        return "250 2.0.0 queued"


class SilentServer(_LoopServer):
    """A server that takes connections and never finishes a sentence: it says a bit again and again, or nothing."""

    def __init__(self, drip: bytes = b"", every: float = 0.1) -> None:
        self.connections = 0
        self._drip, self._every = drip, every

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._hold, HOST, 0)

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await asyncio.sleep(self._every)
                writer.write(self._drip)
                await writer.drain()
        except (asyncio.CancelledError, ConnectionError):
            writer.close()


@frozen(kw_only=True)
class Posted:
    """One request that a web receiver got."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


@frozen(kw_only=True)
class Answer:
    """What a web receiver says."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""
    never: bool = False


class _WebServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no fault of the receiver; its traceback would stand in what a test captures."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class WebReceiver:
    """A web server that takes posts. `script` gives its first answers, `answer` all later ones."""

    def __init__(
        self,
        answer: Answer = Answer(),
        *,
        script: Collection[Answer] = (),
        context: ssl.SSLContext | None = None,
        on_post: Callable[[Posted], object] = lambda posted: None,  # before the answer; may take its time
    ) -> None:
        self.received: list[Posted] = []
        self._script, self._answer, self._on_post = list(script), answer, on_post
        self._closing = threading.Event()
        self._server = _WebServer((HOST, 0), self._handler())
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"{'https' if context else 'http'}://{HOST}:{self.port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", "0")))
                posted = Posted(path=self.path, headers=headers, body=body)
                answer = receiver._script.pop(0) if receiver._script else receiver._answer
                receiver.received.append(posted)
                receiver._on_post(posted)
                if answer.never:
                    receiver._closing.wait(3600)
                    return
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests read `received`."""

        return Handler

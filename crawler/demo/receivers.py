"""A mail server and a webhook receiver on loopback that write down every alert they get."""

from __future__ import annotations

import email.policy
import json
import socket
import sys
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from attrs import frozen
from standardwebhooks import Webhook, WebhookVerificationError


@frozen(kw_only=True)
class Received:
    """One message as a receiver got it."""

    channel: str  # email or webhook
    key: str  # the same for every try to send one alert
    to: str
    subject: str


class Receivers:
    """Both receivers. What they got stands in a file, so that a demo that was killed knows it again."""

    def __init__(self, log: Path, secret: str, *, hook_port: int = 0) -> None:
        """`hook_port`: the one of a killed demo, whose alerts still name it; 0 for any."""
        self._log = log
        self._lock = threading.Lock()
        self.refused = 0  # the first webhook of a demo is answered 503, to show that it is tried again
        self._mail = Controller(_Mailbox(self), hostname="127.0.0.1", port=_free_port())
        self._hooks = _Hooks(("127.0.0.1", hook_port), _hook_handler(self, Webhook(secret)))

    def __enter__(self) -> Self:
        self._mail.start()
        threading.Thread(target=self._hooks.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mail.stop()
        self._hooks.shutdown()
        self._hooks.server_close()

    @property
    def mail_port(self) -> int:
        """Where the mail server listens."""
        return int(self._mail.port)

    @property
    def hook_port(self) -> int:
        """Where webhooks go."""
        return int(self._hooks.server_address[1])

    def keep(self, **message: str) -> None:
        """Write one message down before it is acknowledged."""
        with self._lock, self._log.open("a", encoding="utf-8") as out:
            out.write(json.dumps(message, ensure_ascii=False) + "\n")

    def is_first(self) -> bool:
        """True for the first webhook of the demo only."""
        with self._lock:
            first = self.refused == 0 and not self._log.exists()
            self.refused += first
            return first

    def received(self) -> list[Received]:
        """Everything that arrived, repeats too. A line that a kill cut short was never acknowledged."""
        if not self._log.exists():
            return []
        lines = self._log.read_text("utf-8").split("\n")
        return [Received(**json.loads(line)) for line in lines if line.endswith("}")]


def _free_port() -> int:
    """aiosmtpd wants to know its port beforehand."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class _Mailbox:
    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        for recipient in envelope.rcpt_tos:
            subject = str(message["Subject"])
            self._receivers.keep(channel="email", key=str(message["Message-ID"]), to=recipient, subject=subject)
        return "250 OK"


class _Hooks(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up, as one does that is killed, is no error of the receiver."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed has a narrower one


def _hook_handler(receivers: Receivers, webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                event: dict[str, Any] = webhook.verify(body, dict(self.headers))
            except WebhookVerificationError:
                self._answer(401)
                return
            if receivers.is_first():
                self._answer(503)
                return
            data = event["data"]
            subject = f"{data['event']}: {data['conference']['name']}"
            receivers.keep(channel="webhook", key=self.headers["webhook-id"], to="webhook", subject=subject)
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: the messages are the log."""

    return Handler

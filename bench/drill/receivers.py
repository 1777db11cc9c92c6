"""A mail server and a webhook receiver on loopback that write down what comes, and fail when they are told to."""

from __future__ import annotations

import email.policy
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from attrs import frozen
from standardwebhooks import Webhook, WebhookVerificationError

_LINK = re.compile(r"https?://[^\s<>\"）)]+")
HANG = 4.0  # seconds, above the time-out of deliveries


@frozen(kw_only=True)
class Received:
    """One message as a receiver got it; ``is_taken``: it was acknowledged."""

    at: datetime  # simulated
    channel: str
    key: str  # the same for every try to send one message
    to: str
    event: str  # conference, report …; empty for mail
    urls: frozenset[str]  # the pages that it names
    text: str
    is_taken: bool


@frozen(kw_only=True)
class Outage:
    """A time at which one receiver fails.

    ``how`` is a status for the webhook; or "down" (hangs up), "hang", "unsaid" (takes it and says nothing).
    """

    channel: str
    how: str
    at: datetime
    until: datetime


class Receivers:
    """Both receivers, in threads."""

    def __init__(self, secret: str, now: Callable[[], datetime], outages: Sequence[Outage]) -> None:
        self._now = now
        self._outages = outages
        self._lock = threading.Lock()
        self.received: list[Received] = []
        with socket.create_server(("127.0.0.1", 0)) as found:  # aiosmtpd wants to know its port beforehand
            port = int(found.getsockname()[1])
        self._mail = Controller(_Mailbox(self), hostname="127.0.0.1", port=port)
        self._hooks = ThreadingHTTPServer(("127.0.0.1", 0), _hook(self, Webhook(secret)))
        self._hooks.daemon_threads = True

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

    def failing(self, channel: str) -> str:
        """How a receiver fails now; empty where it works."""
        now = self._now()
        return next((one.how for one in self._outages if one.channel == channel and one.at <= now < one.until), "")

    def keep(self, channel: str, *, key: str, to: str, event: str, text: str, is_taken: bool) -> None:
        """Write one message down before it is acknowledged."""
        urls = frozenset(_LINK.findall(text))
        got = Received(
            at=self._now(), channel=channel, key=key, to=to, event=event, urls=urls, text=text, is_taken=is_taken
        )
        with self._lock:
            self.received.append(got)


class _Mailbox:
    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        how = self._receivers.failing("email")
        if how.isdigit():
            return f"{how} 4.3.2 not now"
        if how != "down":
            message = message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
            body = message.get_body(("plain",))
            text = f"{message['Subject']}\n{body.get_content() if body else ''}"
            for to in envelope.rcpt_tos:
                key = str(message["Message-ID"])
                self._receivers.keep("email", key=key, to=to, event="", text=text, is_taken=not how)
        if how:
            server.transport.abort()
        return "250 OK"


def _hook(receivers: Receivers, webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            how = receivers.failing("webhook")
            if how == "down":
                self.close_connection = True
            elif how == "hang":
                time.sleep(HANG)
                self.close_connection = True
            elif how.isdigit():
                self._answer(int(how))
            else:
                self._take(body, is_taken=not how)

        def _take(self, body: bytes, *, is_taken: bool) -> None:
            try:
                said: dict[str, Any] = webhook.verify(body, dict(self.headers))
            except WebhookVerificationError:
                self._answer(401)
                return
            event, text = said["data"].get("event", "digest"), json.dumps(said, ensure_ascii=False)
            to, key = str(said["subscription"]), self.headers["webhook-id"]
            receivers.keep("webhook", key=key, to=to, event=event, text=text, is_taken=is_taken)
            if is_taken:
                self._answer(204)
            else:
                self.close_connection = True

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if status == 429:
                self.send_header("Retry-After", "30")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: what was received is the log."""

    return Handler

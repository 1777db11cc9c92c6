"""Sends alerts by e-mail: one message a recipient, over TLS or STARTTLS with the server's certificate checked.

aiosmtplib and not smtplib, because its sending can be called off as a whole: smtplib's time-out starts again with
every byte, so a server that says one now and then would hold a thread for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from urllib.parse import quote

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from crawler.alerts.channel import Failed, Letter, Sent, scrub, tls_context
from crawler.alerts.digest import message_of
from crawler.alerts.facts import event, table
from crawler.alerts.rules import thread_key
from crawler.config import ConfigError, Smtp

QUIT_SECONDS = 2  # for a polite good-bye; the messages are already taken


def compose(letter: Letter, smtp: Smtp) -> EmailMessage:
    """The message to one recipient: always the same for one letter, byte for byte, so that a repeat is known as one."""
    rendered, domain = message_of(letter), parseaddr(smtp.sender)[1].rpartition("@")[2]
    message = EmailMessage(policy=SMTP_POLICY)
    message["Subject"] = rendered.subject
    message["From"] = smtp.sender
    message["To"] = letter.recipient
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.key}@{domain}>"
    if first := _first_of_thread(letter):
        message["In-Reply-To"] = message["References"] = f"<{first}@{domain}>"
    if smtp.unsubscribe:
        message["List-Unsubscribe"] = f"<{_way_out(smtp.unsubscribe, letter.subscription.name)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return, please
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    message.set_boundary(f"={letter.key[-40:]}")  # base64 has no line that begins so
    return message


def _first_of_thread(letter: Letter) -> str | None:
    """The key of the message that opened the thread of the letter's conference (RFC 5322); None: there is no thread.

    It is worked out, not looked up: where that message was never sent, since the filter let only later reports through
    or a digest held it, the later ones still share their parent and stand together.
    """
    facts = letter.payloads[0]
    number = table(facts, "conference").get("id")
    if letter.count > 1 or event(facts) not in ("report", "revision") or not isinstance(number, int):
        return None
    return thread_key(number, letter.subscription.name, letter.recipient)


def _way_out(unsubscribe: str, subscription: str) -> str:
    """RFC 2369; a mail says in its subject which subscription it is about."""
    return f"{unsubscribe}?subject=unsubscribe%20{quote(subscription)}" if unsubscribe[:7] == "mailto:" else unsubscribe


class EmailChannel:
    """One mail server, one connection that is opened when the first letter comes."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp
        self._password: str | None = None
        self._client: SMTP | None = None

    async def send(self, letter: Letter) -> Sent | Failed:
        """Send one letter to its recipient within `smtp.timeout` seconds, connecting included."""
        message = compose(letter, self._smtp)
        try:
            async with asyncio.timeout(self._smtp.timeout):
                client = await self._connected()
                _, said = await client.sendmail(parseaddr(self._smtp.sender)[1], letter.recipient, message.as_bytes())
        except SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            return self._refused("the recipient was refused", refusal.code, refusal.message)
        except SMTPDataError as error:
            return self._refused("the message was refused", error.code, error.message)
        except TimeoutError:
            return self._unreachable(f"the mail server did not finish within {self._smtp.timeout:g} seconds")
        except SMTPResponseException as error:
            return self._unreachable(f"the mail server said {error.code} {error.message}")
        except (SMTPException, OSError, ConfigError) as error:
            return self._unreachable(f"the mail server cannot be used: {error}")
        return Sent(trace=scrub(said, [self._password]))

    def posts(self, letter: Letter) -> int:
        """One message."""
        return 1

    async def close(self) -> None:
        """Say good-bye and hang up."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            with contextlib.suppress(SMTPException, OSError):
                await client.quit(timeout=QUIT_SECONDS)
        if client is not None:
            client.close()

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        smtp = self._smtp
        self._password = smtp.password.read() if smtp.password else None
        self._client = SMTP(
            hostname=smtp.host,
            port=smtp.port,
            username=smtp.username,
            password=self._password,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            tls_context=None if smtp.security == "none" else tls_context(smtp.ca_file),
            timeout=smtp.timeout,
            local_hostname=_own_name(),
        )
        await self._client.connect()
        return self._client

    def _refused(self, what: str, code: int, said: str) -> Failed:
        return Failed(reason=scrub(f"{what}: {code} {said}", [self._password]), permanent=500 <= code < 600)

    def _unreachable(self, reason: str) -> Failed:
        if self._client is not None:
            self._client.close()
            self._client = None
        return Failed(reason=scrub(reason, [self._password]), unreachable=True)


def _own_name() -> str:
    """What we call ourselves: the plain host name, because asking DNS for the full one can take many seconds."""
    name = socket.gethostname()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else "localhost"

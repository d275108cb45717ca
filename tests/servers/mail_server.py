"""A real SMTP server on loopback, with TLS and login, that answers as scripted and keeps what it accepted."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from servers.loopback import unused_port

USER, PASSWORD = "postbote", "gehe1m-und-lang"
HANG_UP = "hang up"
"""In place of a reply: the connection is closed without one, as if the answer were lost."""
SILENCE = "silence"
"""In place of a reply: nothing is said until the client gives up."""


@dataclass
class MailServer:
    """A server on a free port, from the ``with`` on.

    Attributes:
        replies: to the mails' ends, one each; the mails after them are accepted.
        recipients: replies to the recipients, likewise.
        keep_unanswered: a mail whose answer is lost was accepted all the same.
    """

    replies: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    tls: bool = False
    starttls: bool = False
    login: bool = False
    keep_unanswered: bool = True
    received: list[EmailMessage] = field(default_factory=list)
    """Accepted mails in the order of their arrival."""
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: int = 0
    ports: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        if not self.ports:
            with unused_port() as port:
                self.ports.append(port)
        context = server_context() if self.tls or self.starttls else None
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.ports[0],
            ssl_context=context if self.tls else None,
            tls_context=context if self.starttls else None,
            authenticator=self._authenticate if self.login else None,
            auth_require_tls=False,
            ready_timeout=30,
        )
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"{'smtps' if self.tls else 'smtp'}://localhost:{self.ports[0]}"

    @property
    def ids(self) -> list[str]:
        """The Message-ID of each mail."""
        return [str(mail["Message-ID"]) for mail in self.received]

    async def handle_RCPT(  # noqa: N802 (as aiosmtpd names it)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        reply = self.recipients.pop(0) if self.recipients else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        reply = self.replies.pop(0) if self.replies else "250 OK"
        if reply.startswith("250") or (self.keep_unanswered and reply == HANG_UP):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.received.append(mail)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
            self.encrypted.append(session.ssl is not None or self.tls)
        if reply == HANG_UP:
            server.transport.abort()
        if reply == SILENCE:
            await asyncio.sleep(3600)
        return reply if reply not in (HANG_UP, SILENCE) else "421 gone"

    def _authenticate(
        self, server: SMTP, session: Any, envelope: Any, mechanism: str, auth_data: LoginPassword
    ) -> AuthResult:
        good = auth_data.login == USER.encode() and auth_data.password == PASSWORD.encode()
        self.logins += good
        return AuthResult(
            success=good, handled=False, message=None if good else f"535 5.7.8 No: {auth_data.password.decode()}"
        )


@cache
def certificate() -> Path:
    """A folder with ``cert.pem`` and ``key.pem`` for ``localhost``."""
    folder = Path(mkdtemp(prefix="notebot-tls-"))
    make = "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    files = ("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"))
    subprocess.run(["openssl", *make.split(), *files], check=True, capture_output=True)
    return folder


@cache
def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate() / "cert.pem", certificate() / "key.pem")
    return context


def trusting() -> dict[str, str]:
    """The environment in which OpenSSL trusts the certificate."""
    return {"SSL_CERT_FILE": os.fspath(certificate() / "cert.pem")}

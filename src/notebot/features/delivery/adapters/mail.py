"""Sends mail by SMTP: TLS where there is any, and always for a password."""

from __future__ import annotations

import base64
import smtplib
import ssl
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from notebot.core.net.client import is_loopback
from notebot.core.net.pace import Stopped
from notebot.core.net.secrets import redact
from notebot.features.delivery.adapters.secret_values import secret_value
from notebot.features.delivery.rules.plain_text import one_line
from notebot.features.delivery.sender import DeliveryError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from notebot.core.net.connection import CuttableConnection, OpenConnections
    from notebot.features.delivery.adapters.mail_templates import RenderedMail
    from notebot.features.delivery.rules.delivery import Delivery
    from notebot.features.delivery.rules.message import Message
    from notebot.features.delivery.rules.target import DeliveryTarget

TIMEOUTS_PER_MAIL = 10
"""How many times the longest silence one mail may take in all, also if the server sends a byte now and then."""
GOODBYE_S = 2.0
"""How long the answer to QUIT is awaited."""
_POLICY = SMTP.clone(cte_type="7bit")
"""7bit, because not every server offers 8BITMIME."""


class _Session(smtplib.SMTP):
    """A session whose socket can be cut from another thread; it names itself by its address.

    ``smtplib`` would look its own host name up, which may take long and tells the server the name.
    """

    def __init__(self, connection: CuttableConnection, host: str, port: int, timeout_s: float) -> None:
        self._connection = connection
        super().__init__(host, port, local_hostname="localhost", timeout=timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._connection.watch(connected)
        own = connected.getsockname()[0].partition("%")[0]
        self.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        return connected


class _TlsSession(smtplib.SMTP_SSL, _Session):
    def __init__(self, connection: CuttableConnection, host: str, port: int, timeout_s: float) -> None:
        self._connection = connection
        context = ssl.create_default_context()
        smtplib.SMTP_SSL.__init__(self, host, port, local_hostname="localhost", timeout=timeout_s, context=context)


class MailSender:
    """See :class:`notebot.features.delivery.sender.Sender`.

    The answer to the end of the mail is the one moment that is ambiguous: if it is lost, the server may have accepted
    the mail. It is then sent again with the same Message-ID, by which most mailboxes recognise a repetition.

    Args:
        render: makes the two parts of a message for the target with this name.
        timeout_s: the longest silence of the server.
    """

    def __init__(
        self,
        target: DeliveryTarget,
        render: Callable[[Message, str], RenderedMail],
        connections: OpenConnections,
        timeout_s: float,
    ) -> None:
        self._target = target
        self._render = render
        self._connections = connections
        self._timeout_s = timeout_s

    def send(self, delivery: Delivery, message: Message, now: datetime) -> None:
        target = self._target
        mail = compose_mail(target, delivery, message, self._render(message, target.name)).as_bytes()
        password = secret_value(target, target.password_env) if target.user else ""
        with (
            self._connections.open(TIMEOUTS_PER_MAIL * self._timeout_s) as connection,
            self._translate_errors(connection, password),
        ):
            session = (_TlsSession if target.smtp.tls else _Session)(
                connection, target.smtp.host, target.smtp.port, self._timeout_s
            )
            try:
                self._secure_and_log_in(session, password)
                session.sendmail(target.sender, [target.to], mail)
            finally:
                # the mail was accepted or refused before this; what a server says to goodbye changes nothing
                with suppress(smtplib.SMTPException, OSError):
                    if session.sock is not None:
                        session.sock.settimeout(GOODBYE_S)
                        session.quit()
                session.close()

    def _secure_and_log_in(self, session: smtplib.SMTP, password: str) -> None:
        server, user = self._target.smtp, self._target.user
        session.ehlo_or_helo_if_needed()
        if not server.tls and session.has_extn("starttls"):
            session.starttls(context=ssl.create_default_context())
            session.ehlo()
        # anybody on the way could take STARTTLS out of the server's answer
        elif not server.tls and user and not is_loopback(f"smtp://{_bracketed(server.host)}"):
            raise DeliveryError(
                f"{server.host} offers no STARTTLS, so the password is not sent; write smtps:// if it can"
            )
        if not user:
            return
        if not session.has_extn("auth"):
            raise DeliveryError(f"{server.host} offers no login; remove user and password_env, or use another port")
        try:
            session.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            # not final: the message is good, and is sent once the password is corrected; what the server says may
            # repeat the password in any encoding, so only the code is shown
            code = error.smtp_code
            raise DeliveryError(f"{server.host} refused the login of {user} ({code}); correct the password") from None
        except UnicodeEncodeError:  # names the character that does not fit, so it is not chained
            raise DeliveryError(
                f"user or the password in {self._target.password_env} has characters outside ASCII, which the login "
                "cannot send; use an app password without them"
            ) from None

    @contextmanager
    def _translate_errors(self, connection: CuttableConnection, password: str) -> Iterator[None]:
        host = self._target.smtp.host
        try:
            yield
        except DeliveryError:
            raise
        except (smtplib.SMTPException, OSError) as error:
            if connection.was_cut and not connection.timed_out:
                raise Stopped from None
            # smtplib reports a silent server as one that has hung up
            if connection.timed_out or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
                raise DeliveryError(f"{host} did not answer in time") from None
            if (refusal := _refusal(error)) is not None:
                code, reply = refusal
                sentence = f"{host} refused the mail ({_reply(code, reply, password)})"
                raise DeliveryError(sentence, final=500 <= code < 600) from None
            if isinstance(error, ssl.SSLError):
                raise DeliveryError(f"{host} cannot be trusted or does not speak TLS ({_reason(error)})") from None
            if isinstance(error, smtplib.SMTPException):
                raise DeliveryError(f"{host} ended the connection before it accepted the mail") from None
            raise DeliveryError(f"{host} cannot be reached ({_reason(error)})") from None


def compose_mail(target: DeliveryTarget, delivery: Delivery, message: Message, rendered: RenderedMail) -> EmailMessage:
    """The mail; every attempt composes the same one."""
    domain = target.sender.rpartition("@")[2]
    mail = EmailMessage(_POLICY)
    mail["From"] = Address("notebot", addr_spec=target.sender)
    mail["To"] = Address(addr_spec=target.to)
    mail["Subject"] = one_line(message.subject, 200)
    mail["Date"] = format_datetime(delivery.created_at)
    mail["Message-ID"] = f"<notebot.{delivery.id}@{domain}>"
    mail["List-Id"] = f"notebot <notebot.{domain}>"
    # keeps vacation notices from answering (RFC 3834)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(rendered.text, cte=_encoding(rendered.text))
    mail.add_alternative(rendered.html, subtype="html", cte=_encoding(rendered.html))
    mail.set_boundary(f"=_notebot_{delivery.id}")
    return mail


def _encoding(text: str) -> str:
    # quoted-printable triples Japanese, and Base64 makes plain text look like spam to some filters
    return "quoted-printable" if text.isascii() else "base64"


def _refusal(error: Exception) -> tuple[int, Any] | None:
    """Code and words of a server's refusal."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()), None)
    return (error.smtp_code, error.smtp_error) if isinstance(error, smtplib.SMTPResponseException) else None


def _reply(code: int, reply: Any, password: str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    spellings = (password, base64.b64encode(password.encode()).decode()) if password else ()
    return f"{code} {one_line(redact(text, spellings), 200)}"


def _reason(error: Exception) -> str:
    words = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or type(error).__name__
    return one_line(str(words), 200)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

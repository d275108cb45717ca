"""Mails as they are composed and rendered, and servers that misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from html.parser import HTMLParser

import html5lib
import pytest
from msgspec.structs import replace

from fakes import NIGHT
from notebot.core.net.connection import OpenConnections
from notebot.features.delivery.adapters.mail import MailSender, compose_mail
from notebot.features.delivery.adapters.mail_templates import HTML_LIMIT, render_mail
from notebot.features.delivery.rules.delivery import Delivery
from notebot.features.delivery.rules.events import DigestWritten
from notebot.features.delivery.rules.message import Message, MessageEntry
from notebot.features.delivery.rules.target import DeliveryTarget, TargetKind
from notebot.features.delivery.rules.target import MailServer as Server
from notebot.features.delivery.sender import DeliveryError
from web.hostile_text import PAYLOADS

DELIVERY = Delivery("me", DigestWritten("2026-05-12.md"), NIGHT, NIGHT)
TARGET = DeliveryTarget(
    name="me",
    kind=TargetKind.MAIL,
    events=frozenset(),
    to="you@example.org",
    sender="bot@example.org",
    smtp=Server("127.0.0.1", 25),
)
ENTRY = MessageEntry(
    key="arxiv:2605.00001",
    topic="Mathematics",
    in_full=True,
    title="On mathematics, Ada Example+, arXiv'26",
    url="https://arxiv.org/abs/2605.00001",
    authors="Ada Example",
    categories="cs.CL",
    hints="matched math*",
    summary="We show one thing. " * 20,
    tags="#NLP #Math?",
    page_url="https://notes.example.org/papers/2605.00001",
    keep_url="https://notes.example.org/keep/2605.00001",
)
MESSAGE = Message(
    type="digest.written",
    subject="2026-05-12 (Tue) paper digest: 1",
    lines=("in full: 1",),
    link="https://notes.example.org/",
    warnings=("Not arrived yet: cs.LG",),
    entries=(ENTRY,),
    data={"name": "2026-05-12.md"},
)


def mail_of(message: Message) -> bytes:
    return compose_mail(TARGET, DELIVERY, message, render_mail(message, "me")).as_bytes()


def test_a_mail_has_two_parts_and_the_headers_that_mailboxes_look_at() -> None:
    raw = mail_of(MESSAGE)
    mail = message_from_bytes(raw, policy=policy.default)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert str(mail["Message-ID"]) == f"<notebot.{DELIVERY.id}@example.org>"
    assert str(mail["Date"]) == "Tue, 12 May 2026 05:00:00 +0000"
    assert str(mail["List-Id"]) == "notebot <notebot.example.org>"
    assert str(mail["Auto-Submitted"]) == "auto-generated"
    assert max(map(len, raw.splitlines())) <= 998  # RFC 5322, 2.1.1
    assert raw == mail_of(MESSAGE)


@pytest.mark.parametrize("text", ["x\r\nBcc: evil@example.org", "x\nSubject: y", "x\x00\x0b\u2028Bcc: z", "\u202exyz"])
def test_no_text_can_add_a_header(text: str) -> None:
    mail = message_from_bytes(mail_of(replace(MESSAGE, subject=text)), policy=policy.default)
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject") or ()) == 1
    assert str(mail["Subject"]).isprintable()


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_text(payload: str) -> None:
    hostile = replace(
        ENTRY, topic=payload, title=payload, authors=payload, hints=payload, summary=payload, tags=payload
    )
    message = replace(MESSAGE, subject=payload, lines=(payload,), warnings=(payload,), entries=(hostile,))
    html = render_mail(message, payload).html
    html5lib.HTMLParser(strict=True).parse(html)
    seen = _Links()
    seen.feed(html)
    assert seen.tags <= {
        *("html", "head", "meta", "title", "style", "body"),
        *("div", "h1", "h2", "h3", "p", "a", "span"),
    }
    assert seen.attributes <= {"lang", "charset", "name", "content", "class", "href", "role"}


@pytest.mark.parametrize(
    ("count", "summary", "language"), [(20, 1, "ja"), (300, 1, "ja"), (2000, 1, "en"), (100, 40, "ja")]
)
def test_the_html_is_short_enough_for_gmail_and_says_what_is_left_out(count: int, summary: int, language: str) -> None:
    entries = [
        replace(
            ENTRY, key=f"arxiv:{n}", title=f"数学について {n}", summary="証明する。" * 30 * summary, in_full=n < 300
        )
        for n in range(count)
    ]
    message = replace(MESSAGE, entries=tuple(entries), language=language)
    raw = mail_of(message)
    html = raw.partition(b"text/html")[2]
    assert len(html) <= HTML_LIMIT + 200
    rendered = render_mail(message, "me")
    shown = rendered.html.count("数学について")
    if shown < count:
        assert str(count - shown) in rendered.html.rpartition("</p>")[0][-900:]
    else:
        assert count < 2000
    # the text part alone is of use: it names every paper, up to a thousand
    assert rendered.text.count("数学について") == min(count, 1000)


@contextmanager
def talking(*lines: bytes, then: threading.Event | None = None) -> Iterator[int]:
    """A server that says these lines whatever it hears, one for each line of the client's, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as heard:
                for line in lines:
                    connection.sendall(line)
                    heard.readline()
                if then is not None:
                    then.wait(30)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(30)


@pytest.mark.parametrize(
    ("lines", "final", "words"),
    [
        ((b"554 5.7.1 You are listed\r\n",), True, "554 5.7.1 You are listed"),
        ((b"421 4.3.2 Busy\r\n",), False, "421 4.3.2 Busy"),
        ((b"SSH-2.0-OpenSSH\r\n",), False, "127.0.0.1"),
        ((), False, "ended the connection"),
        ((b"220 hi\r\n", b"250 hi\r\n", b"550 5.1.8 \x1b[31mSender\xff refused\r\n", b"250\r\n"), True, "Sender"),
    ],
)
def test_a_server_that_refuses_or_talks_nonsense(lines: tuple[bytes, ...], final: bool, words: str) -> None:
    with talking(*lines) as port, pytest.raises(DeliveryError, match=r"^127\.0\.0\.1 ") as caught:
        send(port)
    assert caught.value.final is final
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_port_without_a_server_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DeliveryError, match="cannot be reached") as caught:
        send(port)
    assert not caught.value.final


def test_the_end_of_notebot_cuts_a_silent_connection() -> None:
    from notebot.core.net.pace import Stopped

    silent, connections = threading.Event(), OpenConnections(threading.Event())
    with talking(b"220 hi\r\n", b"250 hi\r\n", then=silent) as port:
        timer = threading.Timer(0.2, connections.abort)
        timer.start()
        with pytest.raises(Stopped):
            send(port, connections)
        silent.set()


def own_address() -> str | None:
    """An address of this machine that is not loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


@pytest.mark.skipif(own_address() is None, reason="this machine has no address besides loopback")
def test_a_password_leaves_this_machine_through_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "geheim")
    heard: list[bytes] = []
    with socket.create_server((own_address() or "", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 hi\r\n")
                for line in lines:
                    heard.append(line)
                    connection.sendall(
                        b"250-hi\r\n250 AUTH PLAIN LOGIN\r\n" if b"EHLO" in line.upper() else b"221 bye\r\n"
                    )

        threading.Thread(target=talk, daemon=True).start()
        host, port = server.getsockname()
        target = replace(TARGET, smtp=Server(host, port), user="me", password_env="SMTP_PASSWORD")
        sender = MailSender(target, render_mail, OpenConnections(threading.Event()), 20.0)
        with pytest.raises(DeliveryError, match="offers no STARTTLS, so the password is not sent") as caught:
            sender.send(DELIVERY, MESSAGE, NIGHT)
    assert not caught.value.final
    assert not any(b"AUTH" in line.upper() for line in heard)


def test_a_password_that_the_login_cannot_send_is_named_without_its_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "geheimnisvölles")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 hi\r\n")
                for line in lines:
                    connection.sendall(b"250-hi\r\n250 AUTH PLAIN\r\n" if b"EHLO" in line.upper() else b"221 bye\r\n")

        threading.Thread(target=talk, daemon=True).start()
        target = replace(TARGET, smtp=Server(*server.getsockname()), user="me", password_env="SMTP_PASSWORD")
        sender = MailSender(target, render_mail, OpenConnections(threading.Event()), 20.0)
        with pytest.raises(DeliveryError, match="SMTP_PASSWORD has characters outside ASCII") as caught:
            sender.send(DELIVERY, MESSAGE, NIGHT)
    assert not caught.value.final
    assert "ö" not in str(caught.value)
    assert "xf6" not in str(caught.value)


def send(port: int, connections: OpenConnections | None = None) -> None:
    target = replace(TARGET, smtp=Server("127.0.0.1", port))
    sender = MailSender(target, render_mail, connections or OpenConnections(threading.Event()), 20.0)
    sender.send(DELIVERY, MESSAGE, NIGHT)

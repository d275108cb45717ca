"""The ``[[deliver]]`` entries of the config."""

from enum import StrEnum

from msgspec import Struct


class TargetKind(StrEnum):
    """How a target is reached."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    APPRISE = "apprise"
    PING = "ping"


class EventKind(StrEnum):
    """What a target can ask for."""

    DIGEST = "digest"
    """A digest was written; for a ping, also that a round began, or failed."""
    ALERT = "alert"
    """Something has been wrong for long, or is right again."""
    PUBLISHED = "published"
    """A note was published in the archive."""


class MailServer(Struct, frozen=True):
    """The address of an SMTP server."""

    host: str = ""
    port: int = 0
    tls: bool = False
    """TLS from the first byte (``smtps://``); otherwise STARTTLS is used if the server offers it."""


class DeliveryTarget(Struct, frozen=True, kw_only=True):
    """One target; the fields of other kinds are empty."""

    name: str
    kind: TargetKind
    events: frozenset[EventKind]
    to: str = ""
    sender: str = ""
    smtp: MailServer = MailServer()
    user: str = ""
    password_env: str = ""
    url: str = ""
    url_env: str = ""
    """The environment variable that contains the address, because it contains a secret."""
    secret_env: str = ""
    """The environment variable that contains the secret with which a webhook is signed; empty for none."""
    allow_private: bool = False
    """A webhook may be on this machine or in a private network."""

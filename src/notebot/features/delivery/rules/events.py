"""What can be delivered, and to whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from notebot.features.delivery.rules.target import DeliveryTarget, EventKind, TargetKind


class DigestWritten(Struct, frozen=True, tag="digest"):
    """A digest file was written."""

    name: str
    """The file's name; the digest's content is read from the store when it is sent."""
    again: int = 0
    """Above 0, the curator has asked to send it again; each time has another number and is an event of its own."""


class NotePublished(Struct, frozen=True, tag="published"):
    """A kept paper became a note of the archive."""

    number: int
    title: str
    url: str


class AlertKind(StrEnum):
    """What an alert is about."""

    SOURCE = "source"
    LATE_DIGEST = "late-digest"
    DATABASE = "database"


class AlertEvent(Struct, frozen=True, tag="alert"):
    """Something has been wrong for long, or is right again."""

    kind: AlertKind
    subject: str
    """The name of the source, or the announcement day of the digest."""
    since: datetime
    detail: str = ""
    """The last error, in the words of whoever reported it."""
    over: bool = False
    """It is right again."""


class RoundPhase(StrEnum):
    """How far a round for a digest has come."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


class DigestRound(Struct, frozen=True, tag="round"):
    """A round for a digest, whether or not there was anything to write; only health services want to know."""

    phase: RoundPhase
    started_at: datetime
    detail: str = ""


class TrialMessage(Struct, frozen=True, tag="test"):
    """Sent by ``notebot deliver --test``."""

    at: datetime


Event = DigestWritten | NotePublished | AlertEvent | DigestRound | TrialMessage


def event_key(event: Event) -> str:
    """The key under which an event is delivered once to each target."""
    match event:
        case DigestWritten(name, again):
            return f"digest:{name}" + (f"#{again}" if again else "")
        case NotePublished(number):
            return f"published:{number}"
        case AlertEvent(kind, subject, since, _, over):
            return f"alert:{kind}:{subject}:{since.isoformat()}" + (":over" if over else "")
        case DigestRound(phase, started_at):
            return f"round:{started_at.isoformat()}:{phase}"
        case TrialMessage(at):
            return f"test:{at.isoformat()}"


def wants(target: DeliveryTarget, event: Event) -> bool:
    """True if the target asked for this kind of event.

    A health service gets rounds instead of digests: it has to hear of a day without news, too.
    """
    is_ping = target.kind is TargetKind.PING
    match event:
        case DigestWritten():
            return not is_ping and EventKind.DIGEST in target.events
        case NotePublished():
            return not is_ping and EventKind.PUBLISHED in target.events
        case AlertEvent():
            return EventKind.ALERT in target.events
        case DigestRound():
            return is_ping and EventKind.DIGEST in target.events
        case TrialMessage():
            return True


def event_name(event: Event) -> str:
    """The event in a few words, for lists: ``digest 2026-05-13.md``."""
    match event:
        case DigestWritten(name, again):
            return f"digest {name}" + (" (again)" if again else "")
        case NotePublished(number):
            return f"note #{number}"
        case AlertEvent(kind, subject, _, _, over):
            return f"{'end of alert' if over else 'alert'} {kind} {subject}".rstrip()
        case DigestRound(phase):
            return f"digest round ({phase})"
        case TrialMessage():
            return "test message"

"""How one desk of a lab is, as far as its administrators need to know."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class FailingSource(Struct, frozen=True):
    """A watched source of a desk whose last answer was a failure."""

    source: str
    kind: str
    message: str
    last_success_at: datetime | None


class DeskState(Struct, frozen=True, kw_only=True):
    """What a desk has stored."""

    name: str
    queued: int = 0
    digested: int = 0
    kept: int = 0
    last_digest: str | None = None
    last_digest_at: datetime | None = None
    digest_tried_at: datetime | None = None
    """Start of the last digest round; with ``digest_done_at``, of the last one that succeeded, it says what is next."""
    digest_done_at: datetime | None = None
    undelivered: int = 0
    """Messages that were given up."""
    inbox_failures: int = 0
    """Lines of the inbox that could not be taken in."""
    failing: tuple[FailingSource, ...] = ()

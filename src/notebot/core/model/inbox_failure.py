"""The stored record of an inbox line that could not be processed."""

from datetime import datetime

from msgspec import Struct


class InboxFailure(Struct, frozen=True):
    """A line that could not be processed so far. It stays in the inbox and is retried."""

    place: str
    text: str
    kind: str
    why: str
    """One sentence."""
    tries: int
    first_at: datetime
    tried_at: datetime
    next_at: datetime
    """Not retried before this time, except by hand."""

"""An inbox line that could not be processed yet."""

from datetime import datetime

from msgspec import Struct


class InboxFailure(Struct, frozen=True):
    """A line that came to nothing so far; it stays where it is."""

    place: str
    text: str
    kind: str
    why: str
    """One sentence."""
    tries: int
    first_at: datetime
    tried_at: datetime
    next_at: datetime
    """Not tried again before, unless a person asks."""

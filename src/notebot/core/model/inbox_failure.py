"""An inbox line that could not be processed yet."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InboxFailure:
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

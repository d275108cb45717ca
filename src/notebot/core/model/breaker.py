"""The stored state of a circuit breaker."""

from datetime import datetime

from msgspec import Struct


class BreakerState(Struct, frozen=True):
    """What is remembered of one service's failures."""

    failures: int = 0
    """Requests given up in a row."""
    openings: int = 0
    """How often in a row it was opened; each opening lasts twice as long as the one before."""
    open_until: datetime | None = None
    """Until then nobody asks, but for one probe by hand."""
    held_until: datetime | None = None
    """Until then nobody asks at all: the service said so, or refused us."""
    kind: str = "unavailable"
    """Of the last failure."""
    reason: str = ""
    """The sentence of the last failure."""

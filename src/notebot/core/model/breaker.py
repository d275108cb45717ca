"""The stored state of a circuit breaker."""

from datetime import datetime

from msgspec import Struct


class BreakerState(Struct, frozen=True):
    """The failures of one service (rules.md 4.3)."""

    failures: int = 0
    """Consecutive failed requests."""
    openings: int = 0
    """Consecutive openings; each lasts twice as long as the previous one."""
    open_until: datetime | None = None
    """Until then no requests are sent, except one probe for a command run by hand."""
    held_until: datetime | None = None
    """Until then no requests are sent at all: the service asked us to wait, or refused us."""
    kind: str = "unavailable"
    """Error kind of the last failure."""
    reason: str = ""
    """Message of the last failure."""

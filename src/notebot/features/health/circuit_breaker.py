"""Decides when a failing service is not asked, and when it is asked again (rules.md 4.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from notebot.core.model.breaker import BreakerState

OPENS_AFTER = 3
"""Failures in a row."""
# rules.md 4.3: 5 minutes, doubling to 4 hours
FIRST_S = 300.0
LONGEST_S = 4 * 3600.0
MAX_DOUBLINGS = 10
"""More doublings would change nothing, and end beyond what a float can represent."""
REFUSED_S = 6 * 3600.0
"""After a 403."""
MAX_WAIT_S = 24 * 3600.0
"""The longest wait that a service may ask for; after a longer one it is asked again after a day."""


def after_failure(state: BreakerState, now: datetime, *, kind: str, reason: str, wait_s: float | None) -> BreakerState:
    """The state after a request failed for good.

    Args:
        wait_s: how long the service asked us to stay away, if it did.
    """
    failures = state.failures + 1
    failed = replace(state, failures=failures, kind=kind, reason=reason)
    if failures >= OPENS_AFTER:
        # each opening lasts twice as long as the previous one
        open_s = min(FIRST_S * 2.0 ** min(state.openings, MAX_DOUBLINGS), LONGEST_S)
        failed = replace(failed, openings=state.openings + 1, open_until=now + timedelta(seconds=open_s))
    # a refusal and a wait that the service asked for count from the first failure on
    held_s = REFUSED_S if kind == "refused" else min(wait_s or 0.0, MAX_WAIT_S)
    return replace(failed, held_until=now + timedelta(seconds=held_s)) if held_s else failed


def blocked_until(state: BreakerState, now: datetime, *, probe: bool) -> datetime | None:
    """The time until which the service must not be asked; ``None`` if it may be asked now.

    Args:
        probe: a person asks, who may try an open service once.
    """
    # even a probe respects a Retry-After and a 403, because there the service itself asked for the wait (rules.md 4.3)
    waits = [state.held_until] if probe else [state.held_until, state.open_until]
    # a time farther away than the longest wait was written while the clock was wrong
    latest = now + timedelta(seconds=MAX_WAIT_S)
    return max((until for until in waits if until is not None and now < until <= latest), default=None)

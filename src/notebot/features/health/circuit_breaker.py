"""When a service that fails is left alone, and when it is asked again (rules.md 4.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from notebot.core.model.breaker import BreakerState

OPENS_AFTER = 3
"""Failures in a row."""
FIRST_S = 300.0
LONGEST_S = 4 * 3600.0
MOST_DOUBLINGS = 10
"""More would change nothing, and end beyond what a float holds."""
REFUSED_S = 6 * 3600.0
"""After a 403."""
HEEDED_S = 24 * 3600.0
"""The longest wait that a service may ask for; one that asks for more is asked again after a day."""


def after_failure(breaker: BreakerState, now: datetime, kind: str, reason: str, wait_s: float | None) -> BreakerState:
    """The state after a request was given up.

    Args:
        wait_s: how long the service asked us to stay away, where it did.
    """
    failures = breaker.failures + 1
    failed = replace(breaker, failures=failures, kind=kind, reason=reason)
    if failures >= OPENS_AFTER:
        lasts_s = min(FIRST_S * 2.0 ** min(breaker.openings, MOST_DOUBLINGS), LONGEST_S)
        failed = replace(failed, openings=breaker.openings + 1, open_until=now + timedelta(seconds=lasts_s))
    held_s = REFUSED_S if kind == "refused" else min(wait_s or 0.0, HEEDED_S)
    return replace(failed, held_until=now + timedelta(seconds=held_s)) if held_s else failed


def closed_until(breaker: BreakerState, now: datetime, *, probe: bool) -> datetime | None:
    """Until when the service must not be asked; ``None`` when it may be.

    A moment farther away than any wait lasts was written by a clock that was wrong, and does not count.

    Args:
        probe: a person asks, who may try an open service once.
    """
    waits = [breaker.held_until] if probe else [breaker.held_until, breaker.open_until]
    latest = now + timedelta(seconds=HEEDED_S)
    return max((until for until in waits if until is not None and now < until <= latest), default=None)

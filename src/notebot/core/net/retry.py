"""Asking again: what is worth it, when, and for how long."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from tenacity import RetryCallState

    from notebot.core.model.errors import ServiceError

_Result = TypeVar("_Result")

_FIRST_S = 1.0
_CAP_S = 60.0


class RetryableError(Exception):
    """A failure that may pass by itself; ``error`` is what to raise when it does not."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(str(error))
        self.error = error


def retry(attempt: Callable[[], _Result], retry_s: float, stop: threading.Event) -> _Result:
    """Tries until ``attempt`` raises something other than :class:`RetryableError`, or ``retry_s`` have passed.

    Waits grow with full jitter and are never shorter than the service asked for; a service that asks
    for more than is left of ``retry_s`` ends it at once, its wish in the error's ``wait_s``. A wait ends
    early when ``stop`` is set: the attempt itself has to look at it.
    """
    try:
        return attempt()
    except RetryableError as failure:
        first = failure

    # tenacity imports asyncio, 30 ms that a command pays only if its request failed
    from tenacity import Retrying, retry_if_exception_type
    from tenacity.nap import sleep_using_event

    failed = [first]

    def again() -> _Result:
        """The attempts that tenacity counts; the first of them is the one that has already failed."""
        if failed:
            raise failed.pop()
        return attempt()

    persistent = Retrying(
        retry=retry_if_exception_type(RetryableError),
        wait=lambda state: min(max(_jitter(state), _asked_for(state)), _left(state, retry_s)),
        stop=lambda state: _left(state, retry_s) <= 0 or _asked_for(state) > _left(state, retry_s),
        sleep=sleep_using_event(stop),
        reraise=True,
    )
    try:
        return persistent(again)
    except RetryableError as last:
        raise last.error from last.__cause__


def _jitter(state: RetryCallState) -> float:
    widest = min(_CAP_S, _FIRST_S * 2.0 ** min(state.attempt_number - 1, 10))
    return random.uniform(0.0, widest)


def _asked_for(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome is not None else None
    return (failure.error.wait_s or 0.0) if isinstance(failure, RetryableError) else 0.0


def _left(state: RetryCallState, retry_s: float) -> float:
    return max(0.0, retry_s - (state.seconds_since_start or 0.0))


def retry_after_s(value: str | None, answered: str | None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, in either of its forms; ``None`` if it says nothing.

    A date is taken against the answer's own ``Date``, so that a clock that is wrong here does no harm.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (http_date(answered or "") or datetime.now(UTC))).total_seconds())


def http_date(text: str) -> datetime | None:
    """The aware time that a header's date names; ``None`` where it names none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

"""Retries of failed requests: which failures, how long to wait, and when to give up."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from tenacity import RetryCallState

    from notebot.core.model.errors import ServiceError

_SECONDS = regex(r"([0-9]++)(\.[0-9]{1,6})?")
_Result = TypeVar("_Result")

# services.md 6.1: exponential with full jitter; a longer outage is left to the circuit breaker
_FIRST_WAIT_S = 1.0
_MAX_WAIT_S = 60.0


class RetryableError(Exception):
    """A failure that may be temporary; ``error`` is raised once the retries are used up."""

    def __init__(self, error: ServiceError, *, unreachable: bool = False) -> None:
        """Wraps the error; ``unreachable``: there was no connection, so the service itself said nothing."""
        super().__init__(str(error))
        self.error = error
        self.unreachable = unreachable


def retry(
    attempt: Callable[[], _Result],
    retry_s: float,
    stop: threading.Event,
    *,
    unreachable_s: float | None = None,
    on_wait: Callable[[ServiceError, float], None] | None = None,
) -> _Result:
    """Calls ``attempt`` again after each :class:`RetryableError`, for up to ``retry_s``.

    Args:
        unreachable_s: a shorter limit for failures without a connection.
        on_wait: receives the failure and the seconds of each wait before it begins.

    Waits grow exponentially with full jitter and are never shorter than the service asked for. If the
    service asks for more than is left of ``retry_s``, the retries end at once; the error's ``wait_s``
    says how long it asked for. A wait ends early when ``stop`` is set; ``attempt`` must check ``stop``.
    """
    try:
        return attempt()
    except RetryableError as failure:
        first_failure = failure

    # tenacity imports asyncio, 30 ms that a command pays only if its request failed
    from tenacity import Retrying, retry_if_exception_type
    from tenacity.nap import sleep_using_event

    pending_failures = [first_failure]

    def next_attempt() -> _Result:
        """The attempts that tenacity counts; the first of them is the one that has already failed."""
        if pending_failures:
            raise pending_failures.pop()
        return attempt()

    def left_s(state: RetryCallState) -> float:
        failure = _failure(state)
        limit_s = retry_s
        if unreachable_s is not None and failure is not None and failure.unreachable:
            limit_s = min(retry_s, unreachable_s)
        return max(0.0, limit_s - (state.seconds_since_start or 0.0))

    def wait_s(state: RetryCallState) -> float:
        # Full jitter: many clients that failed together must not come back together.
        longest = min(_MAX_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(state.attempt_number - 1, 10))
        return min(max(random.uniform(0.0, longest), _requested_wait_s(state)), left_s(state))

    def report_wait(state: RetryCallState) -> None:
        failure = _failure(state)
        if on_wait is not None and state.next_action is not None and failure is not None:
            on_wait(failure.error, state.next_action.sleep)

    retrying = Retrying(
        retry=retry_if_exception_type(RetryableError),
        wait=wait_s,
        stop=lambda state: left_s(state) <= 0 or _requested_wait_s(state) > left_s(state),
        before_sleep=report_wait,
        sleep=sleep_using_event(stop),
        reraise=True,
    )
    try:
        return retrying(next_attempt)
    except RetryableError as last_failure:
        raise last_failure.error from last_failure.__cause__


def _failure(state: RetryCallState) -> RetryableError | None:
    """How the last attempt failed; ``None`` if it has not, or not in a way that is retried."""
    failure = state.outcome.exception() if state.outcome is not None else None
    return failure if isinstance(failure, RetryableError) else None


def _requested_wait_s(state: RetryCallState) -> float:
    failure = _failure(state)
    return (failure.error.wait_s or 0.0) if failure is not None else 0.0


def retry_after_s(value: str | None, answered: str | None) -> float | None:
    """The seconds that a ``Retry-After`` header asks for; ``None`` if it is missing or malformed.

    Args:
        value: the header: seconds, also with a fraction, or an HTTP date.
        answered: the response's ``Date`` header. A date is compared with it, so a wrong local clock does no harm.
    """
    text = (value or "").strip()
    if seconds := _SECONDS.fullmatch(text):
        return float(seconds[1][:9] + (seconds[2] or ""))
    until = http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (http_date(answered or "") or datetime.now(UTC))).total_seconds())


def http_date(text: str) -> datetime | None:
    """The aware time of an HTTP date header; ``None`` if it is malformed."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year may have any number of digits
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

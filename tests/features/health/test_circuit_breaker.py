"""Tests when a failing service is left alone (rules.md 4.3 and 9.4)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import NIGHT
from notebot.core.model.breaker import BreakerState
from notebot.features.health.circuit_breaker import after_failure, blocked_until

MINUTE, HOUR = 60.0, 3600.0
kinds = st.sampled_from(["unavailable", "throttled", "timeout", "bad-answer", "refused"])
waits = st.none() | st.floats(0, 1e9)


def failed(
    times: int, kind: str = "unavailable", wait_s: float | None = None, start: BreakerState | None = None
) -> BreakerState:
    """The state after this many failures in a row, all at the same moment."""
    breaker = start or BreakerState()
    for number in range(times):
        breaker = after_failure(breaker, NIGHT, kind=kind, reason=f"Failure {number + 1}.", wait_s=wait_s)
    return breaker


def closed_s(breaker: BreakerState, *, probe: bool = False, later_s: float = 0.0) -> float | None:
    """For how many seconds from ``NIGHT`` on the service is blocked, as seen ``later_s`` after it."""
    until = blocked_until(breaker, NIGHT + timedelta(seconds=later_s), probe=probe)
    return (until - NIGHT).total_seconds() if until else None


@pytest.mark.parametrize(
    ("failures", "rest_s"),
    [
        (0, None),
        (1, None),
        (2, None),
        (3, 5 * MINUTE),
        (4, 10 * MINUTE),
        (5, 20 * MINUTE),
        (8, 160 * MINUTE),
        (9, 4 * HOUR),
        (10, 4 * HOUR),
        (500, 4 * HOUR),
    ],
)
def test_the_third_failure_in_a_row_opens_for_five_minutes_doubling_to_four_hours(
    failures: int, rest_s: float | None
) -> None:
    breaker = failed(failures)
    assert closed_s(breaker) == rest_s
    assert breaker.failures == failures
    assert closed_s(breaker, probe=True) is None


def test_a_service_down_for_weeks_is_blocked_for_at_most_four_hours() -> None:
    """A cron job that polls every ten minutes probes an open service a thousand times in a week."""
    assert closed_s(failed(1100)) == 4 * HOUR


def test_an_open_service_may_be_asked_after_its_time() -> None:
    breaker = failed(3)
    assert closed_s(breaker, later_s=299.9) == 5 * MINUTE
    assert closed_s(breaker, later_s=300) is None


@pytest.mark.parametrize(
    ("kind", "wait_s", "held_s"),
    [
        ("throttled", None, None),
        ("throttled", 0.0, None),
        ("throttled", 120.0, 120.0),
        ("unavailable", 7200.0, 2 * HOUR),
        ("throttled", 1e9, 24 * HOUR),  # absurdly long
        ("throttled", float("inf"), 24 * HOUR),
        ("refused", None, 6 * HOUR),
        ("refused", 10.0, 6 * HOUR),
    ],
)
@pytest.mark.parametrize("probe", [False, True])
def test_a_requested_wait_and_a_refusal_also_block_a_person(
    kind: str, wait_s: float | None, held_s: float | None, probe: bool
) -> None:
    assert closed_s(failed(1, kind, wait_s), probe=probe) == held_s


def test_a_probe_waits_for_the_hold_only_and_others_for_the_longer_wait() -> None:
    short = failed(3, "throttled", 60.0)
    assert (closed_s(short), closed_s(short, probe=True)) == (5 * MINUTE, 60.0)
    long = failed(3, "throttled", 900.0)
    assert (closed_s(long), closed_s(long, probe=True)) == (900.0, 900.0)


def test_a_failure_without_a_wait_keeps_the_previous_hold() -> None:
    breaker = failed(1, "timeout", start=failed(1, "refused"))
    assert closed_s(breaker, probe=True) == 6 * HOUR
    assert (breaker.kind, breaker.reason) == ("timeout", "Failure 1.")


@pytest.mark.parametrize("back", [timedelta(days=2), timedelta(days=4000)])
def test_a_time_written_by_a_wrong_clock_is_ignored(back: timedelta) -> None:
    breaker = failed(3, "refused")
    assert blocked_until(breaker, NIGHT - back, probe=False) is None
    assert blocked_until(breaker, NIGHT + back, probe=False) is None


def test_a_valid_wait_counts_next_to_one_written_by_a_wrong_clock() -> None:
    astray = BreakerState(held_until=datetime(2099, 1, 1, tzinfo=UTC), open_until=NIGHT + timedelta(minutes=1))
    assert closed_s(astray) == MINUTE
    assert closed_s(astray, probe=True) is None


@given(st.lists(st.tuples(kinds, waits), max_size=20), st.booleans())
def test_a_service_is_blocked_for_at_most_a_day_and_never_longer_for_a_person(
    failures: list[tuple[str, float | None]], probe: bool
) -> None:
    breaker = BreakerState()
    for kind, wait_s in failures:
        breaker = after_failure(breaker, NIGHT, kind=kind, reason="No.", wait_s=wait_s)
    assert 0 <= (closed_s(breaker, probe=probe) or 0) <= 24 * HOUR
    assert (closed_s(breaker, probe=True) or 0) <= (closed_s(breaker) or 0)
    assert closed_s(breaker, later_s=24 * HOUR) is None
    assert (breaker.openings > 0) == (len(failures) >= 3)

"""The counts of the ledger and the states of a day (rules.md 1)."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.ledger import Counts, DayState, count_outcomes, next_day_state

counts = st.builds(
    Counts,
    **{
        name: st.integers(0, 3000)
        for name in ("fetched", "recovered", "unmatched", "pending", "drafted", "known", "tombstoned", "unwanted")
    },
)


@given(counts, counts)
def test_counts_add_up_field_by_field(one: Counts, other: Counts) -> None:
    total = one + other
    assert total.fetched == one.fetched + other.fetched
    assert total.announced == one.announced + other.announced
    assert total.matched == one.matched + other.matched
    assert total.pending == one.pending + other.pending
    assert one + Counts() == one


def test_papers_are_counted_by_their_best_outcome_or_as_pending() -> None:
    outcomes: list[list[str | None]] = [
        ["unwanted", None, "drafted"],
        [None, "unwanted"],
        [None],
        ["known", "unwanted"],
        [None, None],
    ]
    assert count_outcomes(7, outcomes) == Counts(unmatched=4, pending=2, drafted=1, unwanted=1, known=1)
    assert count_outcomes(3, []) == Counts(unmatched=3)


def test_announced_and_matched_are_sums_and_pending_is_in_neither() -> None:
    one = Counts(fetched=9, recovered=2, unmatched=5, pending=3, drafted=1, known=2, tombstoned=1, unwanted=2)
    assert (one.announced, one.matched) == (11, 6)
    assert one.announced == one.unmatched + one.matched


@pytest.mark.parametrize(
    ("state", "warns", "is_in"),
    [
        ("fresh", False, True),
        ("waiting", False, False),
        ("quiet", False, True),
        ("stale", True, False),
        ("truncated", True, True),
        ("failed", True, False),
    ],
)
def test_three_states_warn_and_three_are_final(state: str, warns: bool, is_in: bool) -> None:
    assert (DayState(state).needs_warning, DayState(state).is_final) == (warns, is_in)


def test_a_fresh_day_stays_fresh() -> None:
    assert {next_day_state(DayState.FRESH, later) for later in DayState} == {DayState.FRESH}


def test_a_truncated_day_stays_truncated() -> None:
    later = set(DayState) - {DayState.FRESH}
    assert {next_day_state(DayState.TRUNCATED, state) for state in later} == {DayState.TRUNCATED}


def test_any_other_state_is_replaced_by_the_latest() -> None:
    open_states = [None, DayState.WAITING, DayState.QUIET, DayState.STALE, DayState.FAILED]
    assert all(next_day_state(before, now) is now for before, now in product(open_states, DayState))


def test_a_state_is_formatted_as_its_value() -> None:
    assert f"{date(2026, 5, 12):%m-%d} {DayState.STALE}" == "05-12 stale"

"""The newest of many dated items."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.newest import choose_newest

NOW = datetime(2026, 5, 15, tzinfo=UTC)


def day(number: int | None) -> datetime | None:
    return None if number is None else NOW + timedelta(days=number)


def chosen(days: list[int | None], limit: int) -> list[int]:
    """The positions of the chosen items."""
    return choose_newest(range(len(days)), [day(each) for each in days], limit, NOW)[0]


@pytest.mark.parametrize(
    ("days", "newest"),
    [
        ([-1, -2, -3, -4], [0, 1]),
        ([-4, -3, -2, -1], [2, 3]),
        ([-3, -1, -4, -2], [1, 3]),
        ([None, None, None], [0, 1]),  # nothing says which is newer, and most feeds begin with the newest
        ([-1, None, -9, None], [0, 1]),  # an undated item is as old as the dated one before it
        ([None, -9, -1, None], [2, 3]),
        ([None, -1, -9, -8], [0, 1]),  # at the beginning: as old as the first dated one
        ([90_000, -2, -1, -3], [0, 2]),  # a pinned item of the year 2272 takes one place, not all
        ([900, 800, 700, -1], [0, 1]),  # all in the future: equally new
        ([-1, -1, -1], [0, 1]),
        ([-5], [0]),
        ([], []),
    ],
)
def test_the_newest_are_chosen_in_any_order(days: list[int | None], newest: list[int]) -> None:
    assert chosen(days, 2) == newest


@given(st.lists(st.one_of(st.none(), st.integers(-400, 400)), max_size=40), st.integers(0, 45))
def test_nothing_is_lost_and_nothing_older_is_preferred(days: list[int | None], limit: int) -> None:
    positions = list(range(len(days)))
    taken, left_out = choose_newest(positions, [day(each) for each in days], limit, NOW)
    assert sorted(taken + left_out) == positions
    assert (taken, left_out) == (sorted(taken), sorted(left_out))
    assert len(taken) == min(limit, len(days))
    dated = {index: min(each, 0) for index, each in enumerate(days) if each is not None}
    taken_days = [dated[index] for index in taken if index in dated]
    left_days = [dated[index] for index in left_out if index in dated]
    assert not taken_days or not left_days or min(taken_days) >= max(left_days)

from datetime import UTC, date, datetime

import pytest

from notebot.core.model.arxiv_calendar import (
    announcement_day,
    announcement_days_between,
    announcement_days_since,
    is_announcement_day,
    is_before_cutoff,
    is_holiday,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-05-12T03:59", date(2026, 5, 11)),  # summer: midnight Eastern is 04:00 UTC
        ("2026-05-12T04:00", date(2026, 5, 12)),
        ("2026-01-13T04:59", date(2026, 1, 12)),  # winter: 05:00 UTC
        ("2026-01-13T05:00", date(2026, 1, 13)),
    ],
)
def test_the_announcement_day_turns_at_midnight_eastern(now: str, day: date) -> None:
    assert announcement_day(at(now)) == day


def test_batches_bear_the_dates_of_monday_to_friday() -> None:
    week = [date(2026, 5, day) for day in range(11, 18)]
    assert [is_announcement_day(day) for day in week] == [True] * 5 + [False] * 2


def test_a_holiday_is_known_and_still_an_announcement_day() -> None:
    christmas = date(2026, 12, 25)
    assert is_holiday(christmas)
    assert is_announcement_day(christmas)
    assert not is_holiday(date(2026, 12, 24))


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2026-05-12T11:59", True),
        ("2026-05-12T12:00", False),
        ("2026-01-13T12:59", True),
        ("2026-01-13T13:00", False),
    ],
)
def test_the_cutoff_is_eight_in_the_morning_eastern(now: str, before: bool) -> None:
    assert is_before_cutoff(at(now)) is before


def test_days_between_leave_out_the_first_and_the_weekend() -> None:
    friday, tuesday = date(2026, 5, 8), date(2026, 5, 12)
    assert announcement_days_between(friday, tuesday) == [date(2026, 5, 11), tuesday]
    assert announcement_days_between(tuesday, tuesday) == []
    assert announcement_days_between(tuesday, friday) == []


def test_age_counts_announcement_days_that_began_since() -> None:
    friday_noon, saturday, monday_noon = (
        at("2026-05-08T16:00"),
        at("2026-05-09T16:00"),
        at("2026-05-11T16:00"),
    )
    assert announcement_days_since(friday_noon, friday_noon) == 0
    assert announcement_days_since(friday_noon, saturday) == 0
    assert announcement_days_since(friday_noon, monday_noon) == 1

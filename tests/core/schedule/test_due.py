"""What is due now, also after a restart, a night in suspend or a clock that was set back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.schedule.due import RETRY_AFTER, is_digest_due, is_round_due, missed_announcement_day, next_round_at
from notebot.core.schedule.schedule_text import CompleteBy, Every, Schedule, Weekly, last_slot, parse_schedule

WEEKDAYS = parse_schedule("mon-fri 08:00,20:00 UTC", "poll", "UTC")
HOURLY = Every(3600)
BY_SIX = CompleteBy(time(18), ZoneInfo("Asia/Tokyo"))


def at(text: str) -> datetime:
    """Parses a day and time of May 2026 in UTC, such as ``12 08:00``; the 12th is a Tuesday."""
    return datetime.strptime(f"2026-05-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def maybe(text: str | None) -> datetime | None:
    return at(text) if text else None


@pytest.mark.parametrize(
    ("now", "tried", "done", "due"),
    [
        ("12 07:59", None, None, True),  # a first start polls at once
        ("12 07:59", "11 20:00", "11 20:00", False),
        ("12 08:00", "11 20:00", "11 20:00", True),
        ("12 08:01", "12 08:00", "12 08:00", False),
        ("12 08:00", "12 07:30", "12 07:30", True),  # a manual poll before the slot does not count for it
        ("12 08:20", "12 08:10", "12 08:10", False),  # a manual poll after it does
        ("12 09:00", "11 08:00", "11 08:00", True),  # in suspend over night
        ("15 09:00", "11 08:00", "11 08:00", True),  # for several nights; one round makes up for them
        ("16 12:00", "15 20:00", "15 20:00", False),  # Saturday
        ("17 23:00", "15 20:00", "15 20:00", False),  # Sunday
        ("16 12:00", "15 08:00", "15 08:00", True),  # Friday evening's slot was missed
        ("12 08:14", "12 08:00", "11 20:00", False),  # a failure waits
        ("12 08:15", "12 08:00", "11 20:00", True),  # and is retried
        ("12 08:15", "12 08:00", None, True),
        ("12 08:20", "12 08:15", "11 20:00", False),
        ("12 12:00", "13 12:00", "13 12:00", True),  # the clock was set back
    ],
)
def test_rounds_at_times_of_day(now: str, tried: str | None, done: str | None, due: bool) -> None:
    assert is_round_due(WEEKDAYS, at(now), maybe(tried), maybe(done)) == due


@pytest.mark.parametrize(
    ("now", "tried", "done", "due"),
    [
        ("12 08:00", None, None, True),
        ("12 08:59", "12 08:00", "12 08:00", False),
        ("12 09:00", "12 08:00", "12 08:00", True),
        ("12 08:30", "12 08:00", None, False),  # a failure waits for the interval too
        ("16 09:00", "12 08:00", "12 08:00", True),
        ("12 07:00", "12 08:00", "12 08:00", True),  # the clock was set back
        ("12 08:30", "12 08:40", "12 08:40", False),  # by another machine, whose clock is fast
        ("12 08:30", "12 08:41", "12 08:41", True),  # the clock was set back
    ],
)
def test_rounds_at_an_interval(now: str, tried: str | None, done: str | None, due: bool) -> None:
    assert is_round_due(HOURLY, at(now), maybe(tried), maybe(done)) == due


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001


@given(moments, st.sampled_from([WEEKDAYS, HOURLY]))
def test_a_round_is_not_due_directly_after_a_round(now: datetime, schedule: Schedule) -> None:
    assert not is_round_due(schedule, now, now, now)


@given(moments, st.timedeltas(timedelta(0), RETRY_AFTER))
def test_a_failed_round_is_retried_early_only_after_a_new_slot(now: datetime, ago: timedelta) -> None:
    due = is_round_due(WEEKDAYS, now, now - ago, None)
    assert due == (ago >= RETRY_AFTER or last_slot(WEEKDAYS, now) > now - ago)


# digests that wait for the announcement: Tuesday's midnight in New York is 13:00 in Tokyo, 04:00 UTC


@pytest.mark.parametrize(
    ("now", "done", "all_in", "due"),
    [
        ("12 04:30", False, False, False),
        ("12 04:30", False, True, True),
        ("12 04:30", True, True, False),
        ("12 08:59", False, False, False),
        ("12 09:00", False, False, True),  # 18:00 in Tokyo
        ("12 09:00", True, False, False),
        ("13 03:59", False, False, True),  # still Tuesday in New York
        ("13 04:00", False, False, False),  # Wednesday has begun; the queue goes into its digest
        ("16 05:00", False, True, False),  # Saturday has no announcement that could be complete
        ("16 09:00", False, False, True),  # but leftovers are written at the deadline
        ("17 08:59", False, True, False),
    ],
)
def test_a_digest_is_due_when_all_categories_are_in_or_at_the_deadline(
    now: str, done: bool, all_in: bool, due: bool
) -> None:
    assert is_digest_due(BY_SIX, at(now), done=done, all_in=all_in) == due


@pytest.mark.parametrize(
    ("schedule", "now", "tried", "done", "planned"),
    [
        (HOURLY, "12 08:00", None, None, "12 08:00"),
        (HOURLY, "12 08:10", "12 08:00", "12 08:00", "12 09:00"),
        (HOURLY, "13 08:00", "12 08:00", "12 08:00", "13 08:00"),
        (WEEKDAYS, "12 08:10", "12 08:00", "12 08:00", "12 20:00"),
        (WEEKDAYS, "12 07:00", None, None, "12 07:00"),
        (WEEKDAYS, "12 08:10", "11 08:00", "11 08:00", "12 08:10"),
        (WEEKDAYS, "15 21:00", "15 20:00", "15 20:00", "18 08:00"),
        (BY_SIX, "12 04:30", None, None, "12 09:00"),
        (BY_SIX, "12 09:00", None, None, None),
    ],
)
def test_next_round_at(schedule: Schedule, now: str, tried: str | None, done: str | None, planned: str | None) -> None:
    assert next_round_at(schedule, at(now), maybe(tried), maybe(done)) == maybe(planned)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=9)), st.sampled_from([WEEKDAYS, HOURLY]))
def test_a_round_planned_for_later_is_not_due_now(now: datetime, ago: timedelta, schedule: Schedule) -> None:
    planned = next_round_at(schedule, now, now - ago, now - ago)
    assert planned is not None
    assert (planned <= now) == is_round_due(schedule, now, now - ago, now - ago)


def test_one_slot_a_week_is_due_after_a_week() -> None:
    sundays = Weekly(frozenset({6}), (time(8),), ZoneInfo("UTC"))
    assert is_round_due(sundays, at("16 07:00"), at("09 08:00"), at("09 08:00"))
    assert not is_round_due(sundays, at("16 07:00"), at("10 08:00"), at("10 08:00"))


@pytest.mark.parametrize(
    ("now", "queued", "missed"),
    [
        (datetime(2026, 5, 13, 5, tzinfo=UTC), datetime(2026, 5, 12, 6, tzinfo=UTC), date(2026, 5, 12)),
        (datetime(2026, 5, 13, 5, tzinfo=UTC), datetime(2026, 5, 12, 10, tzinfo=UTC), None),
        (datetime(2026, 5, 13, 5, tzinfo=UTC), None, None),
        (datetime(2026, 5, 18, 5, tzinfo=UTC), datetime(2026, 5, 15, 6, tzinfo=UTC), date(2026, 5, 15)),
    ],
    ids=["in suspend at the deadline", "queued after the deadline", "empty queue", "a weekend in between"],
)
def test_a_missed_deadline_counts_if_a_stub_was_waiting(
    now: datetime, queued: datetime | None, missed: date | None
) -> None:
    assert missed_announcement_day(BY_SIX, now, queued) == missed

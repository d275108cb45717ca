"""Parsing schedules, and the slots that they mean."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.errors import UsageError
from notebot.core.schedule.schedule_text import CompleteBy, Every, Weekly, last_slot, next_slot, parse_schedule

TOKYO = ZoneInfo("Asia/Tokyo")
EASTERN = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        (
            "mon-fri 00:30,03:30 America/New_York",
            Weekly(frozenset(range(5)), (time(0, 30), time(3, 30)), EASTERN),
        ),
        ("mon,wed 20:00,08:00,20:00", Weekly(frozenset({0, 2}), (time(8), time(20)), TOKYO)),
        ("Fri-Mon 08:00", Weekly(frozenset({4, 5, 6, 0}), (time(8),), TOKYO)),
        ("sun 23:59", Weekly(frozenset({6}), (time(23, 59),), TOKYO)),
        ("  08:00   America/New_York ", Weekly(frozenset(range(7)), (time(8),), EASTERN)),
        ("every 5s", Every(5)),
        ("every 90m", Every(5400)),
        ("Every 6H", Every(21600)),
        ("complete, latest 18:00", CompleteBy(time(18), TOKYO)),
    ],
)
def test_every_form_is_parsed(text: str, schedule: Weekly | Every | CompleteBy) -> None:
    assert parse_schedule(text, "digest", "Asia/Tokyo") == schedule


@pytest.mark.parametrize(
    ("text", "wrong", "expected"),
    [
        ("", '""', "every 6h"),
        ("hourly", "hourly", "every 6h"),
        ("mon-fri", "mon-fri", "08:00"),
        ("mon-fry 08:00", '"fry"', "mon tue wed"),
        ("mon- 08:00", '""', "mon tue wed"),
        ("mon 8:00", '"8:00"', "HH:MM"),
        ("mon 24:00", '"24:00"', "23:59"),
        ("08:00,", '""', "HH:MM"),
        ("08:00 Mars/Base", '"Mars/Base"', "Asia/Tokyo"),
        ("08:00 ../etc", '"../etc"', "Asia/Tokyo"),
        ("08:00 America", '"America"', "Asia/Tokyo"),
        ("08:00 UTC twice", "more than", "Asia/Tokyo"),
        ("every 0s", "every 0s", "every 6h"),
        ("every 6 h", "every 6 h", "every 6h"),
        ("every 2d", "every 2d", "s, m or h"),
        ("complete", '"complete"', "complete, latest 18:00"),
        ("complete, latest noon", '"noon"', "HH:MM"),
    ],
)
def test_a_malformed_schedule_names_the_part_and_what_is_expected(text: str, wrong: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_schedule(text, "digest", "Asia/Tokyo")
    assert wrong in str(caught.value)
    assert expected in str(caught.value)


def test_only_a_digest_can_wait_for_completeness() -> None:
    with pytest.raises(UsageError, match="only for digests"):
        parse_schedule("complete, latest 18:00", "poll", "UTC")
    with pytest.raises(UsageError) as caught:
        parse_schedule("hourly", "poll", "UTC")
    assert "complete" not in str(caught.value)


def test_an_unknown_default_zone_is_an_error() -> None:
    with pytest.raises(UsageError, match="Nowhere"):
        parse_schedule("08:00", "poll", "Nowhere")


def test_weekly_slots_continue_after_the_weekend() -> None:
    schedule = parse_schedule("mon-fri 00:30,08:30 America/New_York", "poll", "UTC")
    friday_late = at("2026-05-15T12:30")
    assert next_slot(schedule, at("2026-05-15T12:29")) == friday_late
    assert next_slot(schedule, friday_late) == at("2026-05-18T04:30")
    assert last_slot(schedule, friday_late) == friday_late
    assert last_slot(schedule, at("2026-05-18T04:29")) == friday_late


def test_one_slot_a_week_is_found_before_and_after() -> None:
    schedule = parse_schedule("wed 08:00", "digest", "Asia/Tokyo")
    assert next_slot(schedule, at("2026-05-12T23:00")) == at("2026-05-19T23:00")
    assert last_slot(schedule, at("2026-05-12T22:59")) == at("2026-05-05T23:00")


def test_a_range_of_days_may_pass_the_end_of_the_week() -> None:
    schedule = parse_schedule("fri-mon 08:00 UTC", "digest", "UTC")
    slots, now = [], at("2026-05-13T00:00")
    for _ in range(5):
        now = next_slot(schedule, now)
        slots.append(f"{now:%a}")
    assert slots == ["Fri", "Sat", "Sun", "Mon", "Fri"]


def slots_between(schedule: Weekly | Every | CompleteBy, start: datetime, end: datetime) -> list[datetime]:
    slots, now = [], start
    while (now := next_slot(schedule, now)) <= end:
        slots.append(now)
    return slots


def test_a_time_that_a_clock_change_skips_is_one_hour_later() -> None:
    schedule = parse_schedule("02:30 America/New_York", "poll", "UTC")
    slots = slots_between(schedule, at("2026-03-07T12:00"), at("2026-03-09T12:00"))
    assert slots == [at("2026-03-08T07:30"), at("2026-03-09T06:30")]


def test_a_time_that_occurs_twice_counts_the_first_time() -> None:
    schedule = parse_schedule("01:30 America/New_York", "poll", "UTC")
    slots = slots_between(schedule, at("2026-10-31T12:00"), at("2026-11-02T12:00"))
    assert slots == [at("2026-11-01T05:30"), at("2026-11-02T06:30")]


def test_interval_slots_are_counted_from_a_fixed_point() -> None:
    schedule = Every(6 * 3600)
    assert next_slot(schedule, at("2026-05-12T06:00")) == at("2026-05-12T12:00")
    assert last_slot(schedule, at("2026-05-12T06:00")) == at("2026-05-12T06:00")
    assert last_slot(schedule, at("2026-05-12T05:59")) == at("2026-05-12T00:00")


@pytest.mark.parametrize(
    ("schedule", "day", "deadline"),
    [
        (CompleteBy(time(18), TOKYO), date(2026, 5, 12), "2026-05-12T09:00"),  # the same day in Tokyo
        (CompleteBy(time(8), TOKYO), date(2026, 5, 12), "2026-05-12T23:00"),  # the next morning
        (CompleteBy(time(13), TOKYO), date(2026, 5, 12), "2026-05-12T04:00"),  # at midnight Eastern itself
        (CompleteBy(time(13), TOKYO), date(2026, 1, 13), "2026-01-14T04:00"),  # one hour too early in winter
        (CompleteBy(time(0), EASTERN), date(2026, 5, 12), "2026-05-12T04:00"),
        (CompleteBy(time(20), ZoneInfo("America/Los_Angeles")), date(2026, 5, 12), "2026-05-13T03:00"),
        (CompleteBy(time(22), ZoneInfo("America/Los_Angeles")), date(2026, 5, 12), "2026-05-12T05:00"),
    ],
)
def test_the_deadline_is_the_first_occurrence_after_midnight_eastern(
    schedule: CompleteBy, day: date, deadline: str
) -> None:
    assert schedule.deadline(day) == at(deadline)


def test_deadlines_exist_on_announcement_days_only() -> None:
    schedule = CompleteBy(time(18), TOKYO)
    friday = at("2026-05-15T09:00")
    assert next_slot(schedule, friday) == at("2026-05-18T09:00")
    assert last_slot(schedule, at("2026-05-18T08:59")) == friday


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    schedule=st.one_of(
        st.builds(Every, st.integers(1, 10**6)),
        st.builds(
            Weekly,
            st.frozensets(st.integers(0, 6), min_size=1),
            st.lists(st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=3).map(
                lambda times: tuple(sorted(set(times)))
            ),
            st.sampled_from([UTC_ZONE := ZoneInfo("UTC"), TOKYO, EASTERN, ZoneInfo("Australia/Lord_Howe")]),
        ),
        st.builds(CompleteBy, st.just(time(18)), st.sampled_from([UTC_ZONE, TOKYO, EASTERN])),
    ),
)
def test_now_is_between_the_last_and_the_next_slot(now: datetime, schedule: Weekly | Every | CompleteBy) -> None:
    last, coming = last_slot(schedule, now), next_slot(schedule, now)
    assert last <= now < coming
    assert coming - last <= timedelta(days=14)
    assert next_slot(schedule, last) == coming
    assert last_slot(schedule, coming) == coming

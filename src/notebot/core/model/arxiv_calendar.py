"""arXiv's announcement days (services.md 1.4): Monday to Friday in US Eastern time.

A batch appears in the evening and belongs to the next day: the batch of Tuesday, 20:00 Eastern, is Wednesday's.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

CUTOFF = time(8, 0)
"""Until this Eastern time a feed that still shows the previous day is only late, not stale."""

HOLIDAYS = frozenset(
    {
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 6, 19),
        date(2026, 7, 3),
        date(2026, 9, 7),
        date(2026, 11, 26),
        date(2026, 12, 25),
        date(2026, 12, 29),
        date(2026, 12, 31),
    }
)
"""arXiv's list of holidays (info.arxiv.org/help/availability). The list does not say which evening's batch is
moved, so it only explains quiet days; polls happen anyway."""


def announcement_day(now: datetime) -> date:
    """The US Eastern date of an aware ``now``, also at weekends."""
    return now.astimezone(EASTERN).date()


def is_announcement_day(day: date) -> bool:
    """True for Monday to Friday, including holidays."""
    return day.weekday() < 5


def is_holiday(day: date) -> bool:
    """True if arXiv lists this day as a holiday."""
    return day in HOLIDAYS


def is_batch_expected(day: date) -> bool:
    """True for an announcement day that is not a listed holiday."""
    return is_announcement_day(day) and not is_holiday(day)


def is_before_cutoff(now: datetime) -> bool:
    """True if an aware ``now`` is before 08:00 US Eastern."""
    return now.astimezone(EASTERN).time() < CUTOFF


def previous_announcement_day(day: date) -> date:
    """The last announcement day before a date, including holidays."""
    before = day - timedelta(days=1)
    return before if is_announcement_day(before) else previous_announcement_day(before)


def announcement_day_on_or_after(day: date) -> date:
    """The first announcement day on or after a date, including holidays."""
    return day if is_announcement_day(day) else announcement_day_on_or_after(day + timedelta(days=1))


def submissions_opened_on(day: date) -> date:
    """The date from which (14:00 US Eastern) submissions went into the batch of an announcement day.

    Wednesday's batch is mailed on Tuesday and takes submissions from Monday on; Monday's from Thursday on.
    """
    return previous_announcement_day(previous_announcement_day(day))


def announcement_days_between(after: date, until: date) -> list[date]:
    """The announcement days later than ``after`` and not later than ``until``, in order."""
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return [day for day in days if is_announcement_day(day)]


def announcement_days_since(since: datetime, now: datetime) -> int:
    """The number of announcement days that began since ``since``; 0 on the same day. Both are aware."""
    return len(announcement_days_between(announcement_day(since), announcement_day(now)))

"""When arXiv announces: Monday to Friday, on US Eastern days, new batches in the evening before.

The day a batch bears is the US Eastern date on which its feed stands, so the batch that is mailed
on Tuesday at 20:00 Eastern is Wednesday's.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

CUTOFF = time(8, 0)
"""Eastern time until which a feed that is still yesterday's is merely late."""

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
"""Days that arXiv lists as holidays (info.arxiv.org/help/availability). The list does not say which
evening's batch each one moves, so it explains a quiet day and never spares a poll."""


def announcement_day(now: datetime) -> date:
    """The US Eastern date of an aware ``now``, also at weekends."""
    return now.astimezone(EASTERN).date()


def is_announcement_day(day: date) -> bool:
    """Whether a batch can bear this date: Monday to Friday, holidays included."""
    return day.weekday() < 5


def is_holiday(day: date) -> bool:
    """Whether arXiv lists this day as a holiday."""
    return day in HOLIDAYS


def is_batch_expected(day: date) -> bool:
    """Whether arXiv owes a batch on this day: an announcement day that is no listed holiday."""
    return is_announcement_day(day) and not is_holiday(day)


def is_before_cutoff(now: datetime) -> bool:
    """Whether it is before 08:00 US Eastern at an aware ``now``."""
    return now.astimezone(EASTERN).time() < CUTOFF


def previous_announcement_day(day: date) -> date:
    """The last announcement day before a date, holidays included."""
    before = day - timedelta(days=1)
    return before if is_announcement_day(before) else previous_announcement_day(before)


def announcement_day_on_or_after(day: date) -> date:
    """The first announcement day on or after a date, holidays included."""
    return day if is_announcement_day(day) else announcement_day_on_or_after(day + timedelta(days=1))


def submissions_opened_on(day: date) -> date:
    """The date (14:00 US Eastern) from which papers were submitted for the batch that bears an announcement day.

    Wednesday's batch is mailed on Tuesday and was open from Monday; Monday's opened on Thursday.
    """
    return previous_announcement_day(previous_announcement_day(day))


def announcement_days_between(after: date, until: date) -> list[date]:
    """The announcement days later than ``after`` and not later than ``until``, in order."""
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return [day for day in days if is_announcement_day(day)]


def announcement_days_since(since: datetime, now: datetime) -> int:
    """How many announcement days have begun since ``since``; 0 on the same day. Both are aware."""
    return len(announcement_days_between(announcement_day(since), announcement_day(now)))

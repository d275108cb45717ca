"""What is due now, decided from what the store says was done: pure, so a restart or a sleep changes nothing."""

from datetime import date, datetime, timedelta

from notebot.core.model.arxiv_calendar import announcement_day, announcement_days_between, is_announcement_day
from notebot.core.schedule.schedule_text import CompleteBy, Every, Schedule, last_slot, next_due

RETRY_AFTER = timedelta(minutes=15)
"""How long after a round that failed a fixed time of day is tried again."""


def round_due(schedule: Schedule, now: datetime, tried_at: datetime | None, done_at: datetime | None) -> bool:
    """Whether a round is due by an interval or by times of the day.

    Args:
        tried_at: when the last round started, however it ended.
        done_at: when the last round started that succeeded.
    """
    if tried_at is None or tried_at > now:  # never, or the clock was set back
        return True
    if isinstance(schedule, Every):
        return now - tried_at >= timedelta(seconds=schedule.seconds)
    slot = last_slot(schedule, now)
    if done_at is not None and done_at >= slot:
        return False
    return tried_at < slot or now - tried_at >= RETRY_AFTER


def deadline_missed(schedule: CompleteBy, now: datetime, oldest_queued_at: datetime | None) -> date | None:
    """The last announcement day before today, where its deadline went by with a stub waiting.

    Args:
        oldest_queued_at: when the stub was queued that waits the longest; ``None`` without any.
    """
    today = announcement_day(now)
    before = announcement_days_between(today - timedelta(days=7), today - timedelta(days=1))[-1]
    deadline = schedule.deadline(before)
    missed = oldest_queued_at is not None and oldest_queued_at < deadline <= now
    return before if missed else None


def complete_due(schedule: CompleteBy, now: datetime, *, done: bool, all_in: bool) -> bool:
    """Whether the digest of today's announcement is due: when all is in, else at the deadline.

    Args:
        done: a digest was made for this announcement day already.
        all_in: every watched category has its row of the day.
    """
    today = announcement_day(now)
    if done:
        return False
    return (all_in and is_announcement_day(today)) or now >= schedule.deadline(today)


def next_round(
    schedule: Schedule, now: datetime, tried_at: datetime | None, done_at: datetime | None
) -> datetime | None:
    """When the next round is planned: now, where one is due; ``None`` for a digest that waits for its announcement.

    The times are those of :func:`round_due`.
    """
    if isinstance(schedule, CompleteBy):
        deadline = schedule.deadline(announcement_day(now))
        return deadline if deadline > now else None
    if tried_at is None or round_due(schedule, now, tried_at, done_at):
        return now
    if isinstance(schedule, Every):
        return tried_at + timedelta(seconds=schedule.seconds)
    failed = done_at is None or done_at < last_slot(schedule, now)
    return min(next_due(schedule, now), tried_at + RETRY_AFTER) if failed else next_due(schedule, now)

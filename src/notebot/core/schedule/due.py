"""Decides what is due from what the store has recorded, so a restart or a suspended computer changes nothing."""

from datetime import date, datetime, timedelta

from notebot.core.model.arxiv_calendar import announcement_day, announcement_days_between, is_announcement_day
from notebot.core.schedule.schedule_text import CompleteBy, Every, Schedule, last_slot, next_slot

RETRY_AFTER = timedelta(minutes=15)
"""How long after a failed round at a fixed time of day the next attempt is made."""
CLOCKS_DIFFER = timedelta(minutes=10)
"""How much the clocks of two machines that share a database may differ."""


def is_round_due(schedule: Schedule, now: datetime, tried_at: datetime | None, done_at: datetime | None) -> bool:
    """True if a round is due by its interval or its times of day.

    Args:
        tried_at: start of the last round, successful or not.
        done_at: start of the last successful round.
    """
    # a start in the future means that the clock was set back; waiting for that time could take years. But the clock of
    # another machine of the lab may be a little fast, and what it has done is done.
    if tried_at is None or tried_at > now + CLOCKS_DIFFER:
        return True
    if isinstance(schedule, Every):
        return now - tried_at >= timedelta(seconds=schedule.seconds)
    slot = last_slot(schedule, now)
    if done_at is not None and done_at >= slot:
        return False
    # one round makes up for all slots that were missed while the computer was off
    return tried_at < slot or now - tried_at >= RETRY_AFTER


def missed_announcement_day(schedule: CompleteBy, now: datetime, oldest_queued_at: datetime | None) -> date | None:
    """Returns the previous announcement day if its deadline passed while a stub was waiting.

    Args:
        oldest_queued_at: when the stub that has waited longest was queued; ``None`` if the queue is empty.
    """
    today = announcement_day(now)
    previous = announcement_days_between(today - timedelta(days=7), today - timedelta(days=1))[-1]
    deadline = schedule.deadline(previous)
    missed = oldest_queued_at is not None and oldest_queued_at < deadline <= now
    return previous if missed else None


def is_digest_due(schedule: CompleteBy, now: datetime, *, done: bool, all_in: bool) -> bool:
    """True if the digest of today's announcement is due: when all categories are in, or at the deadline.

    Args:
        done: this announcement day already has a digest.
        all_in: every watched category has its ledger row of the day.
    """
    today = announcement_day(now)
    if done:
        return False
    # on days without an announcement nothing can be complete, but leftovers are written at the deadline
    return (all_in and is_announcement_day(today)) or now >= schedule.deadline(today)


def next_round_at(
    schedule: Schedule, now: datetime, tried_at: datetime | None, done_at: datetime | None
) -> datetime | None:
    """Returns when the next round is planned: ``now`` if it is due; ``None`` for a digest past its deadline.

    Args:
        tried_at: start of the last round, successful or not.
        done_at: start of the last successful round.
    """
    if isinstance(schedule, CompleteBy):
        deadline = schedule.deadline(announcement_day(now))
        return deadline if deadline > now else None
    if tried_at is None or is_round_due(schedule, now, tried_at, done_at):
        return now
    if isinstance(schedule, Every):
        return tried_at + timedelta(seconds=schedule.seconds)
    failed = done_at is None or done_at < last_slot(schedule, now)
    return min(next_slot(schedule, now), tried_at + RETRY_AFTER) if failed else next_slot(schedule, now)

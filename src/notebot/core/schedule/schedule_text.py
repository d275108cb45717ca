"""When rounds and digests are due: the schedule texts of the config, and the instants they mean.

    mon-fri 00:30,03:30 America/New_York     times of the day, on some or all days, in some zone
    every 6h                                 so long after the start of the last round
    complete, latest 18:00                   digest only: when all is in, else at the deadline

All instants are aware UTC. A local time that a clock change skips is taken one hour later; one that
comes twice counts the first time, so each slot is one instant.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from notebot.core.model.arxiv_calendar import EASTERN, announcement_day, is_announcement_day
from notebot.core.model.errors import UsageError
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"s": 1, "m": 60, "h": 3600}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_EVERY = regex(r"every ([0-9]{1,6})([smh])")
_COMPLETE = regex(r"complete\s*, latest (\S+)")


class Weekly(Struct, frozen=True):
    """Fixed local times on fixed days of the week."""

    days: frozenset[int]
    """0 is Monday."""
    times: tuple[time, ...]
    """Ascending, each once."""
    zone: ZoneInfo


class Every(Struct, frozen=True):
    """A fixed interval."""

    seconds: int


class CompleteBy(Struct, frozen=True):
    """As soon as an announcement day is complete, at the latest at a local time."""

    latest: time
    zone: ZoneInfo

    def deadline(self, announced_on: date) -> datetime:
        """The first ``latest`` o'clock at or after midnight US Eastern of that day, in UTC."""
        midnight = _instant(announced_on, time(0), EASTERN)
        local = midnight.astimezone(self.zone).date()
        same_day = _instant(local, self.latest, self.zone)
        if same_day >= midnight:
            return same_day
        return _instant(local + timedelta(days=1), self.latest, self.zone)


Schedule = Weekly | Every | CompleteBy


def parse_schedule(text: str, kind: str, default_zone: str) -> Schedule:
    """The schedule that a config text means.

    Args:
        kind: ``poll`` or ``digest``; only a digest can wait for completeness.
        default_zone: where the text names no zone.

    Raises:
        UsageError: the text is none; the message says which part and what is expected.
    """
    words = " ".join(text.split())
    lower = words.lower()
    if lower.startswith("every"):
        return _every(lower)
    if lower.startswith("complete"):
        return _complete_by(lower, kind, default_zone)
    return _weekly(words, kind, default_zone)


def next_due(schedule: Schedule, now: datetime) -> datetime:
    """The first slot after ``now``."""
    if isinstance(schedule, Every):
        return _EPOCH + timedelta(seconds=schedule.seconds) * (_intervals(schedule, now) + 1)
    return min(slot for slot in _slots_around(schedule, now) if slot > now)


def last_slot(schedule: Schedule, now: datetime) -> datetime:
    """The latest slot that is not after ``now``."""
    if isinstance(schedule, Every):
        return _EPOCH + timedelta(seconds=schedule.seconds) * _intervals(schedule, now)
    return max(slot for slot in _slots_around(schedule, now) if slot <= now)


def _intervals(schedule: Every, now: datetime) -> int:
    return (now - _EPOCH) // timedelta(seconds=schedule.seconds)


def _slots_around(schedule: Weekly | CompleteBy, now: datetime) -> Iterator[datetime]:
    """The slots of the nine days before and after, so at least one on either side of ``now``."""
    if isinstance(schedule, CompleteBy):
        for day in _days_around(announcement_day(now)):
            if is_announcement_day(day):
                yield schedule.deadline(day)
        return
    for day in _days_around(now.astimezone(schedule.zone).date()):
        if day.weekday() in schedule.days:
            yield from (_instant(day, at, schedule.zone) for at in schedule.times)


def _days_around(day: date) -> Iterator[date]:
    return (day + timedelta(days=n) for n in range(-9, 10))


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _every(words: str) -> Every:
    found = _EVERY.fullmatch(words)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not seconds:
        raise UsageError(f'"{words}" is no interval; expected a number and s, m or h, such as "every 6h".')
    return Every(seconds)


def _complete_by(words: str, kind: str, default_zone: str) -> CompleteBy:
    if kind != "digest":
        raise UsageError(f'"{words}" is for a digest alone; expected {_expected("poll")}.')
    found = _COMPLETE.fullmatch(words)
    if found is None:
        raise UsageError(f'"{words}" does not say its deadline; expected "complete, latest 18:00".')
    return CompleteBy(_time(found[1]), _zone(default_zone))


def _weekly(text: str, kind: str, default_zone: str) -> Weekly:
    words = text.split(" ")
    if not any(":" in word for word in words[:2]):
        raise UsageError(f'"{text}" is no schedule; expected {_expected(kind)}.')
    days = frozenset(range(7)) if ":" in words[0] else _days(words.pop(0).lower())
    if len(words) > 2:
        raise UsageError(f'"{text}" says more than days, times and a zone; expected {_expected(kind)}.')
    times = tuple(sorted({_time(part) for part in words[0].split(",")}))
    return Weekly(days, times, _zone(words[1] if len(words) == 2 else default_zone))


def _expected(kind: str) -> str:
    forms = '"mon-fri 08:00,20:00 Asia/Tokyo" or "every 6h"'
    return f'{forms} or "complete, latest 18:00"' if kind == "digest" else forms


def _days(word: str) -> frozenset[int]:
    return frozenset(day for part in word.split(",") for day in _day_range(part))


def _day_range(part: str) -> Iterator[int]:
    """``mon-fri`` as numbers; a range may run over the end of the week, as ``fri-mon`` does."""
    first, dash, last = part.partition("-")
    start = _day(first)
    end = _day(last) if dash else start
    return ((start + n) % 7 for n in range((end - start) % 7 + 1))


def _day(name: str) -> int:
    if name not in _DAYS:
        raise UsageError(f'"{name}" is no day; expected {" ".join(_DAYS)}, as in "mon-fri 08:00".')
    return _DAYS.index(name)


def _time(word: str) -> time:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", word):
        raise UsageError(f'"{word}" is no time of the day; expected HH:MM from 00:00 to 23:59.')
    return time(int(word[:2]), int(word[3:]))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f'"{name}" is no time zone; expected a name such as Asia/Tokyo or UTC.') from error

"""Parses the schedules of the config, and computes the instants (slots) that they mean.

    mon-fri 00:30,03:30 America/New_York     times of day on some or all days, in a time zone
    every 6h                                 this long after the start of the last round
    complete, latest 18:00                   digest only: when all categories are in, or at the deadline

The grammar is in rules.md 5.7. All instants are aware UTC. A local time that a clock change skips is moved one hour
later, and one that occurs twice counts the first time, so each slot is one instant.
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

_DURATION = regex(r"([0-9]{1,6})([smh])")
_COMPLETE = regex(r"complete\s*, latest (\S+)")


class Weekly(Struct, frozen=True):
    """Fixed local times on fixed days of the week."""

    days: frozenset[int]
    """0 is Monday."""
    times: tuple[time, ...]
    """Ascending, without duplicates."""
    zone: ZoneInfo


class Every(Struct, frozen=True):
    """A fixed interval."""

    seconds: int


class CompleteBy(Struct, frozen=True):
    """As soon as an announcement day is complete, or at a local time at the latest."""

    latest: time
    zone: ZoneInfo

    def deadline(self, announced_on: date) -> datetime:
        """Returns the first occurrence of ``latest`` at or after midnight US Eastern of that day, in UTC."""
        # an announcement day begins at midnight US Eastern, which is the afternoon in Tokyo
        midnight = _instant(announced_on, time(0), EASTERN)
        local = midnight.astimezone(self.zone).date()
        same_day = _instant(local, self.latest, self.zone)
        if same_day >= midnight:
            return same_day
        return _instant(local + timedelta(days=1), self.latest, self.zone)


Schedule = Weekly | Every | CompleteBy


def parse_schedule(text: str, kind: str, default_zone: str) -> Schedule:
    """Parses a schedule of the config.

    Args:
        kind: ``poll`` or ``digest``; only a digest can wait for completeness.
        default_zone: the zone if the text names none.

    Raises:
        UsageError: the text is malformed; the message names the part and what is expected.
    """
    words = " ".join(text.split())
    lower = words.lower()
    if lower.startswith("every"):
        seconds = parse_duration(lower.removeprefix("every "))
        # an interval of zero would poll without a pause
        if not seconds:
            raise UsageError(f'"{lower}" is not an interval; expected a number and s, m or h, such as "every 6h".')
        return Every(seconds)
    if lower.startswith("complete"):
        if kind != "digest":
            raise UsageError(f'"{lower}" is only for digests; expected {_expected("poll")}.')
        match = _COMPLETE.fullmatch(lower)
        if match is None:
            raise UsageError(f'"{lower}" has no deadline; expected "complete, latest 18:00".')
        return CompleteBy(_parse_time(match[1]), _parse_zone(default_zone))
    return _parse_weekly(words.split(" "), kind, default_zone)


def parse_duration(text: str) -> int | None:
    """The seconds of ``10m``, ``6h`` or ``90s``; ``None`` if the text is nothing of the kind."""
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _UNITS[match[2]] if match else None


def next_slot(schedule: Schedule, now: datetime) -> datetime:
    """Returns the first slot after ``now``."""
    if isinstance(schedule, Every):
        return _EPOCH + timedelta(seconds=schedule.seconds) * (_intervals_since_epoch(schedule, now) + 1)
    return min(slot for slot in _slots_around(schedule, now) if slot > now)


def last_slot(schedule: Schedule, now: datetime) -> datetime:
    """Returns the latest slot that is not after ``now``."""
    if isinstance(schedule, Every):
        return _EPOCH + timedelta(seconds=schedule.seconds) * _intervals_since_epoch(schedule, now)
    return max(slot for slot in _slots_around(schedule, now) if slot <= now)


def _intervals_since_epoch(schedule: Every, now: datetime) -> int:
    return (now - _EPOCH) // timedelta(seconds=schedule.seconds)


def _slots_around(schedule: Weekly | CompleteBy, now: datetime) -> Iterator[datetime]:
    """Yields the slots of the nine days before and after ``now``."""
    today = announcement_day(now) if isinstance(schedule, CompleteBy) else now.astimezone(schedule.zone).date()
    # a slot may be a week away, and a day more by time zone and by clock changes
    for day in (today + timedelta(days=n) for n in range(-9, 10)):
        if isinstance(schedule, CompleteBy):
            if is_announcement_day(day):
                yield schedule.deadline(day)
        elif day.weekday() in schedule.days:
            yield from (_instant(day, at, schedule.zone) for at in schedule.times)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _parse_weekly(words: list[str], kind: str, default_zone: str) -> Weekly:
    """Parses ``[days] times [zone]``."""
    text = " ".join(words)
    if not any(":" in word for word in words[:2]):
        raise UsageError(f'"{text}" is not a schedule; expected {_expected(kind)}.')
    days = set(range(7))
    if ":" not in words[0]:
        days = set()
        for part in words[0].lower().split(","):
            first, dash, last = part.partition("-")
            for name in (first, last) if dash else (first,):
                if name not in _DAYS:
                    raise UsageError(f'"{name}" is not a day; expected {" ".join(_DAYS)}, as in "mon-fri 08:00".')
            start = _DAYS.index(first)
            # a range may pass the end of the week, as fri-mon does
            days |= {(start + n) % 7 for n in range(((_DAYS.index(last) if dash else start) - start) % 7 + 1)}
        words = words[1:]
    if len(words) > 2:
        raise UsageError(f'"{text}" has more than days, times and a zone; expected {_expected(kind)}.')
    times = tuple(sorted({_parse_time(part) for part in words[0].split(",")}))
    return Weekly(frozenset(days), times, _parse_zone(words[1] if len(words) == 2 else default_zone))


def _expected(kind: str) -> str:
    """Returns the valid forms for error messages."""
    forms = '"mon-fri 08:00,20:00 Asia/Tokyo" or "every 6h"'
    return f'{forms} or "complete, latest 18:00"' if kind == "digest" else forms


def _parse_time(word: str) -> time:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", word):
        raise UsageError(f'"{word}" is not a time of day; expected HH:MM from 00:00 to 23:59.')
    return time(int(word[:2]), int(word[3:]))


def _parse_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f'"{name}" is not a time zone; expected a name such as Asia/Tokyo or UTC.') from error

"""What a backfill covers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

_DAY = timedelta(days=1)


class DateWindow(Struct, frozen=True):
    """Days of submission (of version 1, in UTC), both inclusive."""

    since: date
    until: date

    def __str__(self) -> str:
        return f"{self.since}" if self.since == self.until else f"{self.since} to {self.until}"

    @property
    def is_single_day(self) -> bool:
        """It cannot be halved."""
        return self.since == self.until

    def holds(self, at: datetime) -> bool:
        """Whether an aware time is within."""
        return self.since <= at.astimezone(UTC).date() <= self.until

    def halves(self) -> tuple[DateWindow, DateWindow]:
        """Two windows, the older one first; of more than one day only."""
        middle = self.since + (self.until - self.since) // 2
        return DateWindow(self.since, middle), DateWindow(middle + _DAY, self.until)

    def split_after(self, day: date) -> tuple[DateWindow, DateWindow | None]:
        """What lies up to ``day``, a day within, and what lies behind it."""
        return DateWindow(self.since, day), DateWindow(day + _DAY, self.until) if day < self.until else None


class BackfillScope(Struct, frozen=True):
    """What a backfill was asked for; its progress holds for the very same alone."""

    topic: str
    query: str
    """As the curator wrote it; empty where the topic has none."""
    categories: tuple[str, ...]
    """Sorted: their order means nothing."""
    window: DateWindow

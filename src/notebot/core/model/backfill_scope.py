"""The dates, topic and categories that a backfill covers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

_DAY = timedelta(days=1)


class DateWindow(Struct, frozen=True):
    """A range of submission dates (of version 1, in UTC), both inclusive."""

    since: date
    until: date

    def __str__(self) -> str:
        return f"{self.since}" if self.since == self.until else f"{self.since} to {self.until}"

    @property
    def is_single_day(self) -> bool:
        """True for a single day, which cannot be split."""
        return self.since == self.until

    def holds(self, at: datetime) -> bool:
        """True if an aware time is in the range."""
        return self.since <= at.astimezone(UTC).date() <= self.until

    def halves(self) -> tuple[DateWindow, DateWindow]:
        """Two windows, the older one first. Requires more than one day."""
        middle = self.since + (self.until - self.since) // 2
        return DateWindow(self.since, middle), DateWindow(middle + _DAY, self.until)

    def split_after(self, day: date) -> tuple[DateWindow, DateWindow | None]:
        """The part up to ``day``, which must be in the range, and the part after it, if any."""
        return DateWindow(self.since, day), DateWindow(day + _DAY, self.until) if day < self.until else None


class BackfillScope(Struct, frozen=True):
    """The parameters of a backfill. Its stored progress is valid only for equal parameters."""

    topic: str
    query: str
    """As the curator wrote it; empty for a topic without query."""
    categories: tuple[str, ...]
    """Sorted, because their order has no meaning."""
    window: DateWindow

"""The account of every announced paper: per category and day, how many came and what became of them.

announced = fetched + recovered = unmatched + matched
matched   = drafted + known + tombstoned + unwanted            (rules.md 1.3)
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from operator import add

from msgspec import Struct
from msgspec.structs import astuple


class DayState(StrEnum):
    """What is known of one category's announcement day."""

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALE = "stale"
    TRUNCATED = "truncated"
    FAILED = "failed"

    @property
    def needs_warning(self) -> bool:
        """The curator has to be told."""
        return self in (DayState.STALE, DayState.TRUNCATED, DayState.FAILED)

    @property
    def is_final(self) -> bool:
        """Nothing more is expected of the day."""
        return self in (DayState.FRESH, DayState.QUIET, DayState.TRUNCATED)


class Outcome(StrEnum):
    """What became of one matched entry; the first that holds counts (rules.md 9.2)."""

    TOMBSTONED = "tombstoned"
    KNOWN = "known"
    UNWANTED = "unwanted"
    DRAFTED = "drafted"


class Counts(Struct, frozen=True):
    """The sums of one row; all are integers ≥ 0."""

    fetched: int = 0
    recovered: int = 0
    unmatched: int = 0
    pending: int = 0
    """How many of ``unmatched`` hang on a term that the feed cannot decide."""
    drafted: int = 0
    known: int = 0
    tombstoned: int = 0
    unwanted: int = 0

    @property
    def announced(self) -> int:
        """All that came, by whichever way."""
        return self.fetched + self.recovered

    @property
    def matched(self) -> int:
        """All that at least one topic matched."""
        return self.drafted + self.known + self.tombstoned + self.unwanted

    def __neg__(self) -> Counts:
        """What takes these away again."""
        return Counts(*(-count for count in astuple(self)))

    def __add__(self, other: Counts) -> Counts:
        """Both, summed field by field."""
        return Counts(*map(add, astuple(self), astuple(other)))


class LedgerRow(Struct, frozen=True):
    """One category on one announcement day."""

    announced_on: date
    category: str
    state: DayState
    counts: Counts
    explanation: str
    revision: int = 0
    """Given by the store: how often state or counts have changed."""


def next_day_state(before: DayState | None, now: DayState) -> DayState:
    """The state of a day after one more look.

    Once fresh, always fresh (rules.md 1.2); what a cut feed has lost, the feed does not bring again.
    """
    return before if before in (DayState.FRESH, DayState.TRUNCATED) else now

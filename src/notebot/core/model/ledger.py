"""The ledger: per category and day, how many papers were announced and what happened to them.

announced = fetched + recovered = unmatched + matched
matched   = drafted + known + tombstoned + unwanted            (rules.md 1.3)
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from enum import StrEnum
from operator import add
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import astuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class DayState(StrEnum):
    """The state of one category's announcement day (rules.md 1.2)."""

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALE = "stale"
    TRUNCATED = "truncated"
    FAILED = "failed"

    @property
    def needs_warning(self) -> bool:
        """True if the curator must be warned."""
        return self in (DayState.STALE, DayState.TRUNCATED, DayState.FAILED)

    @property
    def is_final(self) -> bool:
        """True if no more papers are expected for the day."""
        return self in (DayState.FRESH, DayState.QUIET, DayState.TRUNCATED)


class Outcome(StrEnum):
    """What happened to a matched entry; the first outcome that applies counts (rules.md 9.2)."""

    TOMBSTONED = "tombstoned"
    KNOWN = "known"
    UNWANTED = "unwanted"
    DRAFTED = "drafted"


class Counts(Struct, frozen=True):
    """The counts of one ledger row, all ≥ 0."""

    fetched: int = 0
    recovered: int = 0
    unmatched: int = 0
    pending: int = 0
    """Those of ``unmatched`` that are undecided: a query needs a field that the feed does not contain."""
    drafted: int = 0
    known: int = 0
    tombstoned: int = 0
    unwanted: int = 0

    @property
    def announced(self) -> int:
        """All announced papers, whether from a feed or recovered from OAI-PMH."""
        return self.fetched + self.recovered

    @property
    def matched(self) -> int:
        """All papers that at least one topic matched."""
        return self.drafted + self.known + self.tombstoned + self.unwanted

    def __neg__(self) -> Counts:
        """The negative counts, for subtraction."""
        return Counts(*(-count for count in astuple(self)))

    def __add__(self, other: Counts) -> Counts:
        """The sum of each field."""
        return Counts(*map(add, astuple(self), astuple(other)))


def count_outcomes(papers: int, outcomes: Iterable[Collection[str | None]]) -> Counts:
    """Counts papers, of which some matched: each of those by its best outcome, or as pending.

    Args:
        papers: how many there are.
        outcomes: of each paper that a topic matched, the outcome for each topic, ``None`` while it is pending.
    """
    tally = Counter(unmatched=papers)
    for of_paper in outcomes:
        known = sorted(filter(None, of_paper), key=lambda outcome: outcome == Outcome.UNWANTED)
        if known:
            tally.update({str(known[0]): 1, "unmatched": -1})
        else:
            tally["pending"] += 1
    return Counts(**tally)


class ReportedRow(Struct, frozen=True):
    """State and counts of a ledger row at the time when a digest reported it."""

    state: DayState
    counts: Counts


class LedgerRow(Struct, frozen=True):
    """One category on one announcement day."""

    announced_on: date
    category: str
    state: DayState
    counts: Counts
    explanation: str
    """One English sentence for the `ledger` command, with the details that a service gave."""
    revision: int = 0
    """How often state or counts have changed; set by the store."""
    reported: ReportedRow | None = None
    """What the last digest with this row said; ``None`` if no digest has reported it. Set by ``unreported``."""
    reason: str = ""
    """Why the day needs a warning, for sentences in the digest's language: a service error's kind, or one of ``empty``,
    ``cross-listed``, ``missed``, ``contradicted``, ``misfiled``, ``left-out``; empty where the state says it."""


def next_day_state(before: DayState | None, now: DayState) -> DayState:
    """The state of a day after another poll.

    A fresh day stays fresh (rules.md 1.2). A truncated day stays truncated: the feed never shows the lost papers.
    """
    # `before` is `None` for a day without a row
    return before if before in (DayState.FRESH, DayState.TRUNCATED) else now

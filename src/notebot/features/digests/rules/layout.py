"""Selects and orders the entries and updates of a digest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.category import CATEGORIES
from notebot.core.model.decision import Decision
from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.model.offer import NOTE_UPDATES, OlderPaper, Update
from notebot.core.model.stub import Stub

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# not 0, or stubs without a nearness would all rank the same whatever their interest
_LEAST_NEARNESS = 0.001


class Section(Struct, frozen=True):
    """The entries of one topic that are shown in full."""

    topic: str
    stubs: tuple[Stub, ...]


class Layout(Struct, frozen=True):
    """The entries of a digest in file order."""

    sections: tuple[Section, ...]
    headlines: tuple[Stub, ...]
    ranked: tuple[str, ...] = ()
    """The keys of all entries over all topics, the most promising first."""

    @property
    def stubs(self) -> tuple[Stub, ...]:
        """All entries in file order, each once."""
        return (*(stub for section in self.sections for stub in section.stubs), *self.headlines)


def rank_key(stub: Stub) -> tuple[bool, float, int, int, int, str]:
    """Sort key: stubs with a post first, then what fits the archive and the decisions, votes, and the newest day.

    Nearness and interest count as they did best on held-out notes (``make bench-quality``): the odds of the interest
    enter with their square root.
    """
    interest = stub.interest.score if stub.interest else 0.0
    # incomplete stubs have no nearness yet; interest alone is no reason to put them first
    fit = (stub.nearness or _LEAST_NEARNESS) * math.exp(interest / 2)
    day = stub.announced_on.toordinal() if stub.announced_on else 0
    kind = stub.announce_type.rank if stub.announce_type else 0
    return (not stub.posts, -fit, -(stub.votes or 0), -day, kind, stub.key)


def arrange(stubs: Sequence[Stub], topics: Sequence[str], full: int, other: str) -> Layout:
    """The best ``full`` entries grouped by topic, all others as headlines of one line each, in the same order.

    Args:
        topics: names in the order of the config, which is also the order of the sections.
        other: the heading for stubs without a watched topic (saved by hand, or the topic was removed).
    """
    ranked = sorted(stubs, key=rank_key)
    sections = [
        Section(topic, tuple(stub for stub in ranked[:full] if home_topic(stub, topics, other) == topic))
        for topic in (*topics, other)
    ]
    places = {topic: place for place, topic in enumerate((*topics, other))}
    headlines = sorted(ranked[full:], key=lambda stub: places[home_topic(stub, topics, other)])  # keeps the ranks
    shown = tuple(section for section in sections if section.stubs)
    return Layout(shown, tuple(headlines), tuple(stub.key for stub in ranked))


def home_topic(stub: Stub, topics: Sequence[str], other: str) -> str:
    """The topic whose section shows the stub: the first in the config that matches, else ``other``."""
    return next((name for name in topics if name in stub.topics), other)


def held_back(stub: Stub, waited: int) -> bool:
    """True if the stub lacks metadata and has not been held back yet (rules.md 3.3).

    Args:
        waited: how many digests it was held back from.
    """
    return not stub.complete and waited < 1


class Coverage(Struct, frozen=True):
    """What a digest reports about announcement days."""

    day: date
    """The current announcement day (New York time)."""
    rows: tuple[LedgerRow, ...]
    """Ledger rows that no digest has reported yet."""
    missing: tuple[str, ...]
    """Watched categories whose announcement of ``day`` has not arrived yet."""
    older: tuple[OlderPaper, ...] = ()
    """Changed older papers that match a topic."""
    total: Counts = Counts()
    """The papers of ``rows``, each once, whatever its categories (rules.md 1.5)."""
    corrected: tuple[LedgerRow, ...] = ()
    """Ledger rows that changed after an earlier digest had reported them."""
    corrections: Mapping[date, Counts] = MappingProxyType({})
    """By day, what differs from the papers that earlier digests counted."""
    arrived: tuple[str, ...] = ()
    """Watched categories whose announcement of ``day`` has arrived, in this digest or in an earlier one."""
    waiting: tuple[str, ...] = ()
    """Those of ``missing`` whose feed has answered: the announcement is not out yet."""
    oai_failing: bool = False
    """The last request to OAI-PMH failed."""
    collected: tuple[Decision, ...] = ()
    """What the daemon read from digest files by itself since the last digest."""
    undelivered: tuple[str, ...] = ()
    """One line about each message that could not be delivered since the last digest."""
    oai_answered_on: date | None = None
    """The day of its last answer."""

    @property
    def troubled(self) -> tuple[LedgerRow, ...]:
        """Rows shown in bold: those with a warning, and past days whose announcement never arrived."""
        return tuple(
            row
            for row in (*self.rows, *self.corrected)
            if row.state.needs_warning or (row.announced_on < self.day and not row.state.is_final)
        )

    @property
    def all_in(self) -> bool:
        """True if no category is missing and no row is in trouble."""
        return not self.missing and not self.troubled

    @property
    def known(self) -> dict[date, list[str]]:
        """By day, the arXiv categories of which it is known what was announced."""
        known = self._by_day(row for row in self.rows if _is_known(row))
        if self.arrived:
            names = known.setdefault(self.day, [])
            names += [name for name in self.arrived if name not in names]
        return known

    @property
    def unknown(self) -> dict[date, list[str]]:
        """By day, the arXiv categories of which it is not known what was announced."""
        unknown = self._by_day(row for row in self.rows if not _is_known(row))
        for name in self.missing:
            names = unknown.setdefault(self.day, [])
            if name not in self.waiting and name not in names:
                names.append(name)
        return {day: names for day, names in unknown.items() if names}

    @property
    def watched(self) -> tuple[LedgerRow, ...]:
        """The rows of watched sources that brought something; they are not announcements of arXiv."""
        return tuple(row for row in self.rows if row.category not in CATEGORIES and row.counts.announced)

    def _by_day(self, rows: Iterable[LedgerRow]) -> dict[date, list[str]]:
        days: dict[date, list[str]] = {}
        for row in rows:
            if row.category in CATEGORIES:
                days.setdefault(row.announced_on, []).append(row.category)
        return days


def _is_known(row: LedgerRow) -> bool:
    return row.state.is_final or row.counts.announced > 0


def is_reportable(row: LedgerRow, today: date) -> bool:
    """False while the day's announcement can still come in the ordinary way: it is reported when it is there."""
    return row.state is not DayState.WAITING or row.announced_on < today or row.counts.announced > 0


def due_updates(updates: Sequence[Update]) -> list[Update]:
    """The open updates that the next digest shows, oldest first: all about stubs, then a few about notes.

    An audit can find hundreds of note updates, so at most ``NOTE_UPDATES`` are shown.
    """
    # One offer per note and field: a tick in the file names only these two, so two would be ambiguous.
    note_updates: dict[tuple[str, str], Update] = {}
    for update in updates:
        if update.of_note:
            note_updates.setdefault((update.key, update.field), update)
    # A venue that was found is news for one season; what an audit found can wait. The sort is stable.
    ordered = sorted(note_updates.values(), key=lambda update: not update.is_found_venue)
    return [*(update for update in updates if not update.of_note), *ordered[:NOTE_UPDATES]]


def missing_categories(states: dict[str, DayState], categories: Sequence[str], *, day_counts: bool) -> tuple[str, ...]:
    """The categories whose announcement is still missing; none if no batch is expected (``day_counts`` false)."""
    if not day_counts:
        return ()
    return tuple(name for name in categories if not states.get(name, DayState.WAITING).is_final)

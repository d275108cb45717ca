"""Which stub stands where in a digest: pure ordering and selection."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.ledger import DayState, LedgerRow
from notebot.core.model.offer import NOTE_UPDATES, OlderPaper, Update
from notebot.core.model.stub import Stub

if TYPE_CHECKING:
    from collections.abc import Sequence


class Section(Struct, frozen=True):
    """The entries in full of one topic."""

    topic: str
    stubs: tuple[Stub, ...]


class Layout(Struct, frozen=True):
    """A digest's entries in file order."""

    sections: tuple[Section, ...]
    headlines: tuple[Stub, ...]

    @property
    def stubs(self) -> tuple[Stub, ...]:
        """All of them in file order, each once."""
        return (*(stub for section in self.sections for stub in section.stubs), *self.headlines)


def rank_key(stub: Stub) -> tuple[bool, float, int, int, int, str]:
    """What helps to decide comes first: a source post, then nearness to the archive, votes, and the newer day."""
    day = stub.announced_on.toordinal() if stub.announced_on else 0
    kind = stub.announce_type.rank if stub.announce_type else 0
    return (not stub.posts, -(stub.nearness or 0.0), -(stub.votes or 0), -day, kind, stub.key)


def lay_out(stubs: Sequence[Stub], topics: Sequence[str], full: int, other: str) -> Layout:
    """The best ``full`` entries in full, under the first of their topics; all others one line each.

    Args:
        topics: names in the order of the config, which is the order of the sections.
        other: the heading for stubs of no watched topic (saved by hand, or the topic is gone).
    """
    ranked = sorted(stubs, key=rank_key)
    sections = [
        Section(topic, tuple(stub for stub in ranked[:full] if home_topic(stub, topics, other) == topic))
        for topic in (*topics, other)
    ]
    return Layout(tuple(section for section in sections if section.stubs), tuple(ranked[full:]))


def home_topic(stub: Stub, topics: Sequence[str], other: str) -> str:
    """The one topic whose section shows the stub."""
    return next((name for name in topics if name in stub.topics), other)


def held_back(stub: Stub, waited: int) -> bool:
    """A stub without metadata waits once, at most until the second digest (rules.md 3.3)."""
    return not stub.complete and waited < 1


class Coverage(Struct, frozen=True):
    """What a digest says of the days it covers."""

    day: date
    """The announcement day by the clock in New York."""
    rows: tuple[LedgerRow, ...]
    """Every row that changed since a digest reported it."""
    missing: tuple[str, ...]
    """Watched categories whose announcement of ``day`` has not been seen yet."""
    older: tuple[OlderPaper, ...] = ()
    """Older papers that changed and match a topic."""

    @property
    def troubled(self) -> tuple[LedgerRow, ...]:
        """Rows that stand in bold: what warns, and days gone by that were never in."""
        return tuple(
            row
            for row in self.rows
            if row.state.needs_warning or (row.announced_on < self.day and not row.state.is_final)
        )

    @property
    def all_in(self) -> bool:
        """Nothing is missing and nothing is in bold."""
        return not self.missing and not self.troubled


def due_updates(updates: Sequence[Update]) -> list[Update]:
    """What the next digest shows of the open updates, oldest first: all of stubs, then some of notes.

    Of notes, venues that were found come before what an audit found, for their season passes; and one offer of
    a kind for each note, for a tick says no more than note and kind.
    """
    of_notes: dict[tuple[str, str], Update] = {}
    for update in updates:
        if update.of_note:
            of_notes.setdefault((update.key, update.field), update)
    ordered = sorted(of_notes.values(), key=lambda update: not update.is_found_venue)
    return [*(update for update in updates if not update.of_note), *ordered[:NOTE_UPDATES]]


def missing_categories(states: dict[str, DayState], categories: Sequence[str], *, day_counts: bool) -> tuple[str, ...]:
    """The categories that the announcement day still owes; none at a weekend (``day_counts`` false)."""
    if not day_counts:
        return ()
    return tuple(name for name in categories if not states.get(name, DayState.WAITING).is_final)

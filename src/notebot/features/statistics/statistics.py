"""Counts the archive, the watch and the decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from notebot.core.model.stub import StubStatus
from notebot.core.note_format.note_from_stub import make_note
from notebot.features.statistics.rules.tables import (
    NoteCounts,
    NoteFacts,
    NumberTable,
    Prediction,
    TopicCounts,
    add_counts,
    archive_tables,
    count_notes,
    first_ledger_day,
    predict,
    watch_tables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from notebot.core.note_format.stub_title import NoteStyle
    from notebot.core.ports import Digests, Ledger, Notes, Stubs

FORM = 1
"""Version of :class:`NoteCounts`; a new number makes the stored ones stale."""


class Statistics(Struct, frozen=True):
    """All numbers, as they are shown."""

    tables: tuple[NumberTable, ...]
    """In the order in which they are shown."""
    prediction: Prediction


class StatisticsQueries(Protocol):
    """Counts that the database makes, and the stored counts of the archive."""

    def note_facts(self) -> Iterator[NoteFacts]:
        """What the statistics need of every note of the archive."""

    def topic_counts(self, topic: str, categories: Sequence[str]) -> TopicCounts:
        """How many papers were announced in the categories, matched by the topic, and kept; each counted once."""

    def days_to_note(self) -> list[int]:
        """The days from announcement to note of every kept paper that has both dates."""

    def load(self) -> NoteCounts | None:
        """The stored counts, or ``None`` if there are none that this version can read."""

    def save(self, counts: NoteCounts) -> None:
        """Replaces the stored counts."""


class StatisticsStore(Protocol):
    """What the statistics read."""

    @property
    def statistics(self) -> StatisticsQueries: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def stubs(self) -> Stubs: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def digests(self) -> Digests: ...


class StatisticsSettings(Struct, frozen=True, kw_only=True):
    """The parts of the config that the statistics depend on."""

    topics: tuple[tuple[str, tuple[str, ...]], ...]
    """Name and categories of each."""
    categories: tuple[str, ...]
    hidden_tags: tuple[str, ...]
    read_later: str
    """The tag of notes that wait to be read."""
    style: NoteStyle


def read_statistics(store: StatisticsStore, settings: StatisticsSettings, today: date) -> Statistics:
    """The numbers of today. The archive, which may be large, is counted again only after it has changed.

    Args:
        today: in the curator's time zone.
    """
    # everything that the stored counts depend on
    revision = f"{FORM} {settings.read_later} {store.notes.revision()}"
    counts = store.statistics.load()
    if counts is None or counts.revision != revision:
        counts = count_notes(store.statistics.note_facts(), settings.read_later, revision)
        store.statistics.save(counts)
    # these change with every decision, so they are added to the stored counts and not stored with them
    kept = [make_note(stub, settings.style) for stub in store.stubs.all(StubStatus.KEPT) if stub.note_number is None]
    unpublished = [NoteFacts(note.title_line, note.issue_date, note.tags) for note in kept]
    counts = add_counts(counts, count_notes(unpublished, settings.read_later))
    archive = archive_tables(counts, today, frozenset(settings.hidden_tags))
    watch = watch_tables(
        [store.statistics.topic_counts(name, categories) for name, categories in settings.topics],
        store.ledger.rows(first_ledger_day(today)),
        settings.categories,
        store.statistics.days_to_note(),
    )
    tables = {table.name: table for table in (*archive, *watch)}
    order = ("notes_per_month", "tags_by_year", "venues", "topics", "ledger", "read_later_age", "days_to_note")
    return Statistics(tuple(tables[name] for name in order), predict(store.digests.shown()))

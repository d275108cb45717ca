"""Imports into a real store: notes are recognised again, also when another process stores some meanwhile."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from fakes import FakeClock
from fresh_store import new_store
from notebot.core.model.note import Note
from notebot.features.archive.import_notes import Importer
from notebot.store.sqlite import SqliteStore

NOTES = [Note(f"Note {number}, A+, arXiv'25", number, date(2025, 1, 1)) for number in range(1, 4)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notebot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(new_store(path)) as store:
        yield store


def importer(store: SqliteStore, source: str = "gh") -> Importer:
    return Importer(store, FakeClock(), source, "all.json", lambda what, done, total: None)


def test_notes_that_another_process_stores_during_an_import_are_recognised(path: Path, store: SqliteStore) -> None:
    first = importer(store)
    with closing(new_store(path)) as other:
        second = importer(other)
        first.take(NOTES[:2])
        second.take(NOTES)
        first.take(NOTES)
        assert (first.report.new, first.report.unchanged) == (2, 3)
        assert (second.report.new, second.report.unchanged) == (1, 2)
    assert [note.number for note in store.notes.all()] == [3, 2, 1]


@pytest.mark.makes_mistakes
def test_one_note_that_fails_costs_no_other_note_of_its_batch(store: SqliteStore) -> None:
    too_large = Note(
        "Note of the future, A+, arXiv'25", 2**70, date(2025, 1, 1), body="Its body"
    )  # more than SQLite has
    reading = importer(store)
    reading.take([NOTES[0], too_large, *NOTES[1:]], "cursor")
    reading.keep_raw(())
    assert [note.number for note in store.notes.all()] == [3, 2, 1]
    assert (reading.report.read, reading.report.new) == (3, 3)
    (failed,) = reading.report.unread
    assert "Its body" in failed.text
    assert "failed unexpectedly (OverflowError)" in failed.why
    assert store.notes.cursor("gh", "all.json") == "cursor"
    again = importer(store)
    again.take([NOTES[0], too_large, *NOTES[1:]])
    assert (again.report.new, again.report.unchanged) == (0, 3)

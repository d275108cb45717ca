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

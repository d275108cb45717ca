"""A damaged record is left out and named, and the repair moves it to a file."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes import NIGHT, FakeClock, batch, entry
from features.announcements.poll_setup import PollSetup
from notebot.core.model.errors import DamagedRecordError, StateError
from notebot.core.model.note import Note, NoteQuery
from notebot.store.sqlite import SqliteStore, open_store
from notebot.store.sqlite.damaged_records import check_records, set_aside_damaged

NOW = datetime(2026, 5, 13, 9, 0, tzinfo=UTC)
BAD, GOOD = "2605.00001", "2605.00002"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with two stubs and two notes."""
    path = tmp_path / "notebot.db"
    with closing(open_store(path)) as store:
        setup = PollSetup(store)
        setup.feed.answers["cs.CL"] = batch(entry(BAD), entry(GOOD))
        setup.poll()
        with store.transaction():
            for number in (1, 2):
                note = Note(number=number, title_line=f"Note {number}, N/A'25")
                store.notes.save(None, note, {"notes": note})
    return path


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(path)) as opened:
        yield opened


def spoil(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


@pytest.mark.parametrize("document", [b'{"key":"arxiv:2605.00001"}', b"\xff\xfe", b"", "text", b'{"key":"arxiv:26'])
def test_a_damaged_stub_is_left_out_and_named(
    path: Path, store: SqliteStore, document: object, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(path, "UPDATE stubs SET document = ? WHERE arxiv_id = ?", document, BAD)
    with caplog.at_level(logging.WARNING):
        assert [stub.arxiv_id for stub in store.stubs.all()] == [GOOD]
    assert set(store.stubs.by_ids([BAD, GOOD])) == {GOOD}
    assert [stub.arxiv_id for stub, _ in store.stubs.queued()] == [GOOD]
    with pytest.raises(DamagedRecordError, match="doctor --repair"):
        store.stubs.get(f"arxiv:{BAD}")
    with pytest.raises(StateError, match=rf"1 of .* records are damaged and left out: arxiv:{BAD} in stubs"):
        check_records(path)


def test_the_repair_moves_damaged_records_to_a_file(path: Path) -> None:
    assert "can be read" in check_records(path)
    assert set_aside_damaged(path, NOW) == "No record is damaged; nothing was changed."
    spoil(path, "UPDATE stubs SET document = ? WHERE arxiv_id = ?", b"\xff{", BAD)
    spoil(path, "UPDATE notes SET document = '{}' WHERE number = 1")
    spoil(path, "UPDATE ledger SET state = 'odd' WHERE category = 'cs.CL'")
    spoil(path, "UPDATE sources SET last_attempt_at = 'yesterday' WHERE name = 'cs.LG'")
    with pytest.raises(StateError, match=r"4 of .* records are damaged"):
        check_records(path)
    assert set_aside_damaged(path, NOW).startswith("Moved 4 damaged records to ")
    assert "can be read" in check_records(path)
    file = path.with_name("damaged-20260513-090000.jsonl")
    assert file.stat().st_mode & 0o077 == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted(row["table"] for row in rows) == ["ledger", "note_sources", "notes", "sources", "stubs"]
    assert next(row["row"]["document"] for row in rows if row["table"] == "stubs") == "\\xff{"
    with closing(open_store(path)) as store:
        assert [stub.arxiv_id for stub in store.stubs.all()] == [GOOD]
        assert [note.number for note in store.notes.all()] == [2]
        assert [note.number for note in store.notes.find(NoteQuery("Note"))] == [2]


def test_a_poll_goes_on_beside_a_damaged_stub(path: Path, store: SqliteStore) -> None:
    spoil(path, "UPDATE stubs SET document = '{}' WHERE arxiv_id = ?", BAD)
    setup = PollSetup(store)
    setup.clock = FakeClock(NIGHT)
    setup.feed.answers = {
        "cs.CL": batch(entry(BAD), entry(GOOD)),
        "cs.LG": batch(entry("2605.00003"), category="cs.LG"),
    }
    report = setup.poll()
    assert {source.source: source.state for source in report.sources}["cs.LG"] == "fresh"

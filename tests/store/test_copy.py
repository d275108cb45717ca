"""A copied database has every row of its source, which stays as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from fakes import NIGHT
from fresh_store import new_store
from notebot.core.model.errors import StateError
from notebot.core.model.note import Note, NoteQuery
from notebot.store.copy import CopiedTable, copy_tables, fingerprint
from notebot.store.postgres import open_store
from notebot.store.postgres.open import begin_copy, finish_copy
from notebot.store.sqlite.open import open_to_read
from notebot.store.store import DatabaseStore
from servers.postgres_server import empty_database
from store.store_calls import CALLS, stub

pytestmark = pytest.mark.usefixtures("postgres")


def copied(source: DatabaseStore, target: DatabaseStore) -> list[CopiedTable]:
    return copy_tables(source.connection, target.connection, target.notes, lambda what, done, total: None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "notebot.db"
    with closing(new_store(path)) as store, store.transaction():
        for name, call in CALLS.items():
            if not name.endswith((".drop", ".undo", ".decided", ".discard", ".forget", ".prune_texts", ".replace")):
                call(store)
        for number in range(2, 2_100):
            store.watched.saw("Blog", [f"数 {number}"], NIGHT)
        store.notes.save(None, Note("[Paper Note] 数学\0 and \U0001f600", number=9, body="a\0b 100% '\\ ?"), {})
        store.unfilled.replace({7: "a\0b"})
    return path


def test_there_and_back_every_table_has_the_same_rows(file: Path, tmp_path: Path) -> None:
    before, url = file.read_bytes(), empty_database("copied")
    with closing(open_to_read(file)) as source, closing(begin_copy(url, "the file")) as server:
        tables = copied(source, server)
        assert sum(table.rows > 0 for table in tables) > 25
        finish_copy(server)
    assert file.read_bytes() == before
    back = tmp_path / "back.db"
    with closing(open_store(url)) as server, closing(new_store(back)) as again:
        assert copied(server, again) == tables
        for query in (NoteQuery("math"), NoteQuery("数学"), NoteQuery()):
            assert list(again.notes.find(query)) == list(server.notes.find(query)) != []
    # but for the NUL, which PostgreSQL cannot store, the file that came back has the bytes of the first one's rows
    with closing(sqlite3.connect(file)) as first, closing(sqlite3.connect(back)) as last:
        assert [line.replace("\0", "\ufffd") for line in dumped(first)] == dumped(last)


def dumped(connection: sqlite3.Connection) -> list[str]:
    """Every row but those of the full-text index."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return sorted(
        f"{name} {' '.join(str(value) for value in row)}"
        for name in names
        if "notes_text" not in name
        for row in connection.execute(f"SELECT * FROM {name}")
    )


def test_new_rows_get_ids_after_the_copied_ones(file: Path) -> None:
    url = empty_database("ids")
    with closing(open_to_read(file)) as source, closing(begin_copy(url, "the file")) as server:
        copied(source, server)
        finish_copy(server)
    with closing(open_store(url)) as store:
        known = {note_id for note_id, _ in store.notes.with_ids()}
        assert store.notes.save(None, Note("A new one", number=10), {}) == max(known) + 1
        store.stubs.save(stub(5), NIGHT)
        assert store.stubs.all()[0] == stub(5)


def test_an_interrupted_copy_goes_on_and_nobody_else_uses_it(file: Path) -> None:
    url = empty_database("interrupted")
    with closing(open_to_read(file)) as source:
        with closing(begin_copy(url, "the file")) as server, pytest.raises(KeyboardInterrupt):
            copy_tables(source.connection, server.connection, server.notes, interrupt_at("stubs"))
        with pytest.raises(StateError, match="unfinished copy of the file"):
            open_store(url)
        with pytest.raises(StateError, match="unfinished copy of the file"):
            begin_copy(url, "another file")
        with closing(begin_copy(url, "the file")) as server:
            kept = transaction_of(url, "announcements")
            # somebody tampers with what was copied: it is noticed, and copied again
            server.connection.execute("DELETE FROM ledger")
            tables = copied(source, server)
            finish_copy(server)
            assert transaction_of(url, "announcements") == kept
        assert [fingerprint(source.connection, table) for table in source.connection.tables()] == tables
    open_store(url).close()


def interrupt_at(name: str) -> Callable[[str, int, int], None]:
    def progress(what: str, done: int, total: int) -> None:
        if what == name:
            raise KeyboardInterrupt

    return progress


def transaction_of(url: str, table: str) -> object:
    """Which transaction wrote the rows: another one if they were copied again."""
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT DISTINCT CAST(xmin AS TEXT) FROM {table}".encode()).fetchall()


def test_a_database_with_rows_of_its_own_is_not_overwritten(file: Path) -> None:
    url = empty_database("taken")
    with closing(open_store(url)) as own:
        own.stubs.save(stub(), NIGHT)
    with pytest.raises(StateError, match="has rows already"):
        begin_copy(url, "the file")
    with closing(open_store(url)) as own:
        assert own.stubs.all() == [stub()]


def test_a_damaged_row_is_named_and_nothing_is_copied_in_its_place(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE ledger SET fetched = 'many'")
    url = empty_database("damaged")
    with (
        closing(open_to_read(file)) as source,
        closing(begin_copy(url, "the file")) as server,
        pytest.raises(StateError, match=r"ledger has a damaged fetched.* doctor --repair"),
    ):
        copied(source, server)


def test_only_the_newest_schema_is_copied(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 3")
    with pytest.raises(StateError, match=r"has schema 3.* db init"):
        open_to_read(file)
    with pytest.raises(StateError, match="There is no database"):
        open_to_read(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()

"""A copied database has every row of its source, which stays as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from fakes import DAY, NIGHT
from fresh_store import new_store
from notebot.core.model.errors import StateError
from notebot.core.model.note import Note, NoteQuery
from notebot.store.copy import CopiedTable, copy_tables, fingerprint
from notebot.store.postgres import open_store
from notebot.store.postgres.open import begin_copy, finish_copy
from notebot.store.postgres.open import open_to_read as open_on_server_to_read
from notebot.store.sqlite.open import open_to_read
from notebot.store.store import DatabaseStore
from servers.postgres_server import as_owner, empty_database
from store.store_calls import CALLS, PLAN, row, stub

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


# desks


@pytest.fixture
def lab(file: Path) -> str:
    """A lab whose hub has the rows of the file, with a desk that has some of its own and one that has none."""
    url = as_owner(empty_database("lab"))
    with closing(open_to_read(file)) as source, closing(begin_copy(url, "the file")) as hub:
        copied(source, hub)
        finish_copy(hub)
    with closing(open_store(url, "alice")) as alice, alice.transaction():
        alice.ledger.add(row())
        alice.sources.succeeded("A blog", NIGHT)
        alice.stubs.save(stub(3), NIGHT)
        alice.notes.save(None, Note("[Paper Note] Math of Alice", number=9), {})
        alice.digests.plan(PLAN)
    open_store(url, "bob").close()
    return url


def test_a_desk_gets_a_file_of_its_own_with_what_it_read_of_the_hub(lab: str, tmp_path: Path) -> None:
    path = tmp_path / "alone.db"
    with closing(open_on_server_to_read(lab, "alice")) as desk, closing(new_store(path)) as alone:
        tables = {table.table: table.rows for table in copied(desk, alone)}
        assert tables["stubs"] == 1 and tables["sources"] == 2
        assert desk.announcements.sightings("2605.00001") == alone.announcements.sightings("2605.00001")
        assert list(alone.announcements.papers_of([DAY])) == list(desk.announcements.papers_of([DAY])) != []
        assert [source.name for source in alone.sources.all()] == ["A blog", "cs.CL"]
        assert [note.title_line for note in alone.notes.find(NoteQuery("alice"))] == ["[Paper Note] Math of Alice"]
        assert alone.stubs.all() == [stub(3)]


@pytest.mark.slow
def test_a_curator_s_own_file_becomes_a_desk_beside_others(lab: str, file: Path) -> None:
    before = {desk: own_rows(lab, desk) for desk in ("", "alice", "bob")}
    with closing(open_to_read(file)) as source:
        with closing(begin_copy(lab, "the file", "carol")) as desk, pytest.raises(KeyboardInterrupt):
            copy_tables(source.connection, desk.connection, desk.notes, interrupt_at("stubs"))
        with pytest.raises(StateError, match=r"The desk carol in .* is an unfinished copy of the file"):
            open_store(lab, "carol")
        with closing(begin_copy(lab, "the file", "carol")) as desk:
            names = [table.table for table in copied(source, desk)]
            finish_copy(desk, joins_lab=True)
        assert not {"announcements", "texts", "breakers"} & {*names}
        with closing(open_store(lab, "carol")) as carol:
            assert [note.title_line for note in carol.notes.all()] == [note.title_line for note in source.notes.all()]
            assert [note.number for note in carol.notes.find(NoteQuery("数学"))] == [9]
            # ids of new rows are after those of every desk
            known = [number for number, _ in carol.notes.with_ids()]
            assert carol.notes.save(None, Note("A new one", number=77), {}) > max(known)
    assert {desk: own_rows(lab, desk) for desk in before} == before
    with pytest.raises(StateError, match=r"The desk alice in .* has rows already"):
        begin_copy(lab, "the file", "alice")


@pytest.mark.slow
def test_desks_with_the_same_ids_are_copied_beside_each_other(file: Path) -> None:
    url = as_owner(empty_database("same_ids"))
    with closing(open_to_read(file)) as source:
        for desk in ("", "ann", "ben"):
            with closing(begin_copy(url, "the file", desk)) as target:
                copied(source, target)
                finish_copy(target)
        for desk in ("ann", "ben"):
            with closing(open_store(url, desk)) as store:
                assert [number for number, _ in store.notes.with_ids()] == [n for n, _ in source.notes.with_ids()]
        assert own_rows(url, "ann") == own_rows(url, "ben")


def own_rows(url: str, desk: str) -> list[CopiedTable]:
    with closing(open_on_server_to_read(url, desk)) as store:
        return [
            fingerprint(store.connection, table, table.own_rows)
            for table in store.connection.tables()
            if not table.is_shared
        ]

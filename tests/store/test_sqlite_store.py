"""SQLite alone: its migrations, other processes, damage, and rows that only raw SQL can make."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from fakes import DAY, NIGHT, entry
from fresh_store import new_store
from notebot.core.model.entry import AnnounceType
from notebot.core.model.errors import StateError
from notebot.core.model.filing_records import MatchRecord, UndecidedEntry
from notebot.core.model.ledger import Counts, Outcome
from notebot.core.model.note import Note, NoteQuery
from notebot.store.records import encode
from notebot.store.schema import MIGRATIONS, TOKENS_CHANGED_IN
from notebot.store.sqlite import SqliteStore, open_store
from notebot.store.sqlite.connection import GuardedConnection, connect
from store.store_calls import CALLS, DAY_BEFORE, DECISION, KEY, PLAN, READING, keys, row, stub


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "notebot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(new_store(path)) as opened:
        yield opened


# schema


def schema_of(path: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()


@pytest.mark.parametrize("released", range(len(MIGRATIONS) + 1))
def test_a_database_of_any_release_grows_to_the_schema_of_a_fresh_one(tmp_path: Path, released: int) -> None:
    fresh, grown = tmp_path / "fresh.db", tmp_path / "grown.db"
    open_store(fresh).close()
    with closing(sqlite3.connect(grown)) as connection:
        for number, script in enumerate(MIGRATIONS[:released], 1):
            connection.executescript(f"{script}; PRAGMA user_version = {number};")
    open_store(grown).close()
    assert schema_of(grown) == schema_of(fresh)


def of_first_release(path: Path) -> None:
    """A database as version 1 left it, with a row in every table."""
    entry_json = b'{"arxiv_id":"2605.00001"}'
    rows: dict[str, list[tuple[object, ...]]] = {
        "sources": [
            ("cs.CL", '"1"', None, str(NIGHT), str(NIGHT), "2026-05-12", None, None),
            ("cs.LG", None, None, str(NIGHT), None, None, "timeout", "It is silent."),
            ("api", None, None, str(NIGHT), str(NIGHT), None, None, None),
        ],
        "announcements": [("cs.CL", "2605.00001", 1, "2026-05-11", "new", "feed")],
        "texts": [("2605.00001", "2026-05-11", entry_json)],
        "matches": [
            ("2605.00001", "Math", "cs.CL", "2026-05-11", "drafted"),
            ("2605.00001", "Venue", "cs.CL", "2026-05-11", None),
        ],
        "ledger": [
            ("2026-05-08", "cs.CL", "failed", *(0,) * 8, "It is down.", 1, 1),
            ("2026-05-11", "cs.CL", "fresh", 1, 0, 0, 0, 1, 0, 0, 0, "It came.", 2, 1),
            ("2026-05-12", "cs.CL", "waiting", *(0,) * 8, "Not out yet.", 1, 0),
            ("2026-05-11", "cs.LG", "failed", *(0,) * 8, "It is silent.", 1, 0),
        ],
        "stubs": [(1, KEY, "2605.00001", "queued", 1, 0, 0, str(NIGHT), b"{}")],
        "digests": [("2026-05-11.md", str(NIGHT), b"{}")],
        "updates": [(1, KEY, "title", "Other", "v2", "Math for models", str(NIGHT), None)],
        "runs": [(1, "poll", str(NIGHT), str(NIGHT), "ok", None, "")],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1;")
        for table, values in rows.items():
            for row_of in values:
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row_of))})", row_of)


def columns_of(path: Path) -> dict[str, str]:
    """By table, its columns."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            table: ", ".join(column[1] for column in connection.execute(f"PRAGMA table_info({table})"))
            for (table,) in tables
        }


def contents(path: Path, columns: dict[str, str]) -> dict[str, list[tuple[object, ...]]]:
    """Every row of these tables."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT {named} FROM {table}").fetchall() for table, named in columns.items()
        }


def test_a_database_of_the_first_release_keeps_every_row(path: Path) -> None:
    of_first_release(path)
    columns = columns_of(path)
    before = contents(path, columns)
    assert all(before.values())
    for _ in range(2):
        open_store(path).close()
        assert contents(path, columns) == before


def test_a_ledger_of_the_first_release_began_with_its_first_successful_day(path: Path) -> None:
    of_first_release(path)
    with closing(open_store(path)) as grown:
        began = {source.name: (source.began_on, source.reconciled_on) for source in grown.sources.all()}
        assert began == {"cs.CL": (DAY_BEFORE, None), "cs.LG": (None, None), "api": (None, None)}
        assert grown.announcements.pending("cs.CL", DAY) == [
            UndecidedEntry("2605.00001", DAY_BEFORE, AnnounceType.NEW, ("Venue",), Outcome.DRAFTED)
        ]
        assert (grown.breakers.all(), grown.announcements.unreported_older()) == ({}, [])


def test_what_was_dismissed_before_dismissals_had_a_column_stays_dismissed(path: Path) -> None:
    dismissal = replace(DECISION, move="dismiss", update_id=2)
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(f"{''.join(MIGRATIONS[:14])}; PRAGMA user_version = 14;")
        for number in (1, 2, 3):
            connection.execute(
                "INSERT INTO updates (id, key, field, value, why, title, created_at)"
                " VALUES (?, ?, 'title', ?, '', '', ?)",
                (number, KEY, f"Title {number}", str(NIGHT)),
            )
        for document in (encode(dismissal), b'{"move":"dismiss","upd', encode(DECISION)):
            connection.execute(
                "INSERT INTO decisions (key, batch, made_at, automatic, document) VALUES (?, 1, ?, 0, ?)",
                (KEY, str(NIGHT), document),
            )
    with closing(open_store(path)) as grown:
        assert [update.id for update in grown.digests.open_updates()] == [1, 3]


def test_a_database_of_a_newer_notebot_is_refused_and_stays_as_it_is(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = schema_of(path)
    with pytest.raises(StateError, match="newer notebot"):
        open_store(path)
    assert schema_of(path) == before


def test_a_file_that_is_not_a_database_is_refused_and_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("These are my notes, not a database. " * 50)
    with pytest.raises(StateError, match=r"notebot\.db .* backup"):
        open_store(path)
    assert path.read_text().startswith("These are my notes")


def test_a_place_where_no_database_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StateError, match="file"):
        open_store(tmp_path / "file" / "notebot.db")
    with pytest.raises(StateError, match="Check that the folder exists"):
        open_store(tmp_path / "folder.db")


# transactions


def connected(path: Path, mode: str = "rw") -> SqliteStore:
    """A store that does not wait for others."""
    connection = sqlite3.connect(
        f"file:{path}?mode={mode}", uri=True, timeout=0.01, isolation_level=None, factory=GuardedConnection
    )
    connection.path = path
    return SqliteStore(connection)


def page_roots(path: Path) -> tuple[int, list[int]]:
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        rows = connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")
        return size, [root for (root,) in rows]


def filled(path: Path) -> None:
    with closing(new_store(path)) as whole, whole.transaction():
        whole.stubs.save(stub(), NIGHT)
        whole.digests.plan(PLAN)


def overwritten(path: Path) -> SqliteStore:
    """Header and schema are whole, so it opens; every table and index is garbage."""
    filled(path)
    size, roots = page_roots(path)
    content = bytearray(path.read_bytes())
    for root in roots:
        content[(root - 1) * size : root * size] = b"\xa5" * size
    path.write_bytes(content)
    return open_store(path)


def test_a_damaged_database_is_reported_in_words(path: Path, subtests: pytest.Subtests) -> None:
    with closing(overwritten(path)) as damaged:
        for name, call in CALLS.items():
            with subtests.test(name):
                with pytest.raises(StateError, match=r"notebot\.db .* Restore it from a backup"):
                    call(damaged)
                with pytest.raises(StateError, match="Restore it from a backup"), damaged.transaction():
                    call(damaged)


def test_a_database_that_another_process_keeps_for_itself_is_reported_in_words(
    path: Path, subtests: pytest.Subtests
) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, closing(connected(path)) as waiting:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        for name, call in CALLS.items():
            with subtests.test(name):
                with pytest.raises(StateError, match="Another notebot"):
                    call(waiting)
                with pytest.raises(StateError, match="Another notebot"), waiting.transaction():
                    call(waiting)


def test_a_database_that_may_only_be_read_is_reported_in_words_when_it_is_written(
    path: Path, subtests: pytest.Subtests
) -> None:
    filled(path)
    with closing(connected(path, "ro")) as reading:
        for name, call in CALLS.items():
            with subtests.test(name):
                if name in READING:
                    call(reading)
                    continue
                with pytest.raises(StateError, match="yours to write"):
                    call(reading)
                with pytest.raises(StateError, match="yours to write"), reading.transaction():
                    call(reading)
                assert reading.stubs.get(KEY) == stub()


def test_a_write_that_waited_too_long_is_reported_and_can_be_tried_again(path: Path, store: SqliteStore) -> None:
    with closing(connected(path)) as impatient:
        with store.transaction(), pytest.raises(StateError, match="Another notebot"), impatient.transaction():
            pass
        with impatient.transaction():
            impatient.stubs.save(stub(), NIGHT)


def test_a_full_disk_is_reported_and_keeps_what_was_stored(path: Path) -> None:
    filled(path)
    connection = connect(path)
    with closing(SqliteStore(connection)) as crowded:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StateError, match="Make room on the disk"), crowded.transaction():
            for number in range(2, 99):
                crowded.stubs.save(stub(number, abstract="x" * 9000), NIGHT)
        assert keys(crowded.stubs.all()) == ["1"]
        connection.execute(f"PRAGMA max_page_count = {pages + 999}")
        with crowded.transaction():
            crowded.stubs.save(stub(2), NIGHT)
        assert keys(crowded.stubs.all()) == ["2", "1"]


def test_a_match_is_remembered_once(path: Path, store: SqliteStore) -> None:
    drafted = MatchRecord("2605.00001", "Math", "cs.CL", DAY, Outcome.DRAFTED)
    store.announcements.record_matches([drafted, replace(drafted, topic="RL", outcome=None)])
    store.announcements.record_matches([replace(drafted, outcome=Outcome.KNOWN)])
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT topic, outcome FROM matches ORDER BY topic").fetchall()
    assert found == [("Math", "drafted"), ("RL", None)]


def test_a_plan_of_an_older_notebot_is_reported_when_it_is_settled(path: Path) -> None:
    with closing(open_store(path)) as store:
        store.ledger.add(row("fresh", fetched=5, unmatched=5))
        store.announcements.file("cs.CL", [entry()], DAY, "feed")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO digests (name, plan) VALUES (?, ?)", (PLAN.name, msgspec.json.encode(PLAN)))
    with closing(open_store(path)) as store:
        store.digests.written(PLAN, NIGHT)
        assert [paper.counted for paper in store.announcements.papers_of([DAY])] == ["unmatched"]
        store.ledger.amend("cs.CL", DAY, Counts(unmatched=-1, drafted=1))
        assert [told.reported is None for told in store.ledger.unreported()] == [False]


def test_a_database_with_the_tokens_of_an_older_release_is_indexed_again(path: Path) -> None:
    assert "notes_text" in MIGRATIONS[TOKENS_CHANGED_IN - 1]
    note = Note("Note about GPT-4o, 渡辺 太郎+, arXiv'25", 7, body="サーバーの設定")
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        older = TOKENS_CHANGED_IN - 1
        connection.executescript(";".join((*MIGRATIONS[:older], f"PRAGMA user_version = {older}")))
        for number, document in ((1, encode(replace(note, body=None))), (2, b"damaged")):
            connection.execute(
                "INSERT INTO notes VALUES (?, ?, NULL, NULL, NULL, '', ?, ?)", (number, number, document, note.body)
            )
        connection.execute("INSERT INTO notes_text (rowid, title, tags, text) VALUES (1, 'old', '', '')")
        connection.commit()
    with closing(open_store(path)) as store:
        for words in ("gpt4o", "渡辺太郎", "サーバ", "サーバー", "設定"):
            assert [found.title_line for found in store.notes.find(NoteQuery(words))] == [note.title_line]
        assert list(store.notes.find(NoteQuery("old"))) == []

"""Opens the database file and migrates it to the newest schema."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.core.net.files import exclusive_lock
from notebot.store.schema import MIGRATIONS, TOKENS_CHANGED_IN
from notebot.store.sqlite.connection import GuardedConnection, connect
from notebot.store.store import DatabaseStore

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.store.note_index import NoteIndex


class SqliteStore(DatabaseStore):
    """A store in one file; see :class:`notebot.core.ports.Store`."""

    def commits_elsewhere(self) -> int:
        """See :meth:`notebot.core.ports.Store.commits_elsewhere`."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _note_index(self) -> NoteIndex:
        from notebot.store.sqlite.note_index import SqliteNoteIndex

        return SqliteNoteIndex(self._connection)


def open_store(path: Path) -> SqliteStore:
    """Opens or creates the database and brings its schema up to date; the database as it was is backed up before.

    Raises:
        StateError: the file cannot be opened or backed up, is damaged, or comes from a newer notebot.
    """
    # the change to WAL does not wait for another process that makes it too, so they take turns
    with exclusive_lock(path.with_suffix(".lock")):
        connection = connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: with NORMAL a power cut may take the last commits of a WAL away
        connection.execute("PRAGMA synchronous = FULL")
        if 0 < _version(connection) < len(MIGRATIONS):
            # an older notebot cannot read the database any more, and a migration may turn out to be wrong
            from notebot.store.sqlite.health import back_up

            back_up(path, datetime.now(UTC))
        _migrate(connection, path)
    return SqliteStore(connection)


def open_to_read(path: Path) -> SqliteStore:
    """Opens a database that nothing may be written to, not even a migration.

    Raises:
        StateError: there is none, it cannot be opened, or it has another schema than this notebot.
    """
    if not path.exists():
        raise StateError(f"There is no database at {path}.")
    connection = connect(path)
    connection.execute("PRAGMA query_only = ON")
    version = _version(connection)
    if version != len(MIGRATIONS):
        connection.close()
        raise StateError(
            f"{path} has schema {version}, this notebot has {len(MIGRATIONS)}; run `notebot db init` first."
        )
    return SqliteStore(connection)


def _migrate(connection: GuardedConnection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with connection.whole():
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise StateError(
                f"{path} was written by a newer notebot (schema {version}, this one knows {len(MIGRATIONS)}); "
                "update notebot, or name another state_dir."
            )
        for number in range(version, len(MIGRATIONS)):
            for statement in _statements(MIGRATIONS[number]):
                connection.execute(statement)
        if 0 < version < TOKENS_CHANGED_IN:  # a new database has no notes, and most commands need none
            SqliteStore(connection).notes.build_index()
        # FTS5 keeps these options in the file. The index costs an import a third less time if the words of 8 MB are
        # written at once, and 16 of its parts are merged instead of 4 (SQLite, "FTS5 configuration options").
        connection.execute("INSERT INTO notes_text (notes_text, rank) VALUES ('hashsize', 8388608)")
        connection.execute("INSERT INTO notes_text (notes_text, rank) VALUES ('automerge', 16)")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: GuardedConnection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    """Splits a script into statements, because ``executescript`` would commit the open transaction."""
    found, rest = [], ""
    for line in script.splitlines(keepends=True):
        rest += line
        if rest.strip() and sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found

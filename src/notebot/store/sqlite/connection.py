"""A connection that reports every failure, also while rows are read, as a one-sentence :class:`StateError`."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notebot.core.model.errors import StateError
from notebot.core.net.files import PRIVATE_FILE, PRIVATE_FOLDER
from notebot.store.connection import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BUSY_S = 30.0
"""How long a write waits for another process."""

_DAMAGE = ("not a database", "malformed", "vtable constructor")
_MENDS = {
    "locked": "Another notebot has held it for long; try again, or stop the other one.",
    "readonly": "Check that the folder and the file are yours to write.",
    "unable to open": "Check that the folder exists and is yours to write.",
    "full": "Make room on the disk; what was stored before is intact.",
    **dict.fromkeys(
        _DAMAGE,
        "Restore it from a backup (`notebot doctor` says how), or move it away to start anew.",
    ),
}
"""What the user can do about an error, by a word of SQLite's message."""


class GuardedCursor(sqlite3.Cursor):
    """Rows are read from the file one by one, so a damaged page may show at any of them."""

    def __next__(self) -> Any:
        # Without `readable_errors`: a context manager per row takes longer than the row.
        try:
            return super().__next__()
        except sqlite3.Error as error:
            raise _state_error(getattr(self.connection, "path", Path()), error) from error

    def fetchone(self) -> Any:
        with readable_errors(self.connection):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with readable_errors(self.connection):
            return super().fetchall()


class GuardedConnection(sqlite3.Connection):
    """A connection that raises :class:`StateError` instead of SQLite's own errors."""

    path = Path()
    desk = ""
    """A file belongs to one curator."""
    desk_column = "''"

    def execute(self, sql: str, parameters: Any = (), /) -> GuardedCursor:
        # without `readable_errors`, as in GuardedCursor: an import executes four statements per note
        try:
            return self.cursor(GuardedCursor).execute(sql, parameters)
        except sqlite3.Error as error:
            raise _state_error(self.path, error) from error

    def insert(self, sql: str, parameters: Any, /) -> int:
        """Inserts one row without naming its ``id``; returns the ``id`` that it got."""
        return int(self.execute(sql, parameters).lastrowid or 0)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> GuardedCursor:
        with readable_errors(self):
            return self.cursor(GuardedCursor).executemany(sql, parameters)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """A transaction: everything inside is stored, or nothing. No other process can write meanwhile."""
        # IMMEDIATE takes the write lock at once: a transaction that reads first and writes later fails with
        # SQLITE_BUSY, without waiting, if another process wrote in between (SQLite, "Transaction").
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            # SQLite rolls back by itself after some errors, such as a full disk; a second ROLLBACK would be an error.
            if self.in_transaction:
                self.execute("ROLLBACK")
            raise

    def insert_all(self, sql: str, rows: Iterable[tuple[Any, ...]], /, *, key: int) -> None:
        """See :meth:`notebot.store.connection.Connection.insert_all`; a statement for each row is the fastest here."""
        self.executemany(sql, rows)

    def lock_announcements(self, *, to_file: bool) -> None:
        """Does nothing: a transaction excludes all others."""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All statements inside read the database as it is now; nothing may be written inside."""
        self.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            self.execute("ROLLBACK")

    def tables(self) -> list[Table]:
        """The tables, by name."""
        names = self.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'notes_text%' ORDER BY name"
        ).fetchall()
        tables = []
        for (name,) in names:
            rows = self.execute(f"PRAGMA table_info({name})").fetchall()
            key = [row[1] for row in sorted(rows, key=lambda row: row[5]) if row[5]]
            tables.append(Table(name, {row[1]: row[2] for row in rows}, tuple(key)))
        return tables


def is_damage(message: str) -> bool:
    """True if SQLite's message says that the file itself is damaged."""
    return any(word in message for word in _DAMAGE)


def connect(path: Path) -> GuardedConnection:
    """Opens or creates the file.

    Raises:
        StateError: it or its folder cannot be made or opened.
    """
    try:
        path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        _make_private(path)
        # isolation_level None: otherwise Python begins transactions by itself; `whole` decides where they begin
        connection = sqlite3.connect(
            path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, factory=GuardedConnection
        )
    except OSError as error:
        raise StateError(f"The state directory {path.parent} cannot be made: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise _state_error(path, error) from error
    connection.path = path
    return connection


def _make_private(path: Path) -> None:
    """Creates the file with access for its owner alone; an existing file that others may read is changed to that."""
    # what is wrong with the file itself is reported when it is opened
    with suppress(OSError):
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
        # by name: closing a second handle of an open database would drop SQLite's locks on it
        elif path.stat().st_mode & 0o077:
            path.chmod(PRIVATE_FILE)


@contextmanager
def readable_errors(connection: sqlite3.Connection) -> Iterator[None]:
    """Turns SQLite's errors into a :class:`StateError` that names the file and what the user can do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _state_error(getattr(connection, "path", Path()), error) from error


def _state_error(path: Path, error: sqlite3.Error) -> StateError:
    mend = next((mend for word, mend in _MENDS.items() if word in str(error)), "")
    return StateError(f"The database {path} cannot be used: {error}. {mend}".rstrip())

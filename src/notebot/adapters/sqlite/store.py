"""Opens the database, migrates it, and binds its parts to one connection."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notebot.adapters.sqlite.announcements import SqliteAnnouncements
from notebot.adapters.sqlite.digests import SqliteDigests
from notebot.adapters.sqlite.ledger import SqliteLedger
from notebot.adapters.sqlite.runs import SqliteRuns, SqliteSources
from notebot.adapters.sqlite.schema import MIGRATIONS
from notebot.adapters.sqlite.stubs import SqliteStubs
from notebot.domain.errors import StateError

BUSY_S = 30.0
"""How long a write waits for another process."""


class SqliteStore:
    """The store of one process; see :class:`notebot.services.ports.Store`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self.sources = SqliteSources(connection)
        self.announcements = SqliteAnnouncements(connection)
        self.ledger = SqliteLedger(connection)
        self.stubs = SqliteStubs(connection)
        self.digests = SqliteDigests(connection)
        self.runs = SqliteRuns(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One ``BEGIN IMMEDIATE``; an error rolls everything back."""
        with _readable_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the file; the store cannot be used afterwards."""
        self._connection.close()


def open_store(path: Path) -> SqliteStore:
    """Opens or creates the database and brings its schema up to date.

    Raises:
        StateError: the file cannot be opened, is damaged, or comes from a newer notebot.
    """
    with _readable_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(f"The state directory {path.parent} cannot be made: {error.strerror}.") from error
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: with NORMAL a power cut may take the last commits of a WAL away
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, path)
    return SqliteStore(connection, path)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        _refuse_newer(version, path)
        for number in range(version, len(MIGRATIONS)):
            for statement in _statements(MIGRATIONS[number]):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _refuse_newer(version: int, path: Path) -> None:
    if version > len(MIGRATIONS):
        raise StateError(
            f"{path} was written by a newer notebot (schema {version}, this one knows {len(MIGRATIONS)}); "
            "update notebot, or name another state_dir."
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    """``executescript`` would commit on its own, so the script is cut where SQLite sees whole statements."""
    found, rest = [], ""
    for line in script.splitlines(keepends=True):
        rest += line
        if rest.strip() and sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found


@contextmanager
def _readable_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StateError(f"The database {path} cannot be used: {error}.{_mend(str(error))}") from error


def _mend(message: str) -> str:
    if "locked" in message:
        return " Another notebot has held it for long; try again, or stop the other one."
    if "readonly" in message or "unable to open" in message:
        return " Check that the folder exists and is yours to write."
    if "full" in message:
        return " Make room on the disk; what was stored before is intact."
    if "not a database" in message or "malformed" in message:
        return " Restore it from a backup, or move it away to start anew."
    return ""

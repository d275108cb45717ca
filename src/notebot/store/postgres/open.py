"""Opens a PostgreSQL database and migrates it to the newest schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.store.postgres.connection import PostgresConnection
from notebot.store.postgres.errors import describe
from notebot.store.postgres.schema import migrations_after
from notebot.store.schema import MIGRATIONS
from notebot.store.store import DatabaseStore

if TYPE_CHECKING:
    from notebot.store.note_index import NoteIndex


class PostgresStore(DatabaseStore):
    """A store in a schema of a PostgreSQL database; see :class:`notebot.core.ports.Store`."""

    def commits_elsewhere(self) -> int:
        """See :meth:`notebot.core.ports.Store.commits_elsewhere`."""
        # changes with every commit on the server, also with ours and with those to other databases
        return hash(self._connection.execute("SELECT CAST(pg_current_snapshot() AS TEXT)").fetchone()[0])

    def _note_index(self) -> NoteIndex:
        from notebot.store.postgres.note_index import PostgresNoteIndex

        return PostgresNoteIndex(self._connection)


def open_store(url: str) -> PostgresStore:
    """Connects, and brings the schema up to date.

    Raises:
        StateError: the server cannot be used, or the database comes from a newer notebot.
    """
    connection = PostgresConnection(url)
    try:
        _migrate(connection, url)
    except BaseException:
        connection.close()
        raise
    return PostgresStore(connection)


def _migrate(connection: PostgresConnection, url: str) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    # the lock of a transaction lets one process migrate, and the others find it done
    with connection.whole():
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise StateError(
                f"{describe(url)} was written by a newer notebot (schema {version}, this one knows {len(MIGRATIONS)}); "
                "update notebot, or name another database."
            )
        if version == len(MIGRATIONS):
            return
        if version == 0:
            connection.run_script("CREATE TABLE schema_version (version BIGINT NOT NULL)")
            connection.run_script("INSERT INTO schema_version VALUES (0)")
        for script in migrations_after(version):
            connection.run_script(script)
        connection.execute("UPDATE schema_version SET version = ?", (len(MIGRATIONS),))


def _version(connection: PostgresConnection) -> int:
    """The number of the schema; 0 if there is none yet."""
    # only in the schema that a new table would be made in: another one may belong to another notebot
    if not connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'"
    ).fetchone():
        return 0
    return int(max(version for (version,) in connection.execute("SELECT version FROM schema_version")))

"""Opens a PostgreSQL database and migrates it to the newest schema."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.store.postgres.connection import PostgresConnection
from notebot.store.postgres.desks import check_seat, divide_tables, open_tables, take_seat
from notebot.store.postgres.errors import describe
from notebot.store.postgres.locks import server_lock
from notebot.store.postgres.schema import migrations_after
from notebot.store.schema import MIGRATIONS
from notebot.store.store import DatabaseStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notebot.store.note_index import NoteIndex


class PostgresStore(DatabaseStore):
    """A store in a schema of a PostgreSQL database; see :class:`notebot.core.ports.Store`."""

    def commits_elsewhere(self) -> int:
        """See :meth:`notebot.core.ports.Store.commits_elsewhere`."""
        # changes with every commit on the server, also with ours and with those to other databases
        return hash(self._connection.execute("SELECT CAST(pg_current_snapshot() AS TEXT)").fetchone()[0])

    def now(self) -> datetime:
        """See :meth:`notebot.store.store.DatabaseStore.now`."""
        time: datetime = self._connection.execute("SELECT clock_timestamp()").fetchone()[0]
        return time.astimezone(UTC)

    def at_desk(self, desk: str) -> PostgresStore:
        """The store of a desk over the same session, for the same thread; closing it leaves the session open.

        Raises:
            StateError: the server cannot be used.
        """
        assert isinstance(self._connection, PostgresConnection)
        connection = PostgresConnection(self._connection.url, desk, line_of=self._connection)
        take_seat(connection, connection.url)
        return PostgresStore(connection)

    @contextmanager
    def locked(self, name: str, on_loss: Callable[[], None]) -> Iterator[None]:
        """Holds a lock of the server while the block runs; nothing is stored any more once the lock is lost.

        Raises:
            StateError: see :func:`~notebot.store.postgres.locks.server_lock`.
        """
        assert isinstance(self._connection, PostgresConnection)
        with (
            server_lock(self._connection.url, name, on_loss) as raise_if_lost,
            self._connection.needing(raise_if_lost),
        ):
            yield

    def _note_index(self) -> NoteIndex:
        from notebot.store.postgres.note_index import PostgresNoteIndex

        return PostgresNoteIndex(self._connection)


def open_store(url: str, desk: str = "") -> PostgresStore:
    """Connects, and brings the schema up to date.

    Args:
        desk: whose rows the store has; '' is the hub of a lab, or the only curator.

    Raises:
        StateError: the server cannot be used, or the database comes from a newer notebot.
    """
    connection = PostgresConnection(url, desk)
    try:
        _migrate(connection, url)
        take_seat(connection, url)
    except BaseException:
        connection.close()
        raise
    return PostgresStore(connection)


def open_to_read(url: str, desk: str = "") -> PostgresStore:
    """Connects to a database that is not migrated.

    Args:
        desk: see :func:`open_store`.

    Raises:
        StateError: the server cannot be used, or the database has another schema than this notebot.
    """
    connection = PostgresConnection(url, desk)
    version = read_version(connection, url)
    if version != len(MIGRATIONS):
        connection.close()
        raise StateError(
            f"{describe(url)} has schema {version}, this notebot has {len(MIGRATIONS)}; run `notebot db init` first."
        )
    try:
        check_seat(connection, url)
    except BaseException:
        connection.close()
        raise
    return PostgresStore(connection)


def begin_copy(url: str, source: str, desk: str = "") -> PostgresStore:
    """Connects to a database or desk that a copy is made into: an empty one, or one with a part of the same copy.

    Until :func:`finish_copy`, no other command opens it.

    Raises:
        StateError: the server cannot be used, or the database or desk has rows of its own.
    """
    connection = PostgresConnection(url, desk)
    try:
        _migrate(connection, url, copy_of=source)
        take_seat(connection, url, copy_of=source)
        _mark_copy(connection, url, source)
    except BaseException:
        connection.close()
        raise
    return PostgresStore(connection)


def _mark_copy(connection: PostgresConnection, url: str, source: str) -> None:
    mark = _mark(connection)
    with connection.whole():
        ((unfinished,),) = connection.execute(f"SELECT unfinished_copy_of FROM {mark}").fetchall()
        filled = [
            table.name
            for table in connection.tables()
            if not table.is_shared
            and connection.execute(f"SELECT 1 FROM {table.name} WHERE {table.own_rows or 'true'} LIMIT 1").fetchone()
        ]
        if filled and unfinished is None:
            place = f"The desk {connection.desk} in {describe(url)}" if connection.desk else describe(url)
            raise StateError(f"{place} has rows already (in {filled[0]}); name a new, empty one.")
        connection.execute(f"UPDATE {mark.replace(' WHERE', ' SET unfinished_copy_of = ? WHERE')}", (source,))


def _mark(connection: PostgresConnection) -> str:
    """The row that says whether a copy is unfinished."""
    return f"desks WHERE name = '{connection.desk}'" if connection.desk else "schema_version WHERE true"


def finish_copy(store: PostgresStore, *, joins_lab: bool = False) -> None:
    """Lets new rows get ids after the copied ones, and opens the database or desk for other commands.

    Args:
        joins_lab: the announcements were not copied with the desk, so its digests have counted all that there are.
    """
    connection = store.connection
    assert isinstance(connection, PostgresConnection)
    mark = _mark(connection)
    with connection.whole():
        for table in connection.tables():
            if "id" in table.columns:
                # other desks get their ids from the same sequence
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                connection.execute(
                    f"SELECT setval({sequence}, greatest(nextval({sequence}),"
                    f" (SELECT coalesce(max(id), 0) + 1 FROM {table.name})), false)"
                )
        if joins_lab:
            connection.execute("UPDATE reported_rows SET filed = coalesce((SELECT number FROM filings), 0)")
        # without statistics, the first queries would be planned as for empty tables
        connection.execute("ANALYZE")
        connection.execute(f"UPDATE {mark.replace(' WHERE', ' SET unfinished_copy_of = NULL WHERE')}")


def desk_names(url: str) -> list[str]:
    """The desks that the database has, by name.

    Raises:
        StateError: the server cannot be used.
    """
    with closing(open_to_read(url)) as store:
        return [name for (name,) in store.connection.execute("SELECT name FROM desks ORDER BY name").fetchall()]


def read_version(connection: PostgresConnection, url: str, copy_of: str | None = None) -> int:
    """The number of the schema; 0 if there is none yet.

    Args:
        copy_of: the source of a copy that may be unfinished.

    Raises:
        StateError: a newer notebot wrote the database, or a copy into it is not finished.
    """
    # only in the schema that a new table would be made in: another one may belong to another notebot
    if not connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'"
    ).fetchone():
        return 0
    ((version, source),) = connection.execute("SELECT version, unfinished_copy_of FROM schema_version").fetchall()
    if version > len(MIGRATIONS):
        raise StateError(
            f"{describe(url)} was written by a newer notebot (schema {version}, this one knows {len(MIGRATIONS)}); "
            "update notebot, or name another database."
        )
    if source not in (None, copy_of):
        raise StateError(
            f"{describe(url)} is an unfinished copy of {source}; run the same `notebot db copy` again to finish it."
        )
    return int(version)


def _migrate(connection: PostgresConnection, url: str, copy_of: str | None = None) -> None:
    if read_version(connection, url, copy_of) == len(MIGRATIONS):
        return
    # the lock of a transaction lets one process migrate, and the others find it done
    with connection.whole(alone=True):
        version = read_version(connection, url, copy_of)
        if version == len(MIGRATIONS):
            return
        if version == 0:
            connection.run_script(
                "CREATE TABLE schema_version (version BIGINT NOT NULL, unfinished_copy_of TEXT);"
                " INSERT INTO schema_version VALUES (0)"
            )
        open_tables(connection)
        for script in migrations_after(version):
            connection.run_script(script)
        divide_tables(connection)
        connection.execute("UPDATE schema_version SET version = ?", (len(MIGRATIONS),))

"""A connection to PostgreSQL that has SQLite's manners: one writer at a time, and errors in one sentence."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

import psycopg
from msgspec.structs import replace
from psycopg.adapt import Dumper, Loader, PyFormat
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import IntDumper
from psycopg.types.string import StrDumperUnknown

from notebot.core.model.errors import StateError
from notebot.core.text.patterns import regex
from notebot.store.connection import Table
from notebot.store.postgres.desk_names import HUB, OWN_ROWS, READ_BY_ALL, ROWS_ALONE, TABLES_OF_ALL, setting_of
from notebot.store.postgres.errors import describe, state_error
from notebot.store.postgres.schema import TABLES
from notebot.store.postgres.translate import numbered, numbered_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

logger = logging.getLogger(__name__)
# it warns about connections that are lost, which our errors report
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

BUSY_S = 30
"""How long a write waits for another process, as with SQLite."""
STARTING_S = 10.0
"""How long a connection waits for a server that is starting up, or whose connections are all taken."""
OLDEST_SERVER = 140000
ROWS_AT_ONCE = 256
"""Rows of one INSERT; a statement for each row costs the server five times as much, for reading the statement."""
_SETTINGS = {
    "application_name": "notebot",
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    # a machine that was cut off must not keep its lock: the server notices after a minute
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    # while something is sent that nobody confirms, there are no keepalives; Linux would wait for a quarter of an hour
    "tcp_user_timeout": "60000",
}
_SESSION = (
    f"SET lock_timeout = '{BUSY_S}s'; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10;"
    " SET tcp_keepalives_count = 3; SET tcp_user_timeout = 60000; SET idle_in_transaction_session_timeout = '15min';"
    # a session that has a lock is idle while the work is done that the lock is for
    " SET idle_session_timeout = 0; SET client_min_messages = warning;"
    # what was confirmed must outlive a crash of the server: a digest is written and sent after its plan is stored
    " SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_FOR_DESKS = "SET enable_seqscan = off; SET max_parallel_workers_per_gather = 0; SET jit = off"
"""A desk's rows are few, but the server estimates them from the whole table. After a first poll all rows are the hub's,
and for each desk it would read a million of them."""
_FOR_A_WHILE = regex(
    "starting up|shutting down|in recovery mode|not yet accepting connections|too many (clients|connections)"
    "|connection slots are reserved"
)
"""Refusals that end by themselves."""
_LOCK = 0x6E6F7465
"""The first half of our advisory lock's key (``note``); the second is a hash of the schema's name."""
_SET_DESK = "SELECT set_config('notebot.desk', '{}', true)"
"""For one transaction: the next one of the server's process may belong to another client of a connection pooler."""
_HUB_WRITES = f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema()))"
_DESK_WRITES = f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema() || '/{{}}'))"
_FILES = f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema() || ' announcements'))"
_COUNTS = _FILES.replace("xact_lock(", "xact_lock_shared(")
_READING = ("SELECT", "WITH")
_KINDS = {"text": "TEXT", "bigint": "INTEGER", "bytea": "BLOB"}
_KEYS_WITHOUT_CONSTRAINT = {"inbox": ("place", "text")}
"""Keys that are an index of hashes, because their texts are too long for an index."""


class _Flag(Dumper):
    """A truth value as SQLite stores it."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _Integer(IntDumper):
    """An integer of 64 bits. A larger one is refused before it is sent, because an error of the server ends the
    transaction, and with it the work on other items."""

    def get_key(self, obj: int, format: PyFormat) -> Any:
        self._check(obj)
        return super().get_key(obj, format)

    def upgrade(self, obj: int, format: PyFormat) -> Any:
        self._check(obj)
        return super().upgrade(obj, format)

    @staticmethod
    def _check(number: int) -> None:
        if not -(2**63) <= number < 2**63:
            raise OverflowError(f"{str(number)[:40]} has more than 64 bits.")


class _Text(StrDumperUnknown):
    """Text without NUL, which PostgreSQL cannot store."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


class _WholeNumber(Loader):
    """A sum of integers, which PostgreSQL returns as ``numeric``."""

    def load(self, data: Any) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text else int(text)


class _Line:
    """A session with the server, which connections of several desks may use in turn."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = _connect_raw(url)
        self.is_closed = False
        self._prepares = True

    def connect_again(self) -> None:
        if self.is_closed:
            raise StateError(f"The connection to {describe(self.url)} is closed.")
        logger.info("The connection to %s was lost; connecting again.", describe(self.url))
        self.session = _connect_raw(self.url)
        if not self._prepares:
            self._set_up_for_desks()

    def stop_preparing(self) -> None:
        if self._prepares:
            self._prepares = False
            self._set_up_for_desks()

    def _set_up_for_desks(self) -> None:
        self.session.prepare_threshold = None
        try:
            self.session.execute(_FOR_DESKS)
        except psycopg.Error as error:
            raise state_error(self.url, error) from error


class PostgresConnection:
    """See :class:`notebot.store.connection.Connection`.

    A connection that the server has closed is made again by the next transaction, or by the next statement outside of
    one. Nothing is lost by that: what was not committed is repeated by the caller, which does what is due.
    """

    def __init__(self, url: str, desk: str = "", *, line_of: PostgresConnection | None = None) -> None:
        """Connects.

        Args:
            desk: whose rows are read and written; '' is the hub of a lab, or the only curator.
            line_of: another connection of the same thread, whose session is used in turn with it. A session costs the
                server a process that has to learn the tables first, as much as the work for a desk.

        Raises:
            StateError: the server cannot be reached, refuses the user, or is too old.
        """
        self.url = url
        self._set_desk = _SET_DESK.format(setting_of(desk))
        self.desk = desk
        self._conditions: list[Callable[[], None]] = []
        self._has_own_line = line_of is None
        self._line: _Line = _Line(url) if line_of is None else line_of._line
        if desk:
            self.stop_preparing()

    @property
    def desk_column(self) -> str:
        return f"CASE desk WHEN '{HUB}' THEN '' ELSE desk END"

    @property
    def _session(self) -> psycopg.Connection[Any]:
        return self._line.session

    @property
    def in_transaction(self) -> bool:
        return self._session.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def execute(self, sql: str, parameters: Any = (), /) -> psycopg.Cursor[Any]:
        marked = numbered(sql)
        if self.in_transaction:
            return self._run(marked, parameters)
        if not sql.lstrip().startswith(_READING):
            with self.whole():
                return self._run(marked, parameters)
        try:
            return self._read(marked, parameters)
        except StateError:
            if not self._session.closed:
                raise
        self._line.connect_again()
        return self._read(marked, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> psycopg.Cursor[Any]:
        if not self.in_transaction:
            with self.whole():
                return self.executemany(sql, parameters)
        with self._readable_errors():
            cursor = self._session.cursor()
            cursor.executemany(numbered(sql), parameters)
            return cursor

    def insert_all(self, sql: str, rows: Iterable[tuple[Any, ...]], /, *, key: int) -> None:
        """See :meth:`notebot.store.connection.Connection.insert_all`."""
        if not self.in_transaction:
            with self.whole():
                self.insert_all(sql, rows, key=key)
            return
        for group in _groups(rows, key):
            self._run(numbered_rows(sql, len(group)), [value for row in group for value in row])

    def insert(self, sql: str, parameters: Any, /) -> int:
        """Inserts one row without naming its ``id``; returns the ``id`` that it got."""
        return int(next(iter(self.execute(f"{sql} RETURNING id", parameters)))[0])

    @contextmanager
    def whole(self, *, alone: bool = False) -> Iterator[None]:
        """A transaction: everything inside is stored, or nothing. Nobody else writes to the desk meanwhile.

        Args:
            alone: take the lock of the hub, which one process has, instead of the desk's own.
        """
        if self.in_transaction:
            raise StateError(f"The database {describe(self.url)} cannot start a transaction within a transaction.")
        lock = _DESK_WRITES.format(self.desk) if self.desk and not alone else _HUB_WRITES
        self._begin(f"BEGIN; {self._set_desk}; {lock}")
        try:
            yield
            self._commit()
        except BaseException:
            with suppress(psycopg.Error):
                if not self._session.closed:
                    self._session.execute("ROLLBACK")
            raise

    def lock_announcements(self, *, to_file: bool) -> None:
        if to_file or self.desk:  # the hub's transaction excludes others that file
            self.run_script(_FILES if to_file else _COUNTS)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All statements inside read the database as it is now; nothing may be written inside."""
        self.run_script(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {self._set_desk}")
        try:
            yield
        finally:
            with suppress(psycopg.Error):
                self._session.execute("ROLLBACK")

    def tables(self) -> list[Table]:
        """The tables, by name, without the column of the desk."""
        rows = self.execute(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL),"
            " coalesce(array_position(CAST(k.conkey AS INT[]), CAST(a.attnum AS INT)), 0)"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'"
            " WHERE c.relkind = 'r' AND c.relnamespace = CAST(current_schema() AS REGNAMESPACE)"
            " AND c.relname = ANY(?) AND a.attname <> 'desk' ORDER BY c.relname, a.attnum",
            (list(TABLES - {"notes_text"}),),
        ).fetchall()
        tables = []
        for name, group in groupby(rows, key=lambda row: row[0]):
            columns = list(group)
            key = [row[1] for row in sorted(columns, key=lambda row: row[3]) if row[3]]
            kinds = {row[1]: _KINDS[row[2]] for row in columns}
            table = Table(name, kinds, tuple(key) or _KEYS_WITHOUT_CONSTRAINT[name])
            if self.desk or name in READ_BY_ALL:
                own, alone = OWN_ROWS.get(name, ""), ROWS_ALONE.get(name, "")
                table = replace(table, is_shared=name in TABLES_OF_ALL, own_rows=own, rows_alone=alone)
            tables.append(table)
        return tables

    def run_script(self, script: str) -> None:
        """Runs statements without parameters."""
        with self._readable_errors():
            self._session.execute(script.encode())

    def stop_preparing(self) -> None:
        """Prepares no statements on the server, which saves a single curator a fifth of an import.

        A pooler may give each transaction another process of the server, where a prepared statement with the same name
        belongs to another client: it would be run in place of ours, and may be the one that sets the desk.
        """
        self._line.stop_preparing()

    def close(self) -> None:
        """Closes the connection for good; a session that belongs to another one stays open."""
        if self._has_own_line:
            self._line.is_closed = True
            self._session.close()

    @contextmanager
    def needing(self, condition: Callable[[], None]) -> Iterator[None]:
        """Begins no transaction within the block in which ``condition`` raises an error."""
        self._conditions.append(condition)
        try:
            yield
        finally:
            self._conditions.remove(condition)

    def _begin(self, begin: str) -> None:
        for condition in self._conditions:
            condition()
        # One transaction at a time, as with SQLite: the code reads first and then decides what to write. A lock of the
        # transaction ends with it, also when its process is killed.
        if not self._session.closed:
            try:
                self._session.execute(begin.encode())
            except psycopg.Error as error:
                if not self._session.closed:
                    self._session.execute("ROLLBACK")
                    raise state_error(self.url, error) from error
            else:
                return
        self._line.connect_again()
        with self._readable_errors():
            self._session.execute(begin.encode())

    def _commit(self) -> None:
        # after a failed statement, COMMIT would roll back and report success
        if self._session.info.transaction_status is TransactionStatus.INERROR:
            raise StateError(f"The database {describe(self.url)} refused a statement; nothing was stored.")
        with self._readable_errors():
            self._session.execute("COMMIT")

    def read_as(self, desks: Sequence[str], sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """The first row of a query for each desk, with one round trip to the server for all of them."""
        marked = numbered(sql)
        cursors = []
        with self._readable_errors(), self._session.pipeline():
            for desk in desks:
                self._session.execute(_SET_DESK.format(setting_of(desk)).encode())
                cursors.append(self._session.execute(marked, tuple(parameters)))
        return [cursor.fetchall()[0] for cursor in cursors]

    def _read(self, marked: str, parameters: Any) -> psycopg.Cursor[Any]:
        """Runs a statement in a transaction of its own, with one round trip to the server."""
        with self._readable_errors(), self._session.pipeline():
            self._session.execute(self._set_desk.encode())
            return self._session.execute(marked, tuple(parameters))

    def _run(self, marked: str, parameters: Any) -> psycopg.Cursor[Any]:
        with self._readable_errors():
            return self._session.execute(marked, tuple(parameters))

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise state_error(self.url, error) from error


def _groups(rows: Iterable[tuple[Any, ...]], key: int) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in groups for one statement, which must not insert a key twice."""
    group: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in rows:
        if len(group) == ROWS_AT_ONCE or row[:key] in group:
            yield from _powers_of_two(list(group.values()))
            group = {}
        group[row[:key]] = row
    yield from _powers_of_two(list(group.values()))


def _powers_of_two(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in pieces of such sizes, so that few different statements have to be translated."""
    start = 0
    while start < len(rows):
        size = 1 << ((len(rows) - start).bit_length() - 1)
        yield rows[start : start + size]
        start += size


def _connect_raw(url: str) -> psycopg.Connection[Any]:
    """A session that takes numbered parameters: to read a long statement with ``%s``, psycopg takes 10 ms."""
    session = connect(url)
    session.cursor_factory = psycopg.RawCursor
    return session


def connect(url: str) -> psycopg.Connection[Any]:
    """Opens a session with our settings, in autocommit mode; waits while the server takes no connections.

    Raises:
        StateError: the server cannot be reached, refuses the user, or is too old.
    """
    until = time.monotonic() + STARTING_S
    while True:
        try:
            session = psycopg.connect(url, autocommit=True, **missing_settings(url))
            break
        except psycopg.Error as error:
            if not _FOR_A_WHILE.search(str(error)) or time.monotonic() > until:
                raise state_error(url, error) from error
        time.sleep(0.2)
    try:
        _prepare(session, url)
    except BaseException:
        session.close()
        raise
    return session


def missing_settings(url: str) -> dict[str, Any]:
    """The settings that the URL does not have itself."""
    given = psycopg.conninfo.conninfo_to_dict(url)
    return {name: value for name, value in _SETTINGS.items() if name not in given}


def _prepare(session: psycopg.Connection[Any], url: str) -> None:
    if session.info.server_version < OLDEST_SERVER:
        version = session.info.parameter_status("server_version")
        raise StateError(f"The database {describe(url)} is PostgreSQL {version}; notebot needs 14 or newer.")
    if (encoding := session.info.parameter_status("server_encoding")) != "UTF8":
        raise StateError(
            f"The database {describe(url)} has the encoding {encoding}; "
            "make it anew with `createdb --encoding UTF8 --template template0`."
        )
    session.adapters.register_dumper(bool, _Flag)
    session.adapters.register_dumper(int, _Integer)
    session.adapters.register_dumper(str, _Text)
    session.adapters.register_loader("numeric", _WholeNumber)
    try:
        session.execute(_SESSION)
    except psycopg.Error as error:
        raise state_error(url, error) from error

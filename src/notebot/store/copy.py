"""Copies all tables from one database to another, and proves that both have the same rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct, msgpack

from notebot.core.model.errors import StateError
from notebot.store.records import marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notebot.store.connection import Connection, Table
    from notebot.store.notes import NoteTables

BATCH = 1000
"""Rows that are read and written at once."""
_KINDS: dict[str, type] = {"TEXT": str, "INTEGER": int, "BLOB": bytes}


class CopiedTable(Struct, frozen=True):
    """A table that has the same rows in both databases."""

    table: str
    rows: int
    sha256: str
    """Of all rows in the order of their keys."""


def copy_tables(
    source: Connection, target: Connection, target_notes: NoteTables, progress: Callable[[str, int, int], None]
) -> list[CopiedTable]:
    """Copies every table; one that the target has already is only compared.

    Each table is one transaction, so after an interruption at most one is copied again. The source is only read, as it
    was at the beginning. Into a desk, only what is the desk's own is copied; into a database of its own, a desk also
    takes what it reads of the hub.

    Raises:
        StateError: a row cannot be read, or a table differs after it was copied.
    """
    with source.snapshot():
        tables = list(zip(source.tables(), target.tables(), strict=False))
        if [_layout(table) for table in source.tables()] != [_layout(table) for table in target.tables()]:
            raise StateError("The two databases have different tables; update notebot where it is older.")
        copied = []
        for number, (table, into) in enumerate(tables):
            progress(table.name, number, len(tables))
            if into.is_shared:
                continue
            wanted = table.own_rows if target.desk else table.rows_alone
            expected = fingerprint(source, table, wanted)
            if fingerprint(target, into, into.own_rows) != expected:
                with target.whole():
                    _copy_table(source, target, table, wanted)
                    if table.name == "notes":
                        target_notes.build_index()
                if fingerprint(target, into, into.own_rows) != expected:
                    raise StateError(f"The copy of the table {table.name} differs from its source.")
            copied.append(expected)
    return copied


def _layout(table: Table) -> tuple[object, ...]:
    return table.name, table.columns, table.key


def fingerprint(connection: Connection, table: Table, wanted: str = "") -> CopiedTable:
    """The number of rows of a table, and a hash of them; only of those for which the SQL ``wanted`` is true."""
    count, digest = 0, hashlib.sha256()
    for rows in _batches(connection, table, wanted):
        count += len(rows)
        for row in rows:
            digest.update(msgpack.encode(row))
    return CopiedTable(table.name, count, digest.hexdigest())


def _copy_table(source: Connection, target: Connection, table: Table, wanted: str) -> None:
    target.execute(f"DELETE FROM {table.name}")
    statement = f"INSERT INTO {table.name} ({_quoted(table.columns)}) VALUES ({marks(len(table.columns))})"
    for rows in _batches(source, table, wanted):
        target.executemany(statement, rows)


def _batches(connection: Connection, table: Table, wanted: str) -> Iterator[list[list[Any]]]:
    """The rows in the order of their keys, which is the same in every engine."""
    key, columns = _quoted(table.key), list(table.columns)
    places = [columns.index(column) for column in table.key]
    wanted = wanted or "1 = 1"
    after = ""
    last: tuple[Any, ...] = ()
    while True:
        rows = connection.execute(
            f"SELECT {_quoted(columns)} FROM {table.name} WHERE {wanted}{after} ORDER BY {key} LIMIT {BATCH}", last
        ).fetchall()
        if rows:
            yield [_checked(table, row) for row in rows]
        if len(rows) < BATCH:
            return
        after = f" AND ({key}) > ({marks(len(table.key))})"
        last = tuple(rows[-1][place] for place in places)


def _checked(table: Table, row: tuple[Any, ...]) -> list[Any]:
    """A row as every engine can store it.

    Raises:
        StateError: a value is not of its column's type, which only SQLite lets happen.
    """
    values: list[Any] = []
    for (column, kind), value in zip(table.columns.items(), row, strict=True):
        if isinstance(value, str):
            # PostgreSQL stores no NUL; its connection writes the same character
            values.append(value.encode() if kind == "BLOB" else value.replace("\0", "\ufffd"))
        else:
            values.append(value)
        if values[-1] is not None and not isinstance(values[-1], _KINDS[kind]):
            raise StateError(
                f"A row of the table {table.name} has a damaged {column}; `notebot doctor --repair` sets it aside."
            )
    return values


def _quoted(columns: Any) -> str:
    return ", ".join(f'"{column}"' for column in columns)

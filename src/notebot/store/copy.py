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
    was at the beginning.

    Raises:
        StateError: a row cannot be read, or a table differs after it was copied.
    """
    with source.snapshot():
        tables = source.tables()
        if tables != target.tables():
            raise StateError("The two databases have different tables; update notebot where it is older.")
        copied = []
        for number, table in enumerate(tables):
            progress(table.name, number, len(tables))
            expected = fingerprint(source, table)
            if fingerprint(target, table) != expected:
                with target.whole():
                    _copy_table(source, target, table)
                    if table.name == "notes":
                        target_notes.build_index()
                if fingerprint(target, table) != expected:
                    raise StateError(f"The copy of the table {table.name} differs from its source.")
            copied.append(expected)
    return copied


def fingerprint(connection: Connection, table: Table) -> CopiedTable:
    """The number of rows of a table, and a hash of them."""
    count, digest = 0, hashlib.sha256()
    for rows in _batches(connection, table):
        count += len(rows)
        for row in rows:
            digest.update(msgpack.encode(row))
    return CopiedTable(table.name, count, digest.hexdigest())


def _copy_table(source: Connection, target: Connection, table: Table) -> None:
    target.execute(f"DELETE FROM {table.name}")
    statement = f"INSERT INTO {table.name} ({_quoted(table.columns)}) VALUES ({marks(len(table.columns))})"
    for rows in _batches(source, table):
        target.executemany(statement, rows)


def _batches(connection: Connection, table: Table) -> Iterator[list[list[Any]]]:
    """The rows in the order of their keys, which is the same in every engine."""
    key, columns = _quoted(table.key), list(table.columns)
    places = [columns.index(column) for column in table.key]
    after: str = ""
    last: tuple[Any, ...] = ()
    while True:
        rows = connection.execute(
            f"SELECT {_quoted(columns)} FROM {table.name} {after} ORDER BY {key} LIMIT {BATCH}", last
        ).fetchall()
        if rows:
            yield [_checked(table, row) for row in rows]
        if len(rows) < BATCH:
            return
        after = f"WHERE ({key}) > ({marks(len(table.key))})"
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

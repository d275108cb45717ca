"""What the tables need from a database: one connection that SQLite and PostgreSQL both provide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager


class Rows(Protocol):
    """The rows of a statement; each is read when it is asked for."""

    def __iter__(self) -> Iterator[Any]: ...
    def fetchone(self) -> Any:
        """The next row as a tuple; ``None`` after the last one."""

    def fetchall(self) -> list[Any]: ...


class Table(Struct, frozen=True):
    """A table that every engine has; the full-text index is not one."""

    name: str
    columns: dict[str, str]
    """Name -> ``TEXT``, ``INTEGER`` or ``BLOB``, in the table's order."""
    key: tuple[str, ...]
    """The columns of the primary key."""
    is_shared: bool = False
    """True if the connection's desk only reads it, or shares it with the other desks of a lab."""
    own_rows: str = ""
    """SQL that is true for the desk's own rows, if it sees others too."""
    rows_alone: str = ""
    """SQL that is true for the rows that the desk needs in a database of its own; empty for all that it sees."""


class Connection(Protocol):
    """A connection to the database; every method raises a one-sentence ``StateError`` if the database fails.

    Statements use ``?`` for their parameters. Text, integers, bytes and ``None`` go in and come out unchanged.
    """

    @property
    def desk(self) -> str:
        """Whose rows are read and written; '' is the hub of a lab, or the only curator."""

    @property
    def desk_column(self) -> str:
        """SQL for the desk of a row, in a table of which a desk reads the rows of others too; '' is the hub."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Any = (), /) -> Rows: ...
    def insert(self, sql: str, parameters: Any, /) -> int:
        """Inserts one row without naming its ``id``; returns the ``id`` that it got."""

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Rows: ...

    def insert_all(self, sql: str, rows: Iterable[tuple[Any, ...]], /, *, key: int) -> None:
        """Inserts rows, in their order, with as few statements as the engine needs.

        Args:
            sql: an INSERT with ``VALUES (?, ...)`` for one row; may end with ``ON CONFLICT``.
            key: how many of the first columns are the key that can conflict.
        """

    def whole(self) -> AbstractContextManager[None]:
        """A transaction: everything inside is stored, or nothing; an error inside takes everything back."""

    def lock_announcements(self, *, to_file: bool) -> None:
        """Until the transaction ends, the hub files nothing while a desk counts what was filed, and the other way."""

    def snapshot(self) -> AbstractContextManager[None]:
        """All statements inside read the database as it is now; nothing may be written inside."""

    def tables(self) -> list[Table]:
        """The tables, by name."""

    def close(self) -> None: ...

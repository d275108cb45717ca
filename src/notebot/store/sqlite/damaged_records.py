"""Damaged records of a database file."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from notebot.store import damaged_records
from notebot.store.sqlite.connection import connect
from notebot.store.sqlite.note_index import SqliteNoteIndex

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_RAW = "CAST({} AS BLOB)"
"""The content of a text column as bytes: SQLite does not check that it is UTF-8."""


def check_records(path: Path) -> str:
    """Reads every record; see :func:`notebot.store.damaged_records.check_records`."""
    if not path.exists():
        return "There are no records yet."
    with closing(connect(path)) as connection:
        return damaged_records.check_records(connection, _RAW)


def set_aside_damaged(path: Path, now: datetime) -> str:
    """Moves damaged records to a file; see :func:`notebot.store.damaged_records.set_aside_damaged`."""
    if not path.exists():
        return "There is nothing to repair."
    with closing(connect(path)) as connection:
        index = SqliteNoteIndex(connection)
        return damaged_records.set_aside_damaged(connection, index, path.parent, now, _RAW)

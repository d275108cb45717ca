"""Checks a PostgreSQL database for ``notebot doctor``."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from notebot.store import damaged_records
from notebot.store.postgres.connection import PostgresConnection
from notebot.store.postgres.desks import check_seat
from notebot.store.postgres.errors import describe
from notebot.store.postgres.note_index import PostgresNoteIndex
from notebot.store.postgres.open import read_version
from notebot.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def check_database(url: str, desk: str = "") -> str:
    """Asks the server; returns a sentence if it can be used. Nothing is made or migrated.

    Raises:
        StateError: it cannot be used, or a newer notebot wrote the database.
    """
    with closing(PostgresConnection(url, desk)) as connection:
        version = read_version(connection, url)
        _check_seat(connection, url)
        server, size = connection.execute(
            "SELECT current_setting('server_version'), pg_database_size(current_database())"
        ).fetchall()[0]
    state = f"schema {version}" if version == len(MIGRATIONS) else "the next command migrates it"
    if not version:
        state = "no tables yet; the first poll or `notebot db init` makes them"
    return f"The database {describe(url)} answers: PostgreSQL {server}, {size / 1e6:.1f} MB, {state}."


def check_records(url: str, desk: str = "") -> str:
    """Reads every record; see :func:`notebot.store.damaged_records.check_records`."""
    with closing(PostgresConnection(url, desk)) as connection:
        if not read_version(connection, url):
            return "There are no records yet."
        _check_seat(connection, url)
        return damaged_records.check_records(connection)


def set_aside_damaged(url: str, folder: Path, now: datetime, desk: str = "") -> str:
    """Moves damaged records to a file; see :func:`notebot.store.damaged_records.set_aside_damaged`."""
    with closing(PostgresConnection(url, desk)) as connection:
        if not read_version(connection, url):
            return "There is nothing to repair."
        _check_seat(connection, url)
        return damaged_records.set_aside_damaged(connection, PostgresNoteIndex(connection), folder, now)


def _check_seat(connection: PostgresConnection, url: str) -> None:
    # an older schema has no desks
    if read_version(connection, url) == len(MIGRATIONS):
        check_seat(connection, url)

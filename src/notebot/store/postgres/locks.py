"""Locks by name among all machines that share a database; the server frees those of a machine that dies."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

from notebot.store.postgres.connection import connect
from notebot.store.postgres.errors import state_error

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_KEY = "hashtext(current_schema()), hashtext(%s)"
"""The key of a lock by name in SQL; each schema of a database has its own locks."""


@contextmanager
def server_lock(url: str, name: str) -> Iterator[None]:
    """Holds a lock while the block runs; waits for whoever has it.

    Raises:
        StateError: the server cannot be used.
    """
    with try_server_lock(url, name, wait=True):
        yield


@contextmanager
def try_server_lock(url: str, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Holds a lock while the block runs, or yields False if it is taken.

    Args:
        wait: until it is free.

    Raises:
        StateError: the server cannot be used.
    """
    # a connection of its own: the lock belongs to it, and must not depend on the store's transactions
    session = connect(url)
    try:
        try:
            if wait:
                # whoever has the lock may poll for minutes
                session.execute("SET lock_timeout = 0; SET statement_timeout = 0")
                session.execute(f"SELECT pg_advisory_lock({LOCK_KEY})".encode(), (name,))
                is_ours = True
            else:
                row = session.execute(f"SELECT pg_try_advisory_lock({LOCK_KEY})".encode(), (name,)).fetchone()
                is_ours = bool(row and row[0])
        except psycopg.Error as error:
            raise state_error(url, error) from error
        yield is_ours
    finally:
        # closing frees the lock
        with suppress(psycopg.Error):
            session.close()

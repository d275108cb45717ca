"""Locks by name among all machines that share a database; the server frees those of a machine that dies."""

from __future__ import annotations

import os
import select
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg

from notebot.core.model.errors import ServerAwayError
from notebot.core.net.pace import Stopped
from notebot.store.postgres.connection import connect
from notebot.store.postgres.errors import describe, state_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK_KEY = "hashtext(current_schema()), hashtext(%s)"
"""The key of a lock by name in SQL; each schema of a database has its own locks."""


@contextmanager
def server_lock(url: str, name: str, on_loss: Callable[[], None] = lambda: None) -> Iterator[Callable[[], None]]:
    """Holds a lock while the block runs; waits for whoever has it.

    The lock is lost if the server or the network ends its connection; another process may then do the same work.
    Yields a function that raises an error if that has happened.

    Args:
        on_loss: is called at once, from another thread, to end what the block is doing.

    Raises:
        StateError: the server cannot be used, or the lock was lost and the block was stopped by ``on_loss``.
    """
    is_lost = threading.Event()

    def lose() -> None:
        is_lost.set()
        on_loss()

    def raise_if_lost() -> None:
        if is_lost.is_set():
            raise ServerAwayError(
                f"The connection to {describe(url)} ended, and with it a lock that keeps others from doing the same; "
                "the work was stopped, and what was stored is complete. It is tried again with the next round."
            )

    # a connection of its own: the lock belongs to it, and must not depend on the store's transactions
    session = connect(url)
    try:
        try:
            # whoever has the lock may poll for minutes
            session.execute("SET lock_timeout = 0; SET statement_timeout = 0")
            session.execute(f"SELECT pg_advisory_lock({LOCK_KEY})".encode(), (name,))
        except psycopg.Error as error:
            raise state_error(url, error) from error
        with watch_session(session, lose):
            try:
                yield raise_if_lost
            except Stopped:
                raise_if_lost()
                raise
    finally:
        # closing frees the lock
        with suppress(psycopg.Error):
            session.close()


@contextmanager
def watch_session(session: psycopg.Connection[Any], on_end: Callable[[], None]) -> Iterator[None]:
    """Calls a function, from another thread, once the server or the network ends the session while the block runs."""
    receiving, sending = os.pipe()
    poll = select.poll()
    poll.register(receiving, select.POLLIN)
    # without data, which answers of the server are; where the system has no such event, a reset alone is noticed
    poll.register(session.fileno(), getattr(select, "POLLRDHUP", 0))

    def wait() -> None:
        if receiving not in [descriptor for descriptor, _ in poll.poll()]:
            on_end()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(sending)  # wakes the thread
        thread.join()
        os.close(receiving)

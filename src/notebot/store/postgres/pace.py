"""The rate limit for arXiv over all machines that share a database (see :mod:`notebot.core.net.pace`).

An advisory lock is held while a request is open, and a row has the time of the last start by the server's clock: the
clock of a machine may be wrong. The server frees the lock of a machine that dies or is cut off.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg

from notebot.core.net.pace import MarkSent, Stopped
from notebot.store.postgres.connection import connect
from notebot.store.postgres.errors import state_error
from notebot.store.postgres.locks import LOCK_KEY, watch_session

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

_TURN, _URGENT = "arxiv", "arxiv urgent"
"""Names of the two locks; their keys are hashes together with the name of the schema."""
_NOW_US = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
_SET_START = f"UPDATE pace SET started_us = {_NOW_US}"
_WAIT_S = 0.1
_ANNOUNCE_AFTER_S = 0.5


class ServerPace:
    """Lets one request to arXiv start every ``pace_s`` seconds, over all machines.

    Args:
        url: of the database.
        pace_s: seconds from the start of one request to the start of the next.
        urgent: a person is waiting, so go before everyone who is not urgent.
        stop: once set, waiting ends with :class:`Stopped`.
        announce: called with a sentence, once per turn, if an urgent turn has to wait.
    """

    def __init__(
        self, url: str, pace_s: float, urgent: bool, stop: threading.Event, announce: Callable[[str], None]
    ) -> None:
        self._url = url
        self._pace_s = pace_s
        self._urgent = urgent
        self._stop = stop
        self._announce = announce

    @contextmanager
    def turn(self) -> Iterator[MarkSent]:
        """Waits until a request may start, and keeps all others waiting while the block runs.

        If the server ends the connection meanwhile, another machine may send a request: the function that was given to
        :class:`~notebot.core.net.pace.MarkSent` is called at once, from another thread.

        Raises:
            StateError: the server cannot be used.
            Stopped: ``stop`` was set before the turn came.
        """
        # a connection of its own: the lock belongs to it, and must not depend on the store's transactions
        session = connect(self._url)
        try:
            self._wait_for_turn(session)
            with ExitStack() as stack:

                def mark_sent(cut: Callable[[], None] | None = None) -> None:
                    if cut is not None:
                        stack.enter_context(watch_session(session, cut))
                    self._ask(session, _SET_START)

                yield mark_sent
        finally:
            # closing frees the locks, also those that an exception left behind
            with suppress(psycopg.Error):
                session.close()

    def _wait_for_turn(self, session: psycopg.Connection[Any]) -> None:
        if self._urgent:
            # shared, so that several urgent requests hold off the others together
            self._ask(session, f"SELECT pg_advisory_lock_shared({LOCK_KEY})", _URGENT)
        waited_s, is_announced = 0.0, not self._urgent
        while left_s := self._try_to_start(session):
            if not is_announced and waited_s + left_s > _ANNOUNCE_AFTER_S:
                is_announced = True
                self._announce(f"waiting for arXiv's turn: requests are {self._pace_s:g} s apart, over all machines")
            step_s = min(left_s, _WAIT_S)
            self._stop.wait(step_s)
            waited_s += step_s
        if self._urgent:
            self._ask(session, f"SELECT pg_advisory_unlock_shared({LOCK_KEY})", _URGENT)

    def _try_to_start(self, session: psycopg.Connection[Any]) -> float:
        """Seconds until the next attempt; 0 once the lock is held and the start time is stored."""
        if self._stop.is_set():
            raise Stopped
        if not self._urgent:
            if not self._ask(session, f"SELECT pg_try_advisory_lock({LOCK_KEY})", _URGENT):
                return _WAIT_S
            self._ask(session, f"SELECT pg_advisory_unlock({LOCK_KEY})", _URGENT)
        if not self._ask(session, f"SELECT pg_try_advisory_lock({LOCK_KEY})", _TURN):
            return _WAIT_S
        left_s = self._seconds_left(session)
        if left_s > 0:
            # unlocked while waiting, so that an urgent request can go first
            self._ask(session, f"SELECT pg_advisory_unlock({LOCK_KEY})", _TURN)
            return left_s
        self._ask(session, _SET_START)
        return 0.0

    def _seconds_left(self, session: psycopg.Connection[Any]) -> float:
        """Seconds until the next request may start, never more than the pace."""
        pace_us = round(self._pace_s * 1e6)
        left_us = self._ask(
            session,
            f"INSERT INTO pace (one, started_us) VALUES (1, {_NOW_US} - %s)"
            f" ON CONFLICT (one) DO UPDATE SET started_us = pace.started_us RETURNING started_us + %s - {_NOW_US}",
            *(pace_us, pace_us),
        )
        # a time in the future: the server's clock was set back, or the database comes from another server
        if left_us > pace_us:
            self._ask(session, _SET_START)
            return self._pace_s
        return float(max(left_us, 0)) / 1e6

    def _ask(self, session: psycopg.Connection[Any], sql: str, *values: object) -> Any:
        try:
            cursor = session.execute(sql, values)
            row = cursor.fetchone() if cursor.description else None
        except psycopg.Error as error:
            raise state_error(self._url, error) from error
        return row[0] if row else None

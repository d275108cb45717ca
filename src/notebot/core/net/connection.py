"""The connection of one request, which another thread can cut."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from notebot.core.net.pace import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType


class CuttableConnection:
    """Watches one request's connection and cuts it after ``limit_s`` or on :meth:`cut`.

    It keeps a duplicate of the socket: shutting the duplicate down wakes a thread that reads from the
    original, even during a TLS handshake, and stays safe after the original was closed elsewhere.

    Attributes:
        timed_out: the time limit cut the connection.
        lost_turn: the turn of the rate limit was lost, which cut the connection.
        was_cut: the connection was cut, for whatever reason.
    """

    def __init__(self, limit_s: float) -> None:
        self.timed_out = False
        self.lost_turn = False
        self.was_cut = False
        self._socket: socket.socket | None = None
        # Reentrant: a signal handler may call `cut` in the very thread that holds the lock.
        self._lock = threading.RLock()
        self._timer = threading.Timer(limit_s, self._on_time_limit)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            duplicate, self._socket = self._socket, None
        if duplicate is not None:
            duplicate.close()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Takes a duplicate of the socket when httpcore's trace extension reports the connection."""
        if event.endswith("connect_tcp.complete"):
            self.watch(info["return_value"].get_extra_info("socket"))

    def watch(self, connected: socket.socket) -> None:
        """Takes a duplicate of a socket that has just been connected."""
        duplicate = connected.dup()
        with self._lock:
            self._socket = duplicate
            if self.was_cut:
                self._shut_down()

    def cut(self) -> None:
        """Ends the request, from any thread; a request still connecting ends once connected."""
        with self._lock:
            self.was_cut = True
            self._shut_down()

    def cut_without_turn(self) -> None:
        """Ends the request, from any thread, because others may send theirs now."""
        with self._lock:
            self.lost_turn = not self.was_cut
            self.cut()

    def _on_time_limit(self) -> None:
        with self._lock:
            self.timed_out = not self.was_cut
            self.cut()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class OpenConnections:
    """The connections of all requests in progress.

    Args:
        stop: once set, no connection is opened.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._connections: set[CuttableConnection] = set()

    @contextmanager
    def open(self, limit_s: float) -> Iterator[CuttableConnection]:
        """The connection for one request.

        Raises:
            Stopped: ``stop`` is set.
        """
        connection = CuttableConnection(limit_s)
        self._connections.add(connection)
        try:
            with connection:
                # Checked after the connection was added, so an abort in between cuts it.
                if self._stop.is_set():
                    raise Stopped
                yield connection
        finally:
            self._connections.discard(connection)

    def abort(self) -> None:
        """Cuts all connections, from any thread or signal handler."""
        for connection in tuple(self._connections):
            connection.cut()

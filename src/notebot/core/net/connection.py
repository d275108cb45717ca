"""The connection of one request, so that another thread can cut it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from notebot.core.net.pace import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType


class Connection:
    """Watches one request's connection and cuts it after ``limit_s``, or when told to.

    It keeps a second handle on the connection: shutting that down wakes a thread that reads from
    the first, in the middle of a TLS handshake too, and closing the first elsewhere cannot confuse it.
    The lock is reentrant because a signal handler may call :meth:`cut` in the very thread that holds it.
    """

    def __init__(self, limit_s: float) -> None:
        self.timed_out = False
        self.cut_short = False
        self._handle: socket.socket | None = None
        self._lock = threading.RLock()
        self._timer = threading.Timer(limit_s, self._run_out)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Takes hold of the connection when httpcore's trace extension reports one."""
        if event.endswith("connect_tcp.complete"):
            handle: socket.socket = info["return_value"].get_extra_info("socket").dup()
            with self._lock:
                self._handle = handle
                if self.cut_short:
                    self._shut()

    def cut(self) -> None:
        """Ends the request from any thread; one that is not connected yet ends when it is."""
        with self._lock:
            self.cut_short = True
            self._shut()

    def _run_out(self) -> None:
        with self._lock:
            self.timed_out = not self.cut_short
            self.cut()

    def _shut(self) -> None:
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)


class OpenConnections:
    """The connections of all requests under way.

    Args:
        stop: when set, none is opened any more.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._open: set[Connection] = set()

    @contextmanager
    def open(self, limit_s: float) -> Iterator[Connection]:
        """A line for one request.

        Raises:
            Stopped: nothing more is to be asked.
        """
        line = Connection(limit_s)
        self._open.add(line)
        try:
            with line:
                if self._stop.is_set():
                    raise Stopped
                yield line
        finally:
            self._open.discard(line)

    def cut(self) -> None:
        """Cuts them all, from any thread or signal handler."""
        for line in tuple(self._open):
            line.cut()

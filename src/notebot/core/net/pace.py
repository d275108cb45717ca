"""The rate limit for arXiv, shared by feeds, API and OAI and by all processes of this machine.

arXiv's terms allow one request per three seconds and one connection at a time, in total (services.md 1.1).
A lock file enforces both: it is locked during a request, and it contains the time of the last start.
The kernel releases the lock of a process that dies.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from notebot.core.model.errors import StateError
from notebot.core.net.files import PRIVATE_FILE, PRIVATE_FOLDER
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_POLL_INTERVAL_S = 0.05
_ANNOUNCE_AFTER_S = 0.5
_START_TIME = regex(rb"\d+\.\d{6}\n")


class Stopped(Exception):  # noqa: N818 (not an error)
    """The process was asked to stop while it was waiting or a request was in progress."""


class MarkSent(Protocol):
    """Sets the start time of a request to now."""

    def __call__(self, cut: Callable[[], None] = ..., /) -> None:
        """Call it when the request is really sent.

        Args:
            cut: ends the request from another thread; called if the turn is lost to others while it lasts.
        """


class Turns(Protocol):
    """A rate limit for arXiv."""

    def turn(self) -> AbstractContextManager[MarkSent]:
        """See :meth:`Pace.turn`."""


class Pace:
    """Lets one request to arXiv start every ``pace_s`` seconds, over all processes.

    Args:
        lock_path: the lock file; a second one beside it has ``.urgent`` in its name.
        pace_s: seconds from the start of one request to the start of the next.
        urgent: a person is waiting, so go before all processes that are not urgent.
        stop: once set, waiting ends with :class:`Stopped`.
        announce: called with a sentence, once per turn, if an urgent turn has to wait.
        wait: sleeps for some seconds and returns early when ``stop`` is set.
        clock: seconds; the same clock in all processes of this machine.
    """

    def __init__(
        self,
        lock_path: Path,
        pace_s: float,
        urgent: bool,
        stop: threading.Event,
        announce: Callable[[str], None] | None = None,
        *,
        wait: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = lock_path
        self._urgent_path = lock_path.with_name(f"{lock_path.stem}.urgent{lock_path.suffix}")
        self._pace_s = pace_s
        self._urgent = urgent
        self._stop = stop
        self._announce = announce
        self._wait = wait or stop.wait
        self._clock = clock

    @contextmanager
    def turn(self) -> Iterator[MarkSent]:
        """Waits until a request may start, and keeps all others waiting while the block runs.

        Yields a function that sets the start time to now; call it when the request is really sent.

        Raises:
            StateError: the lock file cannot be used.
            Stopped: ``stop`` was set before the turn came.
        """
        with self._opened(self._path) as lock:
            with self._claim_urgency():
                waited_s = 0.0
                announced = not self._urgent
                while left_s := self._try_to_start(lock):
                    if not announced and waited_s + left_s > _ANNOUNCE_AFTER_S:
                        announced = True
                        if self._announce is not None:
                            self._announce(
                                f"waiting for arXiv's turn: requests are {self._pace_s:g} s apart, over all processes"
                            )
                    step_s = min(left_s, _POLL_INTERVAL_S)
                    self._pause(step_s)
                    waited_s += step_s
            # the lock of a file cannot be lost
            yield lambda cut=None: self._write_start(lock)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        try:
            path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise self._unusable(path, error) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _claim_urgency(self) -> Iterator[None]:
        """Shares the second lock while an urgent process waits, so all others see that and wait."""
        if not self._urgent:
            yield
            return
        with self._opened(self._urgent_path) as urgent_lock:
            # Fails only while another process tests the lock, which takes an instant.
            while not self._try_lock(urgent_lock, fcntl.LOCK_SH):
                self._pause(_POLL_INTERVAL_S)
            yield

    def _try_to_start(self, lock: int) -> float:
        """Seconds until the next attempt; 0 once the lock is held and the start time written."""
        if self._stop.is_set():
            raise Stopped
        if not self._urgent:
            with self._opened(self._urgent_path) as urgent_lock:
                if not self._try_lock(urgent_lock, fcntl.LOCK_EX):
                    return _POLL_INTERVAL_S
        if not self._try_lock(lock, fcntl.LOCK_EX):
            return _POLL_INTERVAL_S
        gap_s = self._gap_s(lock)
        if gap_s > 0:
            # Unlocked while waiting, so that an urgent process can go first.
            fcntl.flock(lock, fcntl.LOCK_UN)
            return gap_s
        self._write_start(lock)
        return 0.0

    def _gap_s(self, lock: int) -> float:
        """Seconds until the next request may start, never more than the pace."""
        written = os.pread(lock, 64, 0)
        if not written:
            return 0.0
        now = self._clock()
        # A time in the future (a reboot restarts the monotonic clock) or a malformed one (its writer was
        # killed) is replaced by now: otherwise the wait could last forever.
        if _START_TIME.fullmatch(written) is None or float(written) > now:
            self._write_start(lock)
            return self._pace_s
        return float(written) + self._pace_s - now

    def _write_start(self, lock: int) -> None:
        text = b"%.6f\n" % self._clock()
        try:
            os.pwrite(lock, text, 0)
            os.ftruncate(lock, len(text))
        except OSError as error:
            raise self._unusable(self._path, error) from error

    def _try_lock(self, descriptor: int, mode: int) -> bool:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._unusable(self._path, error) from error
        return True

    def _pause(self, seconds: float) -> None:
        self._wait(seconds)
        if self._stop.is_set():
            raise Stopped

    @staticmethod
    def _unusable(path: Path, error: OSError) -> StateError:
        return StateError(
            f"cannot use the lock file {path}: {error.strerror}; make state_dir a directory that this user may write to"
        )

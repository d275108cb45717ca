"""The one pace that all requests to arXiv keep, over feeds, API and OAI and over all processes.

arXiv's terms ask for one request in three seconds and one connection at a time, in total. A lock file
gives both: its ``flock`` is held while a request is under way, and it holds the time of the last start.
The kernel drops the lock of a process that dies, so nobody waits for the dead.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

_POLL_S = 0.05
_ANNOUNCE_S = 0.5
_STAMP = regex(rb"\d+\.\d{6}\n")


class Stopped(Exception):  # noqa: N818 (not a fault)
    """The process was asked to stop while it waited or while a request was under way."""


class Pace:
    """Lets one request to arXiv begin every ``pace_s`` seconds, over all processes.

    Args:
        lock_path: the lock file; a second one with ``.urgent`` in its name stands beside it.
        urgent: a person waits: go before every process that is not urgent.
        stop: when set, whoever waits raises :class:`Stopped`.
        announce: told once per turn, in a sentence, when an urgent turn has to wait.
        wait: sleeps for some seconds, returning early when ``stop`` is set.
        clock: seconds that all processes of this machine share.
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
    def turn(self) -> Iterator[Callable[[], None]]:
        """Holds the only connection to arXiv; the gap to the next one counts from the turn's start.

        Yields a function that moves the start to now, for the moment when the request really goes out.

        Raises:
            StateError: the lock file cannot be used.
            Stopped: ``stop`` was set before the turn came.
        """
        with self._opened(self._path) as lock:
            with self._standing_first():
                self._wait_for(lock)
            yield lambda: self._stamp(lock)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._unusable(path, error) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _standing_first(self) -> Iterator[None]:
        """While an urgent process waits it shares the second lock, and all others see that."""
        if not self._urgent:
            yield
            return
        with self._opened(self._urgent_path) as mark:
            while not self._locked(mark, fcntl.LOCK_SH):
                self._pause(_POLL_S)
            yield

    def _wait_for(self, lock: int) -> None:
        waited = 0.0
        announced = not self._urgent
        while left := self._left(lock):
            if not announced and waited + left > _ANNOUNCE_S:
                announced = True
                self._say()
            step = min(left, _POLL_S)
            self._pause(step)
            waited += step

    def _left(self, lock: int) -> float:
        """Seconds until it is worth trying again; 0 when the lock is held and the start is stamped."""
        if self._stop.is_set():
            raise Stopped
        if not self._urgent and self._someone_urgent():
            return _POLL_S
        if not self._locked(lock, fcntl.LOCK_EX):
            return _POLL_S
        gap = self._gap(lock)
        if gap > 0:
            fcntl.flock(lock, fcntl.LOCK_UN)
            return gap
        self._stamp(lock)
        return 0.0

    def _gap(self, lock: int) -> float:
        """Seconds until the next start is due, never more than the pace.

        A start that lies in the future (the clock began anew with a reboot) or that cannot be read
        (its writer was killed) is taken to be now, and written down so, else it would never pass.
        """
        written = os.pread(lock, 64, 0)
        if not written:
            return 0.0
        now = self._clock()
        if _STAMP.fullmatch(written) is None or float(written) > now:
            self._stamp(lock)
            return self._pace_s
        return float(written) + self._pace_s - now

    def _stamp(self, lock: int) -> None:
        text = b"%.6f\n" % self._clock()
        try:
            os.pwrite(lock, text, 0)
            os.ftruncate(lock, len(text))
        except OSError as error:
            raise self._unusable(self._path, error) from error

    def _someone_urgent(self) -> bool:
        with self._opened(self._urgent_path) as mark:
            return not self._locked(mark, fcntl.LOCK_EX)

    def _locked(self, descriptor: int, how: int) -> bool:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._unusable(self._path, error) from error
        return True

    def _pause(self, seconds: float) -> None:
        self._wait(seconds)
        if self._stop.is_set():
            raise Stopped

    def _say(self) -> None:
        if self._announce is not None:
            self._announce(
                f"waiting for arXiv's turn: requests keep {self._pace_s:g} s apart, in all processes together"
            )

    @staticmethod
    def _unusable(path: Path, error: OSError) -> StateError:
        return StateError(
            f"cannot use the lock file {path}: {error.strerror}; make state_dir a directory that this user may write to"
        )

"""How often GitHub is written to, over all processes: a second apart, and 500 times an hour at most.

A second between two writes keeps the 80 a minute that GitHub allows as well.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from notebot.core.model.errors import StateError, ThrottledError
from notebot.core.net.pace import Pace
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITE_PACE_S = 1.0
"""GitHub's best practices: at least so long between two requests that make something."""
HOURLY_WRITES = 500
_HOUR_S = 3600.0
_STAMP = regex(r"[0-9]{1,12}\.[0-9]{3}")


class WritePace:
    """Turns to write; the file ``github-writes.txt`` in ``folder`` has the time of every write of the last hour.

    Args:
        pace_s: seconds between two writes; less than a second is for servers on this machine.
        now: wall-clock seconds, which outlive a restart.
    """

    def __init__(
        self,
        folder: Path,
        pace_s: float,
        stop: threading.Event,
        *,
        now: Callable[[], float] = time.time,
        hourly: int = HOURLY_WRITES,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._pace = Pace(folder / "github.lock", pace_s, False, stop, wait=wait)
        self._path = folder / "github-writes.txt"
        self._now = now
        self._hourly = hourly

    @contextmanager
    def turn(self) -> Iterator[Callable[[], None]]:
        """Holds the only right to write; yields what is to be called just before the request goes out.

        Raises:
            ThrottledError: the hour is full; ``wait_s`` says until when.
            StateError: a file in the folder cannot be used.
        """
        with self._pace.turn() as started:
            stamps = self._stamps()
            if len(stamps) >= self._hourly:
                raise self._full(min(stamps) + _HOUR_S - self._now())

            def sent() -> None:
                started()
                self._keep([*stamps, self._now()])

            yield sent

    def _stamps(self) -> list[float]:
        """The writes of the last hour; what lies in the future was written by another clock."""
        try:
            lines = self._path.read_text(encoding="ascii", errors="replace").split() if self._path.exists() else []
        except OSError as error:
            raise self._unusable(error) from error
        now = self._now()
        times = [float(line) for line in lines if _STAMP.fullmatch(line)]
        return [at for at in times if now - _HOUR_S < at <= now]

    def _keep(self, stamps: list[float]) -> None:
        hidden = self._path.with_name(f".tmp-{os.getpid()}-{self._path.name}")
        try:
            hidden.write_text("".join(f"{at:.3f}\n" for at in stamps), encoding="ascii")
            hidden.replace(self._path)
        except OSError as error:
            raise self._unusable(error) from error

    def _full(self, wait_s: float) -> ThrottledError:
        return ThrottledError(
            f"GitHub has been written to {self._hourly} times within the hour, which is its limit; "
            f"the rest can go in {wait_s:.0f} s, run it again then",
            wait_s,
        )

    def _unusable(self, error: OSError) -> StateError:
        return StateError(
            f"cannot use {self._path}: {error.strerror}; make state_dir a directory that this user may write to"
        )

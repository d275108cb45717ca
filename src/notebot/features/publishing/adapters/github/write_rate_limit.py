"""Limits writes to GitHub over all processes: one per second, and 500 per hour.

One write per second also keeps within the 80 per minute that GitHub allows.
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
"""GitHub's best practices for its REST API: at least one second between two writes (services.md 4)."""
HOURLY_WRITES = 500
"""GitHub's secondary limit on requests that create content (services.md 4)."""
_HOUR_S = 3600.0
_STAMP = regex(r"[0-9]{1,12}\.[0-9]{3}")


class WritePace:
    """Hands out turns to write; ``github-writes.txt`` in ``folder`` keeps the times of the last hour.

    Args:
        pace_s: seconds between two writes; less than a second only for servers on this machine.
        now: wall-clock seconds, which are comparable after a restart.
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
        """Waits for the exclusive turn to write; yields a function to call just before the request is sent.

        Raises:
            ThrottledError: the hourly limit is reached; ``wait_s`` says for how long.
            StateError: a file in the folder cannot be used.
        """
        with self._pace.turn() as started:
            stamps = self._load_times()
            if len(stamps) >= self._hourly:
                wait_s = min(stamps) + _HOUR_S - self._now()
                raise ThrottledError(
                    f"GitHub has been written to {self._hourly} times within the hour, which is its limit; "
                    f"the rest can be written in {wait_s:.0f} s, run it again then",
                    wait_s,
                )

            def mark_sent() -> None:
                started()
                self._store_times([*stamps, self._now()])

            yield mark_sent

    def _load_times(self) -> list[float]:
        """Returns the times of the last hour's writes.

        Times in the future are dropped: the clock was set back since, and they would block writing for too long.
        """
        try:
            lines = self._path.read_text(encoding="ascii", errors="replace").split() if self._path.exists() else []
        except OSError as error:
            raise self._unusable(error) from error
        now = self._now()
        times = [float(line) for line in lines if _STAMP.fullmatch(line)]
        return [at for at in times if now - _HOUR_S < at <= now]

    def _store_times(self, stamps: list[float]) -> None:
        temporary = self._path.with_name(f".tmp-{os.getpid()}-{self._path.name}")
        try:
            # replaced in one step: a kill while writing must not lose the times of the last hour
            temporary.write_text("".join(f"{at:.3f}\n" for at in stamps), encoding="ascii")
            temporary.replace(self._path)
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> StateError:
        return StateError(
            f"cannot use {self._path}: {error.strerror}; make state_dir a directory that this user may write to"
        )

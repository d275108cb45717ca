"""Which paper a post speaks of that stands alone in an issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notebot.features.intake.read_post import PostReading

if TYPE_CHECKING:
    from notebot.core.ports import Clock

Follow = Callable[[str], PostReading]
"""Reads the post at an address.

Raises:
    NotebotError: it is no address of a post.
"""

PATIENCE = timedelta(hours=1)
"""An issue that waits is looked at every few minutes; its post is not."""


class Followed:
    """Reads posts, each once within :data:`PATIENCE`."""

    def __init__(self, read: Follow, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._known: dict[str, tuple[datetime, PostReading]] = {}

    def __call__(self, url: str) -> PostReading:
        now = self._clock()
        asked_at, reading = self._known.get(url, (None, None))
        if reading is None or asked_at is None or not timedelta() <= now - asked_at < PATIENCE:
            reading = self._read(url)
            self._known[url] = (now, reading)
        return reading

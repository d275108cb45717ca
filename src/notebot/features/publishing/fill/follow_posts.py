"""Reads the posts of an issue that has no paper link, at most once an hour each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notebot.features.intake.read_post import PostReading

if TYPE_CHECKING:
    from notebot.core.ports import Clock

ReadPost = Callable[[str], PostReading]
"""Reads the post at a URL.

Raises:
    NotebotError: the URL is not that of a post.
"""

REREAD_AFTER = timedelta(hours=1)
"""The daemon looks at a waiting issue every few minutes; its post is requested less often."""


class PostCache:
    """Reads posts, each once within :data:`REREAD_AFTER`."""

    def __init__(self, read: ReadPost, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._readings: dict[str, tuple[datetime, PostReading]] = {}

    def __call__(self, url: str) -> PostReading:
        now = self._clock()
        read_at, reading = self._readings.get(url, (None, None))
        # a negative age means that the clock was set back
        if reading is None or read_at is None or not timedelta() <= now - read_at < REREAD_AFTER:
            reading = self._read(url)
            self._readings[url] = (now, reading)
        return reading

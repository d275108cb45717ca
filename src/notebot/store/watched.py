"""Items that watched sources have delivered so far, so that each is taken in once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.bounded_key import bounded_key
from notebot.store.records import CHUNK, marks, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from notebot.store.connection import Connection


class WatchedTables:
    """See :class:`notebot.features.intake.watched_sources.WatchedItems` and :class:`notebot.features.intake.adapters.x_bookmarks.BilledPosts`."""  # noqa: E501

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, source: str, ids: Sequence[str]) -> set[str]:
        by_key = {bounded_key(item): item for item in ids}
        found: set[str] = set()
        for start in range(0, len(ids), CHUNK):
            part = [bounded_key(item) for item in ids[start : start + CHUNK]]
            rows = self._connection.execute(
                f"SELECT item FROM watched_items WHERE source = ? AND item IN ({marks(len(part))})", (source, *part)
            )
            found.update(by_key[item] for (item,) in rows)
        return found

    def saw(self, source: str, ids: Iterable[str], at: datetime) -> None:
        self._connection.executemany(
            "INSERT INTO watched_items (source, item, seen_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(source, bounded_key(item), text_of(at)) for item in ids],
        )

    def read_on(self, source: str, day: date) -> int:
        row = self._connection.execute(
            "SELECT count(*) FROM billed_posts WHERE source = ? AND day = ?", (source, day.isoformat())
        ).fetchone()
        return int(row[0])

    def count_read(self, source: str, day: date, ids: Iterable[str]) -> None:
        today = day.isoformat()
        self._connection.execute("DELETE FROM billed_posts WHERE source = ? AND day <> ?", (source, today))
        self._connection.executemany(
            "INSERT INTO billed_posts (source, day, post) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(source, today, post) for post in ids],
        )

"""Entries that were filed, their text, and what the topics made of them."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from notebot.adapters.sqlite.records import decode, encode, marks
from notebot.domain.entry import Entry
from notebot.services.ports import MatchRecord

CHUNK = 500
"""Ids per ``IN`` list; SQLite's default limit on variables was 999 for long."""


class SqliteAnnouncements:
    """See :class:`notebot.services.ports.Announcements`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def seen(self, category: str, ids: Sequence[str]) -> set[tuple[str, int]]:
        found: set[tuple[str, int]] = set()
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            found.update(
                self._connection.execute(
                    "SELECT arxiv_id, version FROM announcements"
                    f" WHERE category = ? AND arxiv_id IN ({marks(len(part))})",
                    (category, *part),
                )
            )
        return found

    def file(self, category: str, entries: Iterable[Entry], announced_on: date, came_by: str) -> None:
        day = announced_on.isoformat()
        held = list(entries)
        self._connection.executemany(
            "INSERT OR IGNORE INTO announcements VALUES (?, ?, ?, ?, ?, ?)",
            ((category, e.arxiv_id, e.version, day, str(e.announce_type), came_by) for e in held),
        )
        self._connection.executemany(
            "INSERT INTO texts VALUES (?, ?, ?) ON CONFLICT (arxiv_id)"
            " DO UPDATE SET announced_on = excluded.announced_on, entry = excluded.entry"
            " WHERE excluded.announced_on > announced_on",
            ((e.arxiv_id, day, encode(e)) for e in held),
        )

    def record_matches(self, matches: Iterable[MatchRecord]) -> None:
        self._connection.executemany(
            "INSERT OR IGNORE INTO matches VALUES (?, ?, ?, ?, ?)",
            (
                (m.arxiv_id, m.topic, m.category, m.announced_on.isoformat(), m.outcome and str(m.outcome))
                for m in matches
            ),
        )

    def stored_since(self, day: date) -> Iterator[Entry]:
        rows = self._connection.execute(
            "SELECT entry FROM texts WHERE announced_on >= ? ORDER BY announced_on, arxiv_id",
            (day.isoformat(),),
        )
        return (decode(raw, Entry) for (raw,) in rows)

    def prune_texts(self, before: date) -> None:
        self._connection.execute("DELETE FROM texts WHERE announced_on < ?", (before.isoformat(),))

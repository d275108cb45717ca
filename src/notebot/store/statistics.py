"""Counts for the statistics, and what was counted of the archive."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from notebot.features.statistics.rules.tables import NoteCounts, NoteFacts, TopicCounts
from notebot.store.records import ON_WATCHED_DAY, marks, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from notebot.store.connection import Connection


class _AnnouncedStub(Struct):
    announced_on: date | None = None


class StatisticsTable:
    """See :class:`notebot.features.statistics.statistics.StatisticsQueries`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note_facts(self) -> Iterator[NoteFacts]:
        return (facts for (facts,) in readable(self._connection.execute("SELECT document FROM notes"), NoteFacts))

    def topic_counts(self, topic: str, categories: Sequence[str]) -> TopicCounts:
        announced = self._connection.execute(
            f"SELECT count(DISTINCT arxiv_id) FROM announcements WHERE category IN ({marks(len(categories))})"
            f"{f' AND {ON_WATCHED_DAY}' if self._connection.desk else ''}",
            tuple(categories),
        ).fetchone()[0]
        matched, kept = self._connection.execute(
            "SELECT count(DISTINCT matches.arxiv_id),"
            " count(DISTINCT CASE WHEN status = 'kept' THEN matches.arxiv_id END)"
            " FROM matches LEFT JOIN stubs ON stubs.arxiv_id = matches.arxiv_id"
            " WHERE topic = ? AND outcome IS NOT NULL",
            (topic,),
        ).fetchone()
        return TopicCounts(topic, announced, matched, kept)

    def days_to_note(self) -> list[int]:
        rows = self._connection.execute(
            "SELECT document, (SELECT min(issue_date) FROM notes WHERE notes.arxiv_id = stubs.arxiv_id) FROM stubs"
            " WHERE status = 'kept' AND arxiv_id IS NOT NULL ORDER BY id"
        )
        return [
            (date.fromisoformat(issued) - stub.announced_on).days
            for stub, issued in readable(rows, _AnnouncedStub)
            if issued and stub.announced_on
        ]

    def load(self) -> NoteCounts | None:
        row = self._connection.execute("SELECT counts FROM statistics").fetchone()
        try:
            return msgspec.msgpack.decode(row[0], type=NoteCounts) if row else None
        except msgspec.MsgspecError:
            return None

    def save(self, counts: NoteCounts) -> None:
        self._connection.execute(
            "INSERT INTO statistics (one, counts) VALUES (1, ?)"
            " ON CONFLICT (one) DO UPDATE SET counts = excluded.counts",
            (msgspec.msgpack.encode(counts),),
        )

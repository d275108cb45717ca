"""Counts for the statistics, and what was counted of the archive."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from notebot.features.statistics.rules.tables import NoteCounts, NoteFacts, TopicCounts
from notebot.store.records import marks, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from notebot.store.connection import Connection


class StatisticsTable:
    """See :class:`notebot.features.statistics.statistics.StatisticsQueries`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note_facts(self) -> Iterator[NoteFacts]:
        return (facts for (facts,) in readable(self._connection.execute("SELECT document FROM notes"), NoteFacts))

    def topic_counts(self, topic: str, categories: Sequence[str]) -> TopicCounts:
        announced = self._connection.execute(
            f"SELECT count(DISTINCT arxiv_id) FROM announcements WHERE category IN ({marks(len(categories))})",
            tuple(categories),
        ).fetchone()[0]
        matched, kept = self._connection.execute(
            "SELECT count(DISTINCT matches.arxiv_id), count(DISTINCT iif(status = 'kept', matches.arxiv_id, NULL))"
            " FROM matches LEFT JOIN stubs USING (arxiv_id) WHERE topic = ? AND outcome IS NOT NULL",
            (topic,),
        ).fetchone()
        return TopicCounts(topic, announced, matched, kept)

    def days_to_note(self) -> list[int]:
        rows = self._connection.execute(
            "SELECT min(issue_date), json_extract(CAST(stubs.document AS TEXT), '$.announced_on')"
            " FROM stubs JOIN notes USING (arxiv_id) WHERE status = 'kept' GROUP BY arxiv_id"
        )
        return [
            (date.fromisoformat(issued) - date.fromisoformat(announced)).days
            for issued, announced in rows
            if issued and announced
        ]

    def load(self) -> NoteCounts | None:
        row = self._connection.execute("SELECT counts FROM statistics").fetchone()
        try:
            return msgspec.msgpack.decode(row[0], type=NoteCounts) if row else None
        except msgspec.MsgspecError:
            return None

    def save(self, counts: NoteCounts) -> None:
        self._connection.execute("INSERT OR REPLACE INTO statistics VALUES (1, ?)", (msgspec.msgpack.encode(counts),))

"""When papers at arXiv were last asked for again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notebot.store.connection import Connection


class AskedPaperTable:
    """See :class:`notebot.features.venues.later_venues.AskedPapers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, date]:
        rows = self._connection.execute("SELECT arxiv_id, asked_on FROM asked_papers")
        return {arxiv_id: date.fromisoformat(day) for arxiv_id, day in rows}

    def unknown(self) -> set[str]:
        return {
            arxiv_id for (arxiv_id,) in self._connection.execute("SELECT arxiv_id FROM asked_papers WHERE unknown = 1")
        }

    def put(self, arxiv_ids: Iterable[str], day: date, *, unknown: bool = False) -> None:
        self._connection.executemany(
            "INSERT INTO asked_papers (arxiv_id, asked_on, unknown) VALUES (?, ?, ?) ON CONFLICT (arxiv_id)"
            " DO UPDATE SET asked_on = excluded.asked_on, unknown = excluded.unknown",
            ((name, day.isoformat(), unknown) for name in arxiv_ids),
        )

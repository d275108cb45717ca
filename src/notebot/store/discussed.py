"""The reading list that the desks of a lab share: every desk reads all of it, and writes its own rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from notebot.core.model.discussed import DiscussedPaper
from notebot.store.records import marks, text_of

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class DiscussedTable:
    """See :class:`notebot.core.ports.Discussed`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._columns = f"key, title, authors, url, since, line, {connection.desk_column}"

    def put(self, paper: DiscussedPaper) -> None:
        self._connection.execute(
            "INSERT INTO discussed (key, title, authors, url, since, line) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET title = excluded.title, authors = excluded.authors, url = excluded.url,"
            " line = excluded.line",
            (paper.key, paper.title, paper.authors, paper.url, text_of(paper.since), paper.line),
        )

    def remove(self, key: str) -> bool:
        deleted = self._connection.execute("DELETE FROM discussed WHERE key = ? RETURNING key", (key,))
        return bool(deleted.fetchall())

    def newest(self, start: int, count: int) -> list[DiscussedPaper]:
        keys = self._connection.execute(
            "SELECT key FROM discussed GROUP BY key ORDER BY max(since) DESC, key LIMIT ? OFFSET ?", (count, start)
        ).fetchall()
        order = {key: place for place, (key,) in enumerate(keys)}
        if not order:
            return []
        rows = self._connection.execute(
            f"SELECT {self._columns} FROM discussed WHERE key IN ({marks(len(order))})", list(order)
        ).fetchall()
        papers = [_paper(row) for row in rows]
        return sorted(papers, key=lambda paper: (order[paper.key], paper.since, paper.desk))

    def of(self, key: str) -> list[DiscussedPaper]:
        rows = self._connection.execute(f"SELECT {self._columns} FROM discussed WHERE key = ?", (key,)).fetchall()
        return sorted(map(_paper, rows), key=lambda paper: (paper.since, paper.desk))

    def own_count(self) -> int:
        column, desk = self._connection.desk_column, self._connection.desk
        row = self._connection.execute(f"SELECT count(*) FROM discussed WHERE {column} = ?", (desk,)).fetchone()
        return int(row[0])


def _paper(row: tuple[Any, ...]) -> DiscussedPaper:
    key, title, authors, url, since, line, desk = row
    return DiscussedPaper(key, title, authors, url, datetime.fromisoformat(since), line, desk)

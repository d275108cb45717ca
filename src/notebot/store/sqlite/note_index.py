"""The full-text index of notes by SQLite's FTS5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.text.search_tokens import build_fts_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.model.note import NoteQuery
    from notebot.store.connection import Connection


class SqliteNoteIndex:
    """See :class:`notebot.store.note_index.NoteIndex`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, note_id: int, title: str, tags: str, text: str) -> None:
        self._connection.execute(
            "INSERT INTO notes_text (rowid, title, tags, text) VALUES (?, ?, ?, ?)", (note_id, title, tags, text)
        )

    def remove(self, note_id: int) -> None:
        self._connection.execute("DELETE FROM notes_text WHERE rowid = ?", (note_id,))

    def clear(self) -> None:
        self._connection.execute("DELETE FROM notes_text")

    def matching_ids(self, query: NoteQuery) -> Iterator[int]:
        words = build_fts_query(query.words)
        if query.words.strip() and not words:
            return
        columns = (("tags", build_fts_query(query.tag)), ("title", build_fts_query(query.venue)))
        matches = " AND ".join(
            [*([words] if words else []), *(f"{{{name}}} : ({text})" for name, text in columns if text)]
        )
        parameters = (matches,) if matches else ()
        where = "id IN (SELECT rowid FROM notes_text WHERE notes_text MATCH ?)" if matches else "1"
        if query.oldest_first:
            orders = [f"SELECT id FROM notes WHERE {where} ORDER BY issue_date IS NULL, issue_date, number, id"]
        elif words:
            orders = [
                "SELECT rowid FROM notes_text WHERE notes_text MATCH ?"
                " ORDER BY bm25(notes_text, 8.0, 4.0, 1.0), rowid DESC"
            ]
        else:
            orders = [
                f"SELECT id FROM notes WHERE number IS NULL AND {where} ORDER BY id DESC",
                # The + keeps SQLite from looking every match up by its id: it walks along the numbers instead, until
                # as many notes were read as somebody asked for.
                f"SELECT id FROM notes WHERE number IS NOT NULL AND {'+' * bool(matches)}{where} ORDER BY number DESC",
            ]
        for order in orders:
            for (note_id,) in self._connection.execute(order, parameters):
                yield note_id

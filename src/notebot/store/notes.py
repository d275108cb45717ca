"""The archive's notes and the version of each import source."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.errors import DamagedRecordError
from notebot.core.model.note import KnownNote, Note, NoteQuery
from notebot.core.note_format.note_identity import make_known_note
from notebot.core.note_format.title_line import title_key, venue_of_line
from notebot.core.text.search_tokens import tokenise_for_index
from notebot.store.records import CHUNK, decode, encode, marks, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from notebot.core.model.note import UnparsedPassage
    from notebot.store.connection import Connection
    from notebot.store.note_index import NoteIndex


READ_AHEAD = 100
"""How many notes ``find`` reads at once."""

_NEWEST_FIRST = "ORDER BY number DESC NULLS FIRST, id DESC"
"""Written like this, SQLite follows the index of the numbers; with ``number IS NULL DESC`` it sorts whole documents."""


class NoteTables:
    """See :class:`notebot.core.ports.Notes`."""

    def __init__(self, connection: Connection, index: NoteIndex) -> None:
        self._connection = connection
        self._text_index = index

    def known(self) -> Iterator[KnownNote]:
        rows = self._connection.execute(
            "SELECT id, number, note_sources.document FROM notes JOIN note_sources ON note_id = id ORDER BY id"
        )
        return (make_known_note(note_id, number, note) for note_id, number, note in readable(rows, Note, 2))

    def all(self) -> list[Note]:
        rows = self._connection.execute(f"SELECT document, body FROM notes {_NEWEST_FIRST}")
        return [replace(note, body=body) for note, body in readable(rows, Note)]

    def newest_first(self) -> Iterator[Note]:
        rows = self._connection.execute(f"SELECT document FROM notes {_NEWEST_FIRST}")
        return (note for (note,) in readable(rows, Note))

    def with_ids(self) -> Iterator[tuple[int, Note]]:
        rows = self._connection.execute(f"SELECT id, document, body FROM notes {_NEWEST_FIRST}")
        return ((note_id, replace(note, body=body)) for note_id, note, body in readable(rows, Note, 1))

    def count(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM notes").fetchone()[0])

    def revision(self) -> str:
        row = self._connection.execute(
            "SELECT count(*), max(id), coalesce(sum(length(document) + coalesce(length(body), 0)), 0) FROM notes"
        ).fetchone()
        return f"{row[0]} {row[1]} {row[2]}.0"  # as a float, as earlier versions wrote it: nothing is learned again

    def sources_of(self, note_id: int) -> dict[str, Note]:
        rows = self._connection.execute("SELECT source, document FROM note_sources WHERE note_id = ?", (note_id,))
        return dict(readable(rows, Note, 1))

    def save(self, note_id: int | None, note: Note, sources: Mapping[str, Note]) -> int:
        columns = (
            note.number,
            note.arxiv_id,
            note.url,
            note.issue_date and note.issue_date.isoformat(),
            title_key(note.title_line),
            encode(replace(note, body=None)),
            note.body,
        )
        # Only statements that SQLite runs without a statement journal. Before any other one (an upsert, RETURNING) it
        # writes the words that the transaction has collected to the index, once per note instead of once per batch.
        if note_id is None:
            note_id = self._connection.insert(
                "INSERT INTO notes (number, arxiv_id, url, issue_date, title_key, document, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                columns,
            )
        else:
            self._connection.execute(
                "UPDATE notes SET number = ?, arxiv_id = ?, url = ?, issue_date = ?, title_key = ?, document = ?,"
                " body = ? WHERE id = ?",
                (*columns, note_id),
            )
            self._text_index.remove(note_id)
            for source in sources:
                self._connection.execute("DELETE FROM note_sources WHERE note_id = ? AND source = ?", (note_id, source))
        for source, source_note in sources.items():
            self._connection.execute(
                "INSERT INTO note_sources (note_id, source, document) VALUES (?, ?, ?)",
                (note_id, source, encode(source_note)),
            )
        self._index(note_id, note)
        return note_id

    def drop_source(self, note_id: int, source: str) -> None:
        self._connection.execute("DELETE FROM note_sources WHERE note_id = ? AND source = ?", (note_id, source))

    def drop(self, note_id: int) -> None:
        self._text_index.remove(note_id)
        self._connection.execute("DELETE FROM note_sources WHERE note_id = ?", (note_id,))
        self._connection.execute("DELETE FROM notes WHERE id = ?", (note_id,))

    def numbers_of(self, arxiv_ids: Sequence[str]) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for start in range(0, len(arxiv_ids), CHUNK):
            part = arxiv_ids[start : start + CHUNK]
            rows = self._connection.execute(
                f"SELECT arxiv_id, min(number) FROM notes WHERE arxiv_id IN ({marks(len(part))}) GROUP BY arxiv_id",
                part,
            )
            found.update(rows.fetchall())
        return found

    def of_paper(self, arxiv_id: str) -> list[Note]:
        rows = self._connection.execute(
            "SELECT document, body FROM notes WHERE arxiv_id = ? ORDER BY number IS NULL, number", (arxiv_id,)
        )
        return [replace(note, body=body) for note, body in readable(rows, Note)]

    def bare(self, arxiv_ids: Sequence[str] | None = None) -> list[Note]:
        if arxiv_ids is None:
            rows = self._connection.execute("SELECT document FROM notes ORDER BY id")
            return [note for (note,) in readable(rows, Note)]
        found: list[Note] = []
        for start in range(0, len(arxiv_ids), CHUNK):
            part = arxiv_ids[start : start + CHUNK]
            rows = self._connection.execute(
                f"SELECT document FROM notes WHERE arxiv_id IN ({marks(len(part))}) ORDER BY id", part
            )
            found += [note for (note,) in readable(rows, Note)]
        return found

    def oldest_tagged(self, tag: str, limit: int) -> list[Note]:
        notes = self.find(NoteQuery(tag=tag, oldest_first=True))
        return list(islice((note for note in notes if note.number is not None and note.issue_date is not None), limit))

    def find(self, query: NoteQuery) -> Iterator[Note]:
        for note in self._in_order(self._text_index.matching_ids(query)):
            # the index finds tags and venues by their words, which others may contain too
            if (not query.tag or query.tag in note.tags) and (not query.venue or _has_venue(note, query.venue)):
                yield note

    def _in_order(self, ids: Iterator[int]) -> Iterator[Note]:
        """The notes with these ids, without bodies."""
        while batch := tuple(islice(ids, READ_AHEAD)):
            rows = self._connection.execute(f"SELECT id, document FROM notes WHERE id IN ({marks(len(batch))})", batch)
            found = dict(readable(rows, Note, 1))
            yield from (found[note_id] for note_id in batch if note_id in found)

    def with_number(self, number: int) -> Note | None:
        rows = self._connection.execute("SELECT document, body FROM notes WHERE number = ?", (number,))
        return next((replace(note, body=body) for note, body in readable(rows, Note)), None)

    def build_index(self) -> None:
        """Rebuilds the full-text index after a migration that changed how texts are tokenised."""
        self._text_index.clear()
        for note_id, raw, body in self._connection.execute("SELECT id, document, body FROM notes"):
            # A damaged record must not prevent opening the database; a search just does not find it.
            with suppress(DamagedRecordError):
                self._index(note_id, replace(decode(raw, Note), body=body))

    def replace_unread(self, source: str, name: str, passages: Iterable[UnparsedPassage]) -> None:
        self._connection.execute("DELETE FROM unread WHERE source = ? AND name = ?", (source, name))
        self._connection.executemany(
            "INSERT INTO unread (source, name, place, text, why) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (source, name, place) DO UPDATE SET text = excluded.text, why = excluded.why",
            ((source, name, one.where, one.text, one.why) for one in passages),
        )

    def cursor(self, source: str, name: str) -> str | None:
        row = self._connection.execute(
            "SELECT cursor FROM imports WHERE source = ? AND name = ?", (source, name)
        ).fetchone()
        return row[0] if row else None

    def move_cursor(self, source: str, name: str, cursor: str) -> None:
        self._connection.execute(
            "INSERT INTO imports (source, name, cursor) VALUES (?, ?, ?)"
            " ON CONFLICT (source, name) DO UPDATE SET cursor = excluded.cursor",
            (source, name, cursor),
        )

    def _index(self, note_id: int, note: Note) -> None:
        text = "\n".join((note.summary or "", *note.comments, note.body or ""))
        tags = " ".join(note.tags)
        self._text_index.add(note_id, *(tokenise_for_index(part) for part in (note.title_line, tags, text)))


def _has_venue(note: Note, venue: str) -> bool:
    parsed = venue_of_line(note.title_line)
    return parsed is not None and venue in (parsed.name, parsed.label, parsed.label.removesuffix(f" {parsed.track}"))

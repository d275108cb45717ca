"""The full-text index of notes in PostgreSQL, with the results and the order of SQLite's FTS5.

A GIN index over the notes' tokens finds candidates. Whether a phrase is there, and how often, is read from the tokens
themselves: the positions in a ``tsvector`` end at 16,383.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from notebot.core.text.search_tokens import search_phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.model.note import NoteQuery
    from notebot.store.connection import Connection

_WEIGHTS = {"title": 8.0, "tags": 4.0, "text": 1.0}
_LONGEST_TOKEN = 500
"""Characters of a token in the GIN index; a lexeme of PostgreSQL has at most 2,046 bytes."""
_MOST_BYTES = 900_000
"""Bytes of tokens in the GIN index; a ``tsvector`` has at most 1 MB. A longer note is a candidate of every query."""
_K1, _B, _LEAST_IDF = 1.2, 0.75, 1e-6
"""BM25's constants (sqlite.org/fts5.html, "The bm25() function")."""


class _Condition(Struct, frozen=True):
    """SQL for notes with one of some phrases in one of some columns."""

    phrases: list[str]
    columns: tuple[str, ...]

    @property
    def sql(self) -> str:
        here = " OR ".join(f"strpos({column}, ?) > 0" for column in self.columns)
        exact = f"(words @@ CAST(? AS TSQUERY) OR (words IS NULL AND ({here})))"
        candidates = f"((words @@ CAST(? AS TSQUERY) OR words IS NULL) AND ({here}))"
        return " OR ".join(exact if self._is_in_index(phrase) else candidates for phrase in self.phrases)

    @property
    def parameters(self) -> list[Any]:
        return [
            value for phrase in self.phrases for value in (_candidates(phrase), *[_spaced(phrase)] * len(self.columns))
        ]

    def _is_in_index(self, phrase: str) -> bool:
        """Whether the index alone says that the phrase is there, so that no text has to be read."""
        token = phrase.strip()
        return " " not in token and len(token) < _LONGEST_TOKEN and len(self.columns) == len(_WEIGHTS)


class PostgresNoteIndex:
    """See :class:`notebot.store.note_index.NoteIndex`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, note_id: int, title: str, tags: str, text: str) -> None:
        tokens = f"{title} {tags} {text}".split()
        words = sorted({token[:_LONGEST_TOKEN] for token in tokens})
        fits = sum(len(word.encode()) + 8 for word in words) <= _MOST_BYTES
        self._connection.execute(
            "INSERT INTO notes_text (note_id, title, tags, text, size, words)"
            " VALUES (?, ?, ?, ?, ?, array_to_tsvector(CAST(? AS TEXT[])))",
            (note_id, *(_spaced(f"{part} ") for part in (title, tags, text)), len(tokens), words if fits else None),
        )

    def remove(self, note_id: int) -> None:
        self._connection.execute("DELETE FROM notes_text WHERE note_id = ?", (note_id,))

    def clear(self) -> None:
        self._connection.execute("DELETE FROM notes_text")

    def matching_ids(self, query: NoteQuery) -> Iterator[int]:
        words = [_Condition(phrases, tuple(_WEIGHTS)) for phrases in search_phrases(query.words)]
        if query.words.strip() and not words:
            return
        conditions = [
            *words,
            *(_Condition(phrases, ("tags",)) for phrases in search_phrases(query.tag)),
            *(_Condition(phrases, ("title",)) for phrases in search_phrases(query.venue)),
        ]
        matches = " AND ".join(f"({condition.sql})" for condition in conditions) or "TRUE"
        parameters = [value for condition in conditions for value in condition.parameters]
        joined = " JOIN notes_text ON note_id = id" if conditions else ""
        selected = f"SELECT id FROM notes{joined} WHERE {matches}"
        if query.oldest_first:
            rows = self._connection.execute(
                f"{selected} ORDER BY issue_date NULLS LAST, number NULLS FIRST, id", parameters
            )
        elif words:
            rows = self._ranked(conditions, matches, parameters)
        else:
            rows = self._connection.execute(f"{selected} ORDER BY number DESC NULLS FIRST, id DESC", parameters)
        for (note_id,) in rows:
            yield note_id

    def _ranked(self, conditions: list[_Condition], matches: str, parameters: list[Any]) -> Any:
        """The matches by FTS5's ``bm25``, a sum over all phrases of the query."""
        notes, size = self._connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM notes_text").fetchone()
        average = max(size / max(notes, 1), 1e-9)
        counts: list[str] = []
        terms: list[str] = []
        count_values: list[Any] = []
        term_values: list[Any] = []
        for condition in conditions:
            for phrase in condition.phrases:
                alone = _Condition([phrase], condition.columns)
                containing = self._connection.execute(
                    f"SELECT count(*) FROM notes_text WHERE {alone.sql}", alone.parameters
                ).fetchone()[0]
                name, pattern = f"count_{len(counts)}", _spaced(phrase)
                occurrences = " + ".join(
                    f"{_WEIGHTS[column]} * ((octet_length({column}) - octet_length(replace({column}, ?, ''))) / ?)"
                    for column in condition.columns
                )
                counts.append(f"CAST({occurrences} AS DOUBLE PRECISION) AS {name}")
                count_values += [value for _ in condition.columns for value in (pattern, len(pattern.encode()))]
                length = f"({1 - _B} + {_B} * CAST(size AS DOUBLE PRECISION) / ?)"
                terms.append(f"? * (({name} * {_K1 + 1}) / ({name} + {_K1} * {length}))")
                inverse_frequency = log((notes - containing + 0.5) / (containing + 0.5))
                term_values += [max(inverse_frequency, _LEAST_IDF), average]
        return self._connection.execute(
            # OFFSET 0 keeps the counts from being made again for the order
            f"SELECT note_id FROM (SELECT note_id, size, {', '.join(counts)} FROM notes_text WHERE {matches} OFFSET 0)"
            f" AS hits ORDER BY {' + '.join(terms)} DESC, note_id DESC",
            [*count_values, *parameters, *term_values],
        )


def _spaced(tokens: str) -> str:
    """Tokens with a space on both sides of each, so that neighbours are counted without sharing one.

    Without the last space if ``tokens`` ends with a token that may go on.
    """
    return f" {tokens.replace(' ', '  ')}".removesuffix("  ") + " " * tokens.endswith(" ")


def _candidates(phrase: str) -> str:
    """A ``tsquery`` for notes that have all tokens of the phrase."""
    tokens = [token[:_LONGEST_TOKEN].replace("\\", "\\\\").replace("'", "''") for token in phrase.split()]
    return " & ".join(f"'{token}'" for token in tokens) + ("" if phrase.endswith(" ") else ":*")

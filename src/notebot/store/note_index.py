"""The full-text index of notes, which each engine keeps in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notebot.core.model.note import NoteQuery


class NoteIndex(Protocol):
    """Finds notes by their tokens (``core.text.search_tokens``). Every engine finds the same notes in the same order.

    Ranked by BM25 as SQLite's FTS5 computes it, with weights 8 for a word of the title, 4 of the tags, 1 of the text;
    of equal notes the newest first.
    """

    def add(self, note_id: int, title: str, tags: str, text: str) -> None:
        """Adds a note that is not in the index; each argument is tokens separated by spaces."""

    def remove(self, note_id: int) -> None:
        """Removes a note, if it is there."""

    def clear(self) -> None:
        """Removes every note."""

    def matching_ids(self, query: NoteQuery) -> Iterator[int]:
        """Ids of the notes that contain the words of the query, in the order that it asks for.

        Tags and venues are found by their words, which other notes may contain too.
        """

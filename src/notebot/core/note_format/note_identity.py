"""How a note is recognised again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.note import KnownNote, Note
from notebot.core.note_format.title_line import title_key

if TYPE_CHECKING:
    from notebot.core.model.note import KnownNote, Note
from notebot.core.model.note import KnownNote, Note


def known_of(note_id: int, number: int | None, note: Note) -> KnownNote:
    """How a stored note of this number is met again, by what one source says of it."""
    return KnownNote(note_id, number, note.arxiv_id, note.url, note.issue_date, title_key(note.title_line))

"""How a note is recognised again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.model.note import KnownNote
from notebot.core.note_format.title_line import title_key

if TYPE_CHECKING:
    from notebot.core.model.note import Note


def make_known_note(note_id: int, number: int | None, note: Note) -> KnownNote:
    """The identifying values of a stored note, as one of its sources gives them."""
    return KnownNote(note_id, number, note.arxiv_id, note.url, note.issue_date, title_key(note.title_line))

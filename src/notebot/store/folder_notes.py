"""The notes that notebot wrote into a folder, or that it gave a number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from notebot.features.publishing.rules.folder_note import FolderNote

if TYPE_CHECKING:
    from notebot.store.connection import Connection


class FolderNoteTable:
    """See :class:`notebot.features.publishing.adapters.note_folder.FolderNotes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, folder: str) -> dict[int, FolderNote]:
        rows = self._connection.execute("SELECT number, path, lines FROM folder_notes WHERE folder = ?", (folder,))
        return {number: FolderNote(number, path, tuple(json.loads(lines))) for number, path, lines in rows}

    def put(self, folder: str, note: FolderNote) -> None:
        self._connection.execute(
            "INSERT INTO folder_notes (folder, number, path, lines) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (folder, number) DO UPDATE SET path = excluded.path, lines = excluded.lines",
            (folder, note.number, note.path, json.dumps(note.lines)),
        )

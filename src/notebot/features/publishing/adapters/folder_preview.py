"""Writes what `publish --dry-run` would put into the archive's folder as files in another folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.core.note_format.note_file import NoteFile, render_note_file
from notebot.features.archive.adapters.page_folder import PageFolder
from notebot.features.publishing.adapters.outbox_folder import safe_name

if TYPE_CHECKING:
    from pathlib import Path

    from notebot.core.model.offer import Update
    from notebot.core.model.stub import Stub
    from notebot.features.publishing.rules.accepted_offer import NoteChange
    from notebot.features.publishing.rules.issue_draft import Draft


class FolderPreview:
    """Implements :class:`notebot.features.publishing.publish.write_scripts.OutboxFiles` for an archive in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = PageFolder(folder)

    def write_issue(self, stub: Stub, draft: Draft, new_labels: tuple[str, ...]) -> str:
        # the number and the date are given when the note is written
        note = NoteFile(draft.title, tags=draft.labels, body=draft.body, comments=draft.comments)
        return self._write(f"{safe_name(stub.arxiv_id or stub.key)}/note.md", render_note_file(note))

    def write_change(self, update: Update, title: str, change: NoteChange) -> str:
        parts = {
            "title line": change.title or "",
            "add tags": ", ".join(change.add_labels),
            "remove tags": ", ".join(change.remove_labels),
            "add comment": change.comment or "",
        }
        text = "".join(f"{name}: {value}\n" for name, value in parts.items() if value)
        name = f"{update.subject}-{safe_name(update.field)}-{update.id}/change.txt"
        return self._write(name, f"#{update.subject} {title}\n{text}")

    def _write(self, name: str, text: str) -> str:
        self._files.write(name, [text.encode()])
        return str(self._folder / name)

"""The archive as a folder with one Markdown file per note, for `publish` and `fill`."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime, time, tzinfo
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from notebot.core.model.errors import MoveError, NotFoundError, UnavailableError, UsageError
from notebot.core.net.file_swap import finish_swap, is_swap_name, replace_unchanged_file
from notebot.core.net.files import write_new_file
from notebot.core.note_format.front_matter import write_property
from notebot.core.note_format.note_file import (
    NoteFile,
    append_comment,
    complete_file,
    file_name,
    render_note_file,
    replace_own_line,
    written_lines,
)
from notebot.features.archive.adapters.note_folder import (
    NoteOnDisk,
    UnreadableNoteError,
    list_note_files,
    read_files,
    read_note_file,
)
from notebot.features.publishing.archive_port import Edit, Issue, NoteEditedError
from notebot.features.publishing.fill.link_only_issues import OpenIssues
from notebot.features.publishing.rules.folder_note import FolderNote
from notebot.features.publishing.rules.link_only_issue import links_of_issue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from notebot.core.ports import Clock

MARKER = ".notebot"
"""A file that says that the folder is an archive: without it a disk that is not connected would look like one."""
_NEWEST = 100
_ATTEMPTS = 5


class FolderNotes(Protocol):
    """What is known about the notes of each folder besides their files."""

    def all(self, folder: str) -> Mapping[int, FolderNote]:
        """Returns the known notes of a folder, by number."""

    def put(self, folder: str, note: FolderNote) -> None:
        """Inserts or replaces by folder and number."""


class NoteFolder:
    """Implements :class:`notebot.features.publishing.archive_port.IssueArchive`, and the list of link-only files.

    Every file is read again right before it is written, and replaced only if it still is what was read. Of a note's
    front matter only lines that notebot wrote are replaced; comments are added at the end.

    Args:
        highest: the highest note number that is known elsewhere; a new note gets a higher one.
        transaction: wraps writes to ``known``.
    """

    def __init__(
        self,
        folder: Path,
        known: FolderNotes,
        transaction: Callable[[], AbstractContextManager[None]],
        *,
        clock: Clock,
        zone: tzinfo,
        highest: Callable[[], int],
    ) -> None:
        self.folder = folder
        self._table = known
        self._transaction = transaction
        self._clock = clock
        self._zone = zone
        self._highest = highest
        self._known = dict(known.all(self.repo))
        self._notes: dict[int, NoteOnDisk] | None = None

    @property
    def repo(self) -> str:
        return str(self.folder)

    @property
    def import_command(self) -> str:
        return "notebot import folder"

    def newest(self, after: int | None = None) -> list[Issue]:
        notes = self._read_all()
        numbers = sorted((number for number in notes if number > (after or 0)), reverse=True)
        return [self._issue(number, notes[number]) for number in (numbers if after is not None else numbers[:_NEWEST])]

    def all(self) -> list[Issue]:
        """Returns every note with its comments, by number."""
        return [self._issue(number, note) for number, note in sorted(self._read_all().items())]

    def newest_open(self, etag: str | None) -> OpenIssues | None:
        """Returns the files with nothing but links; ``None`` if no file has changed since ``etag``."""
        self.raise_if_missing()
        if not self.folder.exists():
            return OpenIssues(())
        files = [f"{path} {status.st_mtime_ns} {status.st_size}" for path, status in list_note_files(self.folder)]
        current = blake2b("\n".join(files).encode(errors="surrogateescape"), digest_size=16).hexdigest()
        if current == etag:
            return None
        links = (issue for issue in self.all() if links_of_issue(issue.title, issue.body) is not None)
        return OpenIssues(tuple(links), current)

    def issue(self, number: int) -> Issue:
        return self._issue(number, self._read(number))

    def labels(self) -> list[str]:
        return list(dict.fromkeys(tag for note in self._read_all().values() for tag in note.file.tags))

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        notes = self._read_all()
        number = max(self._highest(), *notes, *self._known, 0) + 1
        today = self._clock().astimezone(self._zone).date()
        return self.create_note(NoteFile(title, number, tuple(labels), today, "open", body))

    def create_note(self, file: NoteFile) -> Issue:
        """Writes a new file; ``number`` and ``issue_date`` are set.

        Raises:
            MoveError: the folder has a file of that name.
        """
        assert file.number is not None
        path = self.folder / file_name(file.number, file.title_line)
        # first the row: a file whose lines are not known to be notebot's would never be changed again
        self._remember(FolderNote(file.number, path.name, written_lines(file)))
        try:
            write_new_file(path, render_note_file(file))
        except FileExistsError:
            raise MoveError(f"{path} exists already; nothing was written") from None
        note = read_note_file(path)
        self._read_all()[file.number] = note
        return self._issue(file.number, note)

    def amend(self, number: int, decide: Callable[[Issue], Edit | None]) -> Issue | None:
        def change(note: NoteOnDisk, text: str) -> str | None:
            issue = self._issue(number, note)
            edit = decide(issue)
            if edit is None:
                return None
            if edit.body is None:
                return text if edit.title is None else self._with_line(number, text, "title_line", edit.title)
            day = issue.created_at.date()
            filled = NoteFile(edit.title or issue.title, number, (), day, issue.state, edit.body)
            new_text = complete_file(text, filled)
            self._remember_lines(number, *written_lines(filled))
            return new_text

        return self._change(number, change)

    def add_comment(self, number: int, body: str) -> None:
        self._change(number, lambda note, text: append_comment(text, body))

    def add_labels(self, number: int, labels: Sequence[str]) -> tuple[str, ...]:
        def change(note: NoteOnDisk, text: str) -> str:
            tags = tuple(dict.fromkeys((*note.file.tags, *labels)))
            return text if tags == note.file.tags else self._with_line(number, text, "tags", tags)

        changed = self._change(number, change)
        return changed.labels if changed else ()

    def remove_label(self, number: int, label: str) -> None:
        def change(note: NoteOnDisk, text: str) -> str:
            tags = tuple(tag for tag in note.file.tags if tag.lower() != label.lower())
            return text if tags == note.file.tags else self._with_line(number, text, "tags", tags)

        self._change(number, change)

    def create_label(self, name: str, colour: str | None) -> None:
        """Does nothing: a tag exists as soon as a note has it."""

    def finish_interrupted(self) -> list[Path]:
        """Cleans up after a run that was killed; returns files in which somebody's text was restored."""
        asides = [path for path in self.folder.rglob(".notebot-*") if is_swap_name(path.name)]
        if not asides:
            return []
        notes = [path for path, _ in list_note_files(self.folder)]
        return [path for aside in asides if (path := finish_swap(aside, notes))]

    def raise_if_missing(self) -> None:
        """Checks that the folder is the one that notes were written to.

        Raises:
            UnavailableError: it lacks the marker, perhaps because a disk is not connected.
            UsageError: it is a file.
        """
        if self._known and not (self.folder / MARKER).exists():
            raise UnavailableError(
                f"{self.folder} is not the folder that the notes were written to (its file {MARKER} is missing); "
                f"connect the disk, or if it is the right folder, create an empty file {MARKER} in it"
            )
        if self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"archive.folder: {self.folder} is a file; name a folder.")

    def number_of(self, note: NoteOnDisk) -> int:
        """Returns the number of a note whose file has none; it stays the same while the file keeps its path."""
        notes, path = self._read_all(), self._name(note)
        for known in self._known.values():
            if known.path == path:
                return known.number
        number = max(self._highest(), *notes, *self._known, 0) + 1
        self._remember(FolderNote(number, path))
        return number

    def _with_line(self, number: int, text: str, key: str, value: str | tuple[str, ...]) -> str:
        line = write_property(key, value)
        known = self._known.get(number)
        changed = replace_own_line(text, known.lines if known else (), key, line)
        if changed is None:
            what = "title line was" if key == "title_line" else "tags were"
            raise NoteEditedError(f"the {what} edited in the file, so that nothing was written; edit it there")
        # before the file is replaced: afterwards nobody would know whose line it is
        self._remember_lines(number, line)
        return changed

    def _change(self, number: int, change: Callable[[NoteOnDisk, str], str | None]) -> Issue | None:
        """Reads a file and replaces it by what ``change`` returns, again if somebody saved it in between."""
        for _ in range(_ATTEMPTS):
            note = self._read(number)
            text = change(note, note.raw.decode())
            if text is None:
                return None
            new = text.encode()
            with suppress(FileNotFoundError):  # renamed in between: it is looked up again
                if new == note.raw or replace_unchanged_file(note.path, note.raw, new):
                    return self.issue(number)
        raise UnavailableError(f"the file of #{number} is being changed all the time; nothing was written")

    def _read(self, number: int) -> NoteOnDisk:
        """Reads a note's file as it is now, wherever it was moved."""
        for _ in range(2):
            notes = self._read_all()
            if number not in notes:
                break
            with suppress(FileNotFoundError, UnreadableNoteError):
                note = read_note_file(notes[number].path)
                if note.file.number in (None, number) and (note.file.number or self.number_of(note)) == number:
                    notes[number] = note
                    return note
            self._notes = None
        if (last_read := self._read_all().get(number)) is not None:
            return last_read
        raise NotFoundError(f"{self.folder} has no note #{number}; it was deleted or moved out of the folder")

    def _read_all(self) -> dict[int, NoteOnDisk]:
        """Reads the files that are notes or have nothing but links, once per run; checks the folder before."""
        if self._notes is None:
            self.raise_if_missing()
            self._notes = {}
            files = read_files(self.folder).files if self.folder.exists() else []
            numbered = [note for note in files if note.file.number is not None]
            for note in numbered:
                number = note.file.number or 0
                known = self._known.get(number)
                # of two files with one number, the one that notebot wrote is the note, not its copy
                if number not in self._notes or (known and known.path == self._name(note)):
                    self._notes[number] = note
            for number, note in self._notes.items():
                if (known := self._known.get(number)) and known.path != self._name(note):
                    self._remember(replace(known, path=self._name(note)))
            for note in files:
                if note.file.number is None and (
                    note.file.is_note or links_of_issue(note.file.title_line, note.file.body)
                ):
                    self._notes[self.number_of(note)] = note
        return self._notes

    def _issue(self, number: int, note: NoteOnDisk) -> Issue:
        file = note.file
        changed_at = datetime.fromtimestamp(_mtime(note.path), UTC)
        day = file.issue_date or changed_at.astimezone(self._zone).date()
        return Issue(
            number=number,
            title=file.title_line,
            body=file.body,
            labels=file.tags,
            created_at=_midnight(day),
            updated_at=changed_at,
            comments=file.comments,
            state="closed" if file.state == "closed" else "open",
        )

    def _name(self, note: NoteOnDisk) -> str:
        return note.path.relative_to(self.folder).as_posix()

    def _remember_lines(self, number: int, *lines: str) -> None:
        known = self._known.get(number)
        path = known.path if known else self._name(self._read(number))
        all_lines = tuple(dict.fromkeys((*(known.lines if known else ()), *lines)))
        self._remember(FolderNote(number, path, all_lines))

    def _remember(self, note: FolderNote) -> None:
        if self._known.get(note.number) != note:
            with suppress(FileExistsError):
                write_new_file(self.folder / MARKER, "This folder is an archive of notebot. Keep this file.\n")
            with self._transaction():
                self._table.put(self.repo, note)
            self._known[note.number] = note


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

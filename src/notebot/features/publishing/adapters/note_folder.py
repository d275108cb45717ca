"""The archive as a folder with one Markdown file per note, for `publish` and `fill`."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from notebot.core.model.errors import MoveError, NotFoundError, UnavailableError, UsageError
from notebot.core.model.note import UnparsedPassage
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
from notebot.core.text.patterns import regex
from notebot.features.archive.adapters.note_folder import (
    NoteOnDisk,
    UnreadableNoteError,
    fingerprint,
    list_note_files,
    read_note_file,
    scan_folder,
)
from notebot.features.publishing.archive_port import Edit, Issue, NoteEditedError
from notebot.features.publishing.fill.link_only_issues import OpenIssues
from notebot.features.publishing.rules.folder_note import FolderNote
from notebot.features.publishing.rules.link_only_issue import links_of_issue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from notebot.core.ports import Clock

MARKER = ".notebot"
"""A file that says that the folder is an archive: without it a disk that is not connected would look like one."""
_UNFINISHED = regex(r"\.notebot-write-[0-9]+|\.tmp-[0-9]+-(?:[0-9]{4,9}[-.].*\.?md|\.notebot)")
"""Files that a killed process had begun to write; nobody else knows their names."""
# as many as one page of GitHub's list, which the callers expect
_NEWEST = 100
# a sync client may save the file between reading and replacing it, but not five times in a row
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
        self._numbers = {note.path: note.number for note in self._known.values()}
        self._paths: dict[int, Path] | None = None
        self._tags: dict[str, None] = {}
        self._links: list[int] = []

    @property
    def repo(self) -> str:
        return str(self.folder)

    @property
    def import_command(self) -> str:
        return "notebot import folder"

    def newest(self, after: int | None = None) -> list[Issue]:
        numbers = sorted((number for number in self._scan() if number > (after or 0)), reverse=True)
        return self._issues(numbers if after is not None else numbers[:_NEWEST])

    def numbers(self) -> list[int]:
        """Returns the numbers of all notes, sorted."""
        return sorted(self._scan())

    def newest_open(self, etag: str | None) -> OpenIssues | None:
        """Returns the files with nothing but links; ``None`` if no file has changed since ``etag``."""
        self.raise_if_missing()
        if not self.folder.exists():
            return OpenIssues(())
        current = fingerprint(self.folder)
        if current == etag:
            return None
        self._scan()
        return OpenIssues(tuple(self._issues(self._links)), current)

    def issue(self, number: int) -> Issue:
        return self._issue(number, self._read(number))

    def labels(self) -> list[str]:
        self._scan()
        return list(self._tags)

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        number = max(self._highest(), *self._scan(), *self._known, 0) + 1
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
        self._scan()[file.number] = path
        return self._issue(file.number, read_note_file(path))

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
        asides = []
        for parent, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if is_swap_name(name):
                    asides.append(Path(parent, name))
                elif _UNFINISHED.fullmatch(name):
                    Path(parent, name).unlink(missing_ok=True)
        notes = [path for path, _ in list_note_files(self.folder)] if asides else []
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
        return self._number_of_path(self._name(note.path))

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
            path = self._scan().get(number)
            if path is None:
                break
            with suppress(FileNotFoundError):
                note = self._read_path(path)
                if (note.file.number or self.number_of(note)) == number:
                    return note
            self._paths = None
        raise NotFoundError(f"{self.folder} has no note #{number}; it was deleted or moved out of the folder")

    def _read_path(self, path: Path) -> NoteOnDisk:
        try:
            return read_note_file(path)
        except UnreadableNoteError as error:
            raise MoveError(f"{str(error).rstrip('.')}; nothing was written") from error

    def _scan(self) -> dict[int, Path]:
        """Returns the files that are notes or have nothing but links, read once per run; checks the folder before."""
        if self._paths is not None:
            return self._paths
        self.raise_if_missing()
        self._paths, self._tags, self._links = {}, {}, []
        without_number: list[tuple[str, bool]] = []
        for note in scan_folder(self.folder) if self.folder.exists() else ():
            if isinstance(note, UnparsedPassage):
                continue
            name, number = self._name(note.path), note.file.number
            is_link = links_of_issue(note.file.title_line, note.file.body) is not None
            if number is None:
                if note.file.is_note or is_link:
                    without_number.append((name, is_link))
                continue
            self._tags.update(dict.fromkeys(note.file.tags))
            self._links += [number] * is_link
            known = self._known.get(number)
            # of two files with one number, the one that notebot wrote is the note, not its copy
            if number not in self._paths or (known and known.path == name):
                self._paths[number] = note.path
        for number, path in self._paths.items():
            if (known := self._known.get(number)) and known.path != self._name(path):
                self._remember(replace(known, path=self._name(path)))
        # after all others, whose numbers are taken
        for name, is_link in without_number:
            number = self._number_of_path(name)
            self._paths[number] = self.folder / name
            self._links += [number] * is_link
        return self._paths

    def _number_of_path(self, name: str) -> int:
        paths = self._scan()
        if name not in self._numbers:
            number = max(self._highest(), *paths, *self._known, 0) + 1
            self._remember(FolderNote(number, name))
        return self._numbers[name]

    def _issues(self, numbers: Sequence[int]) -> list[Issue]:
        issues = []
        for number in numbers:
            with suppress(NotFoundError, MoveError):  # gone, or changed beyond reading, since the folder was listed
                issues.append(self.issue(number))
        return issues

    def _issue(self, number: int, note: NoteOnDisk) -> Issue:
        file = note.file
        changed_at = datetime.fromtimestamp(_mtime(note.path), UTC)
        day = file.issue_date or changed_at.astimezone(self._zone).date()
        return Issue(
            number=number,
            title=file.title_line,
            body=file.body,
            labels=file.tags,
            created_at=datetime.combine(day, time(), UTC),
            updated_at=changed_at,
            comments=file.comments,
            state="closed" if file.state == "closed" else "open",
        )

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _remember_lines(self, number: int, *lines: str) -> None:
        known = self._known.get(number)
        path = known.path if known else self._name(self._read(number).path)
        all_lines = tuple(dict.fromkeys((*(known.lines if known else ()), *lines)))
        self._remember(FolderNote(number, path, all_lines))

    def _remember(self, note: FolderNote) -> None:
        if self._known.get(note.number) != note:
            with suppress(FileExistsError):
                write_new_file(self.folder / MARKER, "This folder is an archive of notebot. Keep this file.\n")
            with self._transaction():
                self._table.put(self.repo, note)
            old = self._known.get(note.number)
            # a file that gets the old name of a moved note is another note
            if old is not None and self._numbers.get(old.path) == note.number:
                del self._numbers[old.path]
            self._known[note.number] = note
            self._numbers[note.path] = note.number


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

"""Reads a folder of note files, as an editor, a synchronising program or notebot wrote them."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, time
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from notebot.core.model.errors import UsageError
from notebot.core.model.note import UnparsedPassage
from notebot.core.note_format.note_file import NoteFile, parse_note_file
from notebot.core.text.patterns import regex
from notebot.features.archive.adapters.formats.github_issue import note_from_issue
from notebot.features.archive.adapters.formats.read_result import StreamedReading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from notebot.core.model.note import Note

LIMIT = 4 * 2**20
"""Bytes of the largest note; the largest issue on GitHub is much smaller."""
_CONFLICT = regex(r"\.sync-conflict-[0-9]{8}|conflicted copy|競合コピー|コピーが競合", 2)  # re.IGNORECASE
"""In the names that Syncthing, Dropbox, Nextcloud and Obsidian Sync give to the loser of two changes."""


class NoteOnDisk(Struct, frozen=True):
    """A file of the folder and its content."""

    path: Path
    raw: bytes
    file: NoteFile


class UnreadableNoteError(ValueError):
    """A file cannot be read as a note; the message is one sentence."""


def list_note_files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yields the Markdown files below a folder in the order of their paths; nothing hidden, no links.

    Raises:
        UsageError: the folder is missing, or not a folder, or cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name a folder with one Markdown file per note.")
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}.") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        # a link may lead out of the folder, or back into it
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            yield from list_note_files(Path(entry.path))
        elif stat.S_ISREG(status.st_mode) and entry.name.lower().endswith(".md"):
            yield Path(entry.path), status


def fingerprint(folder: Path) -> str:
    """Returns a text that changes when a file is added, removed, renamed or saved; reads no file.

    Raises:
        UsageError: see :func:`list_note_files`.
    """
    files = [f"{path} {status.st_mtime_ns} {status.st_size}" for path, status in list_note_files(folder)]
    return blake2b("\n".join(files).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def read_note_file(path: Path) -> NoteOnDisk:
    """Reads one file.

    Raises:
        FileNotFoundError: it was moved or deleted.
        UnreadableNoteError: it is too large, not UTF-8, or may not be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableNoteError(f"{path} cannot be read: {error.strerror}.") from error
    if len(raw) > LIMIT:
        raise UnreadableNoteError(f"{path} is larger than {LIMIT // 2**20} MB, which no note is.")
    try:
        return NoteOnDisk(path, raw, parse_note_file(raw.decode(), path.stem))
    except UnicodeDecodeError as error:
        raise UnreadableNoteError(f"{path} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.") from error


def scan_folder(folder: Path) -> Iterator[NoteOnDisk | UnparsedPassage]:
    """Yields every Markdown file of a folder, or why it is not read: it stops none of the others.

    Not read are files that are too large, unreadable or not UTF-8, and copies that a synchronising program set aside.

    Raises:
        UsageError: see :func:`list_note_files`.
    """
    for path, _ in list_note_files(folder):
        name = path.relative_to(folder).as_posix()
        if is_conflict_copy(path.name):
            why = f"{name} is a copy that a synchronising program set aside; merge it into its note and delete it."
            yield UnparsedPassage(name, "", why)
            continue
        try:
            yield read_note_file(path)
        except FileNotFoundError:
            continue
        except UnreadableNoteError as error:
            yield UnparsedPassage(name, "", str(error))


def is_conflict_copy(name: str) -> bool:
    """True for the name of a copy that a synchronising program made because two devices changed a file."""
    return _CONFLICT.search(name) is not None


def read_note_folder(folder: Path, number_of: Callable[[NoteOnDisk], int | None] | None = None) -> StreamedReading:
    """Returns the notes of a folder; files that are no notes are left out, as are second files with one number.

    The files are read twice, now and when the notes are iterated: an archive of 60,000 notes is too large to hold.

    Args:
        number_of: gives numbers to notes whose files have none.

    Raises:
        UsageError: see :func:`list_note_files`.
    """
    unread: list[UnparsedPassage] = []
    notes: list[tuple[Path, int | None]] = []
    places: dict[int, str] = {}
    for note in scan_folder(folder):
        if isinstance(note, UnparsedPassage):
            unread.append(note)
            continue
        if not note.file.is_note:
            continue
        name = note.path.relative_to(folder).as_posix()
        number = note.file.number or (number_of(note) if number_of else None)
        if number is not None and number in places:
            why = f"{name} has the number {number}, as {places[number]} does; give one of them another number."
            unread.append(UnparsedPassage(name, "", why))
            continue
        if number is not None:
            places[number] = name
        notes.append((note.path, number))
    return StreamedReading(_NotesInFiles(notes), unread)


class _NotesInFiles(Collection["Note"]):
    """Notes that are read from their files while they are iterated; one that is gone meanwhile is left out."""

    def __init__(self, notes: Sequence[tuple[Path, int | None]]) -> None:
        self._notes = notes

    def __len__(self) -> int:
        return len(self._notes)

    def __contains__(self, note: object) -> bool:
        return any(other == note for other in self)

    def __iter__(self) -> Iterator[Note]:
        for path, number in self._notes:
            with suppress(FileNotFoundError, UnreadableNoteError):
                yield make_note(read_note_file(path).file, number)


def make_note(file: NoteFile, number: int | None) -> Note:
    """Returns the note that a file contains."""
    day = datetime.combine(file.issue_date, time(), UTC) if file.issue_date else datetime(1970, 1, 1, tzinfo=UTC)
    note = note_from_issue(number or 0, file.title_line, file.body, file.tags, day, file.comments, file.state)
    return replace(note, number=number, issue_date=file.issue_date)

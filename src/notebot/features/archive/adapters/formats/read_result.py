"""The result of a reader, and functions that load files."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import contextmanager
from datetime import date
from os import fstat
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct, field

from notebot.core.model.errors import UsageError
from notebot.core.model.note import Note, UnparsedPassage
from notebot.core.note_format.issue_body import normalise_line_ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = 256 * 2**20
"""Bytes of the largest file that is read: forty times what an archive of 6,500 notes needs."""


class StreamedReading(Struct, frozen=True):
    """What a source contains, with notes that are parsed each time they are iterated."""

    notes: Collection[Note]
    """In the order of the source."""
    unread: list[UnparsedPassage]


class Reading(Struct, frozen=True):
    """What a source contains."""

    notes: list[Note] = field(default_factory=list)
    """In the order of the source."""
    unread: list[UnparsedPassage] = field(default_factory=list)


@contextmanager
def open_limited(path: Path) -> Iterator[BinaryIO]:
    """Opens a file of at most ``LIMIT`` bytes.

    Raises:
        UsageError: there is no such file, it cannot be read, or it is larger than ``LIMIT``.
    """
    if not path.is_file():
        raise UsageError(f"{path} is not a file that can be read; give the path of one.")
    try:
        with path.open("rb") as file:
            if fstat(file.fileno()).st_size > LIMIT:
                raise UsageError(
                    f"{path} is larger than {LIMIT // 2**20} MB, which no archive is; give its export alone."
                )
            yield file
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error


def load_bytes(path: Path) -> bytes:
    """A whole file.

    Raises:
        UsageError: see :func:`open_limited`.
    """
    with open_limited(path) as file:
        return file.read()


def load_text(path: Path) -> str:
    """A whole text file in UTF-8, its lines ended by ``\\n``, without byte order mark.

    Raises:
        UsageError: see :func:`load_bytes`, or the file is not UTF-8.
    """
    try:
        return normalise_line_ends(load_bytes(path).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.") from error


def day(text: str) -> date | None:
    """``YYYY-MM-DD`` as a date; ``None`` if there is no such day."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None

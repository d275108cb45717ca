"""Which of the readers a file is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import UsageError
from notebot.features.venues.adapters.accepted_lists.bibtex import read_bibtex
from notebot.features.venues.adapters.accepted_lists.fields import Row, entry_of, is_turned_down
from notebot.features.venues.adapters.accepted_lists.tables import read_csv, read_json
from notebot.features.venues.adapters.accepted_lists.web_feed import read_feed
from notebot.features.venues.rules.accepted_papers import Accepted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_LARGEST = 256 * 1024 * 1024
"""Bytes of a list; the whole ACL Anthology in BibTeX has a third of it."""
_READERS: dict[str, Callable[[str], Iterable[Row]]] = {
    ".bib": read_bibtex,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json,
    ".jsonl": read_json,
    ".xml": read_feed,
    ".rss": read_feed,
    ".atom": read_feed,
}


class AcceptedFile(Struct, frozen=True):
    """What a file holds."""

    entries: tuple[Accepted, ...]
    turned_down: int = 0
    """Papers that were rejected, withdrawn or only submitted, as the list says, and entries of preprints."""
    unread: int = 0
    """Rows without a title or without authors."""


def read_accepted(path: Path) -> AcceptedFile:
    """The papers of a list; what it says was not accepted is left out.

    Raises:
        UsageError: the file cannot be read, is of no known form, or names no paper with its authors.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"{path} must end in one of {', '.join(_READERS)}, which tells how it is read.")
    try:
        rows = list(reader(_load(path)))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as {path.suffix.lower()}: {error}.") from error
    good = [row for row in rows if not is_turned_down(row)]
    entries = tuple(entry for row in good if (entry := entry_of(row)) is not None)
    if not entries:
        raise UsageError(f"{path} names no accepted paper with title and authors; without authors none can be told.")
    return AcceptedFile(entries, len(rows) - len(good), len(good) - len(entries))


def _load(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(raw) > _LARGEST:
        raise UsageError(f"{path} is larger than {_LARGEST // 1024 // 1024} MiB; that is no list of one conference.")
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))  # as spreadsheets save "Unicode text"
    return raw.decode("utf-16" if wide else "utf-8-sig", errors="replace")

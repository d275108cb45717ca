"""Reads a list of accepted papers in any supported format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.errors import UsageError
from notebot.features.venues.adapters.accepted_lists.bibtex import read_bibtex
from notebot.features.venues.adapters.accepted_lists.fields import Row, is_not_accepted, parse_paper
from notebot.features.venues.adapters.accepted_lists.tables import read_csv, read_json
from notebot.features.venues.adapters.accepted_lists.web_feed import read_feed
from notebot.features.venues.rules.accepted_papers import AcceptedPaper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_MAX_BYTES = 256 * 1024 * 1024
"""Greatest size of a list in bytes, three times the whole ACL Anthology in BibTeX."""
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
    """The papers of a list."""

    papers: tuple[AcceptedPaper, ...]
    not_accepted: int = 0
    """Papers that were rejected, withdrawn or only submitted according to the list, and preprints."""
    incomplete: int = 0
    """Rows without a title or without authors."""


def read_accepted(path: Path) -> AcceptedFile:
    """Reads the papers of a list, without those that were not accepted.

    Raises:
        UsageError: the file cannot be read, has an unknown format, or contains no paper with authors.
    """
    suffix = path.suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        raise UsageError(f"{path} must end in one of {', '.join(_READERS)}; the ending says how to read it.")
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(raw) > _MAX_BYTES:
        raise UsageError(f"{path} is larger than {_MAX_BYTES // 1024 // 1024} MiB, too large for a list of papers.")
    try:
        rows = list(reader(_decode(raw)))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as {suffix}: {error}.") from error
    accepted = [row for row in rows if not is_not_accepted(row)]
    papers = tuple(paper for row in accepted if (paper := parse_paper(row)) is not None)
    if not papers:
        # a title alone is not enough to recognise a paper
        raise UsageError(f"{path} contains no accepted paper with both title and authors.")
    return AcceptedFile(papers, len(rows) - len(accepted), len(accepted) - len(papers))


def _decode(raw: bytes) -> str:
    """The text of a list: spreadsheets save "Unicode text" as UTF-16, and old BibTeX files are in Windows-1252.

    One wrong byte in UTF-8 must not cost the whole list, so only a file without any character in UTF-8 is another's.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    text = raw.decode("utf-8-sig", "replace")
    if "\ufffd" in text and all(character <= "\x7f" or character == "\ufffd" for character in text):
        return raw.decode("cp1252", "replace")
    return text
